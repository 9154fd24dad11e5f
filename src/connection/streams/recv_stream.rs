//! [`RecvStream`]: receives a message as a stream of bytes, so that it need not fit into memory.

use std::fmt;
use std::io::{self, BufRead, ErrorKind, Read, Write};

use super::super::websocket::WebSocket;
use crate::error::{Error, Result};
use crate::io::Deadline;
use crate::proto::bytes;
use crate::proto::close::CloseFrame;
use crate::proto::inbound::Incoming;
use crate::proto::message::MessageKind;
use crate::transport::Stream;

impl<S: Read + Write> WebSocket<S> {
    /// Receives the next message as a stream of its bytes, or returns `None` once the peer's Close
    /// frame has arrived.
    ///
    /// Use this for messages that are larger than memory, or to process a message while it arrives.
    /// Blocks like [`recv`](Self::recv), but only until the first bytes of the message have
    /// arrived. If a call that timed out had received part of the message, the stream starts with
    /// that part. [`set_max_stream_size`](Self::set_max_stream_size) sets how large the message may
    /// be.
    ///
    /// ```
    /// use std::io::Read;
    ///
    /// # let (mut client, mut server) = blocking_ws::testing::pair();
    /// # client.send("a long story")?;
    /// # client.sender()?.close(1000, "")?;
    /// while let Some(mut stream) = server.recv_stream()? {
    ///     let mut story = String::new();
    ///     stream.read_to_string(&mut story)?;
    ///     server.send(format!("{} letters", story.len()))?;
    /// }
    /// # assert_eq!(client.recv()?, Some("12 letters".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn recv_stream(&mut self) -> Result<Option<RecvStream<'_, S>>> {
        let deadline = self.driver.deadline();
        loop {
            match self.begin_stream(deadline)? {
                Arrival::Part => break,
                // The next round answers it.
                Arrival::Close(_) => {}
                Arrival::End => return Ok(None),
            }
        }
        let kind = self.inbound.part().map_or(MessageKind::Binary, |part| part.kind);
        Ok(Some(RecvStream { websocket: self, kind }))
    }

    /// Sets the largest message that is received as a stream, in bytes; 16 MiB by default, and no
    /// limit with `None`.
    ///
    /// Applies only to [`recv_stream`](Self::recv_stream), which has an example and needs no more
    /// memory for a large message than for a small one. A peer that sends a larger message gets
    /// Close 1009.
    pub fn set_max_stream_size(&mut self, bytes: impl Into<Option<u64>>) {
        self.inbound.limits_mut().set_stream(bytes.into());
    }

    /// Receives until the next message begins, which is then a stream.
    pub(super) fn begin_stream(&mut self, deadline: Deadline) -> Result<Arrival> {
        // The rest of an earlier stream.
        self.inbound.leave_stream();
        self.inbound.want_stream();
        let mut wish = Wish { websocket: self, is_fulfilled: false };
        let arrival = wish.websocket.next_part(deadline)?;
        wish.is_fulfilled = matches!(arrival, Arrival::Part);
        Ok(arrival)
    }

    /// Receives until bytes of a streamed message are there, or its end.
    pub(super) fn next_part(&mut self, deadline: Deadline) -> Result<Arrival> {
        loop {
            if self.inbound.part().is_some_and(|part| part.is_last || !part.bytes.is_empty()) {
                return Ok(Arrival::Part);
            }
            match self.next_incoming(deadline)? {
                None => return Ok(Arrival::End),
                Some(Incoming::Part) => {
                    if self.inbound.part().is_some_and(|part| part.is_last) {
                        self.driver.counters.received.message(0);
                    }
                    self.driver.settle_before_return()?;
                }
                Some(Incoming::Close(frame)) => return Ok(Arrival::Close(frame)),
                Some(Incoming::Ping(_) | Incoming::Pong(_)) => {}
                Some(Incoming::Message) => unreachable!("where a stream is wanted, parts come"),
            }
        }
    }

    /// Takes bytes of the streamed message.
    pub(super) fn consume_part(&mut self, n: usize) {
        self.driver.counters.received.bytes(n);
        self.inbound.take_part(n);
    }
}

