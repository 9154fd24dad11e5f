//! [`SendStream`]: sends a message while it is written, so that it need not fit into memory.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};

use super::super::handles::Sender;
use super::super::websocket::WebSocket;
use crate::error::{Error, Result};
use crate::outbox::{MessageStream, Out, Outbox};
use crate::process::caught;
use crate::proto::bytes;
use crate::proto::frame::Opcode;
use crate::proto::message::{MessageKind, MessageRef, Uncompressed};
use crate::transport::Stream;

/// How many bytes are gathered before they are sent.
const PART: usize = 64 << 10;

/// After this many parts went into a deflater, its output is sent, however little that is. A peer
/// that gets nothing for long takes the message for stalled.
const MOST_HELD_BACK: u32 = 16;

impl<S: Read + Write> WebSocket<S> {
    /// Begins a message that is sent while it is written, in fragments (§5.4).
    ///
    /// Use this for messages that are larger than memory or of unknown length. While the stream
    /// exists, nothing is received, and no ping or Close frame is answered. If that may take long,
    /// use [`Sender::send_stream`] while another thread receives.
    ///
    /// ```
    /// use std::io::Write;
    ///
    /// use blocking_ws::MessageKind;
    ///
    /// # let (mut client, mut server) = blocking_ws::testing::pair();
    /// let mut stream = client.send_stream(MessageKind::Text);
    /// for word in ["a ", "long ", "story"] {
    ///     stream.write_all(word.as_bytes())?;
    /// }
    /// stream.finish()?;
    /// assert_eq!(server.recv()?, Some("a long story".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn send_stream(&mut self, kind: MessageKind) -> SendStream<'_, S> {
        SendStream::new(Way::Own(self), kind)
    }
}

impl<S: Read + Write> Sender<S> {
    /// Begins a message that is sent while it is written, in fragments (§5.4), while another thread
    /// receives.
    ///
    /// Until the message ends, other threads that send messages on this connection wait. Pings and
    /// Close frames do not wait, and messages of a [`Hub`](crate::Hub) are queued. A thread that
    /// holds a stream must not send a message in another way: that call would never return.
    ///
    /// See [`WebSocket::send_stream`] for an example.
    pub fn send_stream(&self, kind: MessageKind) -> SendStream<'_, S> {
        SendStream::new(Way::Shared(self.outbox()), kind)
    }
}

/// A message that is being sent, as a stream of its bytes.
///
/// Made by [`WebSocket::send_stream`](crate::WebSocket::send_stream), which has an example, or
/// [`Sender::send_stream`](crate::Sender::send_stream).
///
/// Writes are gathered up to 64 KiB; a write blocks while a frame of that size is sent. `flush`
/// sends what has been gathered. [`finish`](Self::finish) ends the message. The first frame waits
/// until no other thread is sending a message. If both ends agreed on compression, the message is
/// compressed, and the peer can inflate everything up to the last `flush`.
///
/// # Dropping
/// Dropping an unfinished stream aborts the message:
///
/// - If part of it was sent, the connection is closed with code 1011, because the peer must not
///   take the part for the whole. If a write timeout is set, the drop blocks for a tenth of a
///   second at most. Without a write timeout it blocks as long as a write does.
/// - If nothing of it was sent, the peer learns nothing of the message, and the connection goes on.
///
/// # Pauses
/// A peer may end the connection if a message does not go on: this library does so after its
/// `stall_timeout`, 30 seconds by default. While the source of the data pauses, send a ping with
/// [`Sender::ping`] now and then.
///
/// # Errors
/// Writing returns an [`io::Error`] that holds an [`Error`]; `?` turns it back into that. After an
/// error the message cannot go on.
///
/// - Kind `BrokenPipe`, [`Error::Closed`]: a Close frame was sent before.
/// - Kind `InvalidData`: a text message is not UTF-8.
/// - Any other kind: the connection is lost. If the peer has closed it and the reason is known, the
///   error's text says it.
#[must_use = "a message that is not finished closes the connection"]
pub struct SendStream<'a, S: Read + Write = Stream> {
    way: Way<'a, S>,
    kind: MessageKind,
    may_be_compressed: bool,
    /// Written bytes that are not in a part yet.
    gathered: Vec<u8>,
    /// How many parts went into the deflater since something was sent.
    held_back: u32,
    state: SendState,
}

/// The handle that the message is sent through.
enum Way<'a, S: Read + Write> {
    Own(&'a mut WebSocket<S>),
    /// The outbox of a [`Sender`]. Another thread receives.
    Shared(&'a Outbox<S>),
}

impl<S: Read + Write> Way<'_, S> {
    fn out(&mut self) -> Out<'_, S> {
        match self {
            Self::Own(websocket) => websocket.driver.out(),
            Self::Shared(outbox) => outbox.out(),
        }
    }

    /// Looks for the peer's Close frame after a failed write. With a [`Sender`], the thread that
    /// receives sees that frame by itself.
    fn last_words(&mut self, error: Error) -> Error {
        match self {
            Self::Own(websocket) => websocket.last_words(error),
            Self::Shared(_) => error,
        }
    }
}

#[derive(Debug)]
enum SendState {
    /// Nothing has been sent.
    New,
    Open(MessageStream),
    /// The message has failed, or is finished.
    Over,
}

impl<'a, S: Read + Write> SendStream<'a, S> {
    fn new(way: Way<'a, S>, kind: MessageKind) -> Self {
        let gathered = Vec::new();
        let state = SendState::New;
        Self { way, kind, may_be_compressed: true, gathered, held_back: 0, state }
    }

    /// Sends the message uncompressed, even if both ends agreed on compression; see
    /// [`Uncompressed`].
    ///
    /// Has an effect only if nothing of the message was sent yet.
    pub fn uncompressed(mut self) -> Self {
        self.may_be_compressed = false;
        self
    }

    /// Ends the message. Blocks until all of it is sent.
    ///
    /// # Errors
    /// - [`Error::Closed`]: a Close frame was sent before.
    /// - [`Error::Io`]: a text message ends within a character, or writing failed before.
    /// - Any other error: the connection is lost.
    pub fn finish(mut self) -> Result<()> {
        match self.state {
            SendState::New => self.send_whole(),
            SendState::Open(_) => self.send_gathered(Ends::Message).map_err(Error::from),
            SendState::Over => Err(over().into()),
        }
    }

    /// Sends a message that fits into one part as an ordinary message.
    fn send_whole(&mut self) -> Result<()> {
        let message = match self.kind {
            MessageKind::Binary => MessageRef::Binary(&self.gathered),
            MessageKind::Text => {
                MessageRef::Text(bytes::check_utf8(&self.gathered).map_err(|_| no_text())?)
            }
        };
        self.state = SendState::Over;
        let out = self.way.out();
        let sent = if self.may_be_compressed {
            out.send(&message, true)
        } else {
            out.send(&Uncompressed(message), true)
        };
        sent.map_err(|e| self.way.last_words(e))
    }

    fn send_gathered(&mut self, ends: Ends) -> io::Result<()> {
        let mut gathered = std::mem::take(&mut self.gathered);
        let sent = self.send(&gathered, ends)?;
        // Keeps a character that is not whole yet.
        gathered.drain(..sent);
        self.gathered = gathered;
        Ok(())
    }

    /// Sends the whole characters of a text part, or all of a binary part. Returns how many bytes
    /// that is.
    fn send(&mut self, part: &[u8], ends: Ends) -> io::Result<usize> {
        let part = match self.kind {
            MessageKind::Binary => part,
            MessageKind::Text => {
                let (whole, rest) = bytes::split_utf8(part).map_err(|_| self.fail(no_text()))?;
                if ends == Ends::Message && !rest.is_empty() {
                    return Err(self.fail(no_text()));
                }
                whole.as_bytes()
            }
        };
        self.send_part(part, ends).map_err(|e| self.fail(e))?;
        Ok(part.len())
    }

    fn send_part(&mut self, part: &[u8], ends: Ends) -> Result<()> {
        let Self { way, kind, may_be_compressed, held_back, state, .. } = self;
        let mut out = way.out();
        if matches!(state, SendState::New) {
            let opcode = match kind {
                MessageKind::Text => Opcode::Text,
                MessageKind::Binary => Opcode::Binary,
            };
            *state = SendState::Open(out.begin_stream(opcode, *may_be_compressed)?);
        }
        let SendState::Open(streaming) = state else { return Err(over().into()) };
        streaming.bytes += part.len();
        let is_last = ends == Ends::Message;
        let is_due = match &mut streaming.deflater {
            None => is_last || !part.is_empty(),
            Some(deflater) => {
                *held_back += 1;
                let flushes = ends == Ends::Flush || *held_back >= MOST_HELD_BACK;
                let is_done = deflater.push(part)
                    && match ends {
                        Ends::Message => deflater.finish(),
                        Ends::Part | Ends::Flush => !flushes || deflater.flush(),
                    };
                if !is_done {
                    return Err(Error::Io(io::Error::other("the deflater failed")));
                }
                let due = if flushes || is_last { 1 } else { PART };
                deflater.output().len() >= due
            }
        };
        if is_due {
            *held_back = 0;
            out.stream_part(streaming, part, is_last)?;
        }
        if is_last {
            if let SendState::Open(streaming) = std::mem::replace(state, SendState::Over) {
                out.end_stream(streaming);
            }
        }
        Ok(())
    }

    /// Abandons the message because of an error.
    fn fail(&mut self, error: impl Into<Error>) -> io::Error {
        self.abort();
        self.way.last_words(error.into()).into()
    }

    fn abort(&mut self) {
        if let SendState::Open(streaming) = std::mem::replace(&mut self.state, SendState::Over) {
            self.way.out().abort_stream(streaming);
        }
    }
}

/// What a part ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    Part,
    /// A flush: the peer must get all that was written.
    Flush,
    Message,
}

fn over() -> io::Error {
    io::Error::new(
        ErrorKind::BrokenPipe,
        "the streamed message has failed before; begin another one",
    )
}

fn no_text() -> io::Error {
    let text = "a text message must be valid UTF-8 (RFC 6455 8.1); send other bytes as binary";
    io::Error::new(ErrorKind::InvalidData, text)
}

impl<S: Read + Write> Write for SendStream<'_, S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if let SendState::Over = self.state {
            return Err(over());
        }
        if self.gathered.is_empty() && buf.len() >= PART {
            return self.send(&buf[..PART], Ends::Part);
        }
        let n = buf.len().min(PART - self.gathered.len());
        self.gathered.extend_from_slice(&buf[..n]);
        if self.gathered.len() == PART {
            self.send_gathered(Ends::Part)?;
        }
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.state {
            SendState::New if self.gathered.is_empty() => Ok(()),
            SendState::New | SendState::Open(_) => self.send_gathered(Ends::Flush),
            SendState::Over => Err(over()),
        }
    }
}

impl<S: Read + Write> Drop for SendStream<'_, S> {
    fn drop(&mut self) {
        // The program's stream may panic, and this may be dropped while a panic unwinds: a second
        // panic would abort the program.
        let _ = caught(|| self.abort());
    }
}

impl<S: Read + Write> fmt::Debug for SendStream<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendStream")
            .field("kind", &self.kind)
            .field("gathered", &self.gathered.len())
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