/// What has arrived on a connection that is read as a stream.
#[derive(Debug)]
pub(super) enum Arrival {
    /// Bytes of a message, or its end.
    Part,
    /// The peer's Close frame. The next receiving call answers it.
    Close(Option<CloseFrame>),
    /// The connection is over.
    End,
}

/// Asks `inbound` for a stream. The drop withdraws that if no message came, or the program's stream
/// panicked.
struct Wish<'a, S: Read + Write> {
    websocket: &'a mut WebSocket<S>,
    is_fulfilled: bool,
}

impl<S: Read + Write> Drop for Wish<'_, S> {
    fn drop(&mut self) {
        if !self.is_fulfilled {
            self.websocket.inbound.withdraw_stream();
        }
    }
}

/// A message that is being received, as a stream of its bytes.
///
/// Made by [`WebSocket::recv_stream`](crate::WebSocket::recv_stream), which has an example.
///
/// Reading blocks until bytes have arrived, and returns 0 only at the end of the message. If the
/// connection ends within the message, reading returns an error. Text is checked while it arrives
/// (§8.1): a read returns whole characters if its buffer has room for them. Reads also answer
/// pings.
///
/// The stream borrows the `WebSocket` until the stream is used for the last time. After that the
/// program can send, or receive the next message. If it has not read the stream to its end, the
/// next receiving call discards the rest of the message. The rest still counts against the size
/// limit. To send while the stream is read, use a [`sender`](crate::WebSocket::sender).
///
/// # Errors
/// Reading returns an [`io::Error`] that holds an [`Error`]; `?` turns it back into that.
///
/// - Kind `TimedOut`, [`Error::Timeout`]: nothing is lost, read again.
/// - Kind `UnexpectedEof`, [`Error::Lost`]: the connection was closed within the message. The text
///   contains the code and reason of the Close frame.
/// - Any other kind: the connection is over.
///
/// After the connection is over, every further read returns `UnexpectedEof`.
// Nothing here has a drop: in the condition of a `while let`, it would keep the borrow until the
// end of the body. So the next receiving call cleans up.
pub struct RecvStream<'a, S: Read + Write = Stream> {
    websocket: &'a mut WebSocket<S>,
    kind: MessageKind,
}

impl<S: Read + Write> RecvStream<'_, S> {
    /// Returns the kind of the message, text or binary.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        self.kind
    }

    /// Waits until bytes are there, or the end of the message.
    fn fill(&mut self) -> io::Result<()> {
        let deadline = self.websocket.driver.deadline();
        loop {
            match self.websocket.next_part(deadline)? {
                Arrival::Part => return Ok(()),
                // The next round answers it.
                Arrival::Close(_) => {}
                // The connection may have ended in order, but the message has not.
                Arrival::End => return Err(self.cut_off().into()),
            }
        }
    }

    fn cut_off(&self) -> Error {
        let status = self.websocket.close_status();
        let end = status.map_or_else(|| "the connection is over".to_owned(), ToString::to_string);
        let text = format!("the message was cut off before its end, because {end}");
        Error::Lost(io::Error::new(ErrorKind::UnexpectedEof, text))
    }
}

impl<S: Read + Write> Read for RecvStream<'_, S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let n = bytes::copy(self.fill_buf()?, buf);
        self.consume(n);
        Ok(n)
    }
}

impl<S: Read + Write> BufRead for RecvStream<'_, S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.fill()?;
        let part = self.websocket.inbound.part();
        Ok(part.map_or(&[], |part| part.bytes))
    }

    fn consume(&mut self, n: usize) {
        self.websocket.consume_part(n);
    }
}

impl<S: Read + Write> fmt::Debug for RecvStream<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvStream").field("kind", &self.kind).finish_non_exhaustive()
    }
}
