//! What a [`Peer`] sends, and how it leaves.

use std::borrow::Borrow;
use std::mem;
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use super::super::super::pipe::Pipe;
use super::super::wire::{Deflate, RawFrame};
use super::below::Below;
use super::compression::{Compression, RSV1};
use super::peer::{Came, Opening, Peer, StreamEnd};
use super::report::quoted;
use crate::io::{Deadline, Duplex, LAST_WORDS, LINGER};
use crate::proto::message::{AsMessage, MessageKind};
use crate::proto::wire::{AVAILABLE, BINARY, CLOSE, TEXT};
use crate::transport::Stream;

/// How many frames a report has of what came before nothing could be sent.
const LAST_FRAMES: usize = 5;

impl Peer {
    /// Sends a message in one frame: types like `str` as text, types like `[u8]` as binary.
    ///
    /// # Panics
    /// It cannot be sent in time. So do all methods that send.
    #[track_caller]
    pub fn send(&mut self, message: impl AsMessage) {
        let message = message.as_message();
        self.frame(match message.kind() {
            MessageKind::Text => RawFrame::text(message.as_bytes()),
            MessageKind::Binary => RawFrame::binary(message.as_bytes()),
        });
    }

    /// Sends a ping.
    #[track_caller]
    pub fn ping(&mut self, payload: impl AsRef<[u8]>) {
        self.frame(RawFrame::ping(payload));
    }

    /// Sends a pong.
    #[track_caller]
    pub fn pong(&mut self, payload: impl AsRef<[u8]>) {
        self.frame(RawFrame::pong(payload));
    }

    /// Sends a Close frame with any code and reason.
    #[track_caller]
    pub fn close(&mut self, code: u16, reason: &str) {
        self.frame(RawFrame::close(code, reason));
    }

    /// Sends a frame, legal or not.
    #[track_caller]
    pub fn frame(&mut self, frame: impl Borrow<RawFrame>) {
        let frame = frame.borrow();
        self.open_if_asked();
        self.has_sent_close |= frame.opcode == CLOSE;
        self.write(&frame.to_bytes(self.role), &format!("{frame:?}"));
    }

    /// Sends a text in frames of these parts (RFC 6455 §5.4). A part may be any bytes, also a part of
    /// a character.
    ///
    /// ```
    /// use blocking_ws::Role;
    /// use blocking_ws::testing::Peer;
    ///
    /// let (mut ws, mut peer) = Peer::pair(Role::Client);
    /// peer.fragments(["Hel", "lo"]);
    /// assert_eq!(ws.recv()?, Some("Hello".into()));
    /// // Arrays of different lengths are different types, and slices are not.
    /// peer.fragments([&b"\xc3"[..], b"\xa9t\xc3\xa9"]);
    /// assert_eq!(ws.recv()?, Some("été".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[track_caller]
    pub fn fragments<T: AsRef<[u8]>>(&mut self, parts: impl IntoIterator<Item = T>) {
        let parts: Vec<_> = parts.into_iter().collect();
        for (at, part) in parts.iter().enumerate() {
            let frame = if at == 0 { RawFrame::text(part) } else { RawFrame::continuation(part) };
            self.frame(frame.fin(at + 1 == parts.len()));
        }
    }

    /// Sends a message compressed (RFC 7692 §6), in one frame with RSV1.
    ///
    /// It refers to earlier messages if the two ends have agreed on that. The peer compresses even
    /// if they have agreed on nothing. This needs the feature `deflate`.
    ///
    /// ```
    /// use blocking_ws::testing::Peer;
    /// use blocking_ws::{Deflate, Error, Role, Settings};
    ///
    /// let settings = Settings::new().deflate(Deflate::new());
    /// let (mut ws, mut peer) = Peer::pair_with(Role::Client, &settings)?;
    /// # if ws.extensions().is_none() { return Ok(()) } // without the feature `deflate`
    /// peer.deflated("hello");
    /// assert_eq!(ws.recv()?, Some("hello".into()));
    ///
    /// // Without an agreement it breaks a rule.
    /// let (mut ws, mut peer) = Peer::pair(Role::Client);
    /// peer.deflated("hello");
    /// assert!(matches!(ws.recv(), Err(Error::Protocol(_))));
    /// peer.expect_close(1002);
    /// # Ok::<(), Error>(())
    /// ```
    #[track_caller]
    #[cfg_attr(docsrs, doc(cfg(feature = "deflate")))]
    pub fn deflated(&mut self, message: impl AsMessage) {
        if !AVAILABLE {
            self.fail("a build that can compress", "one without the feature `deflate`");
        }
        self.open_if_asked();
        let message = message.as_message();
        let data = message.as_bytes();
        let compressed = match &mut self.compression {
            Some(compression) => compression.compress(data),
            None => Deflate::new(15).message(data, false),
        };
        let opcode = match message.kind() {
            MessageKind::Text => TEXT,
            MessageKind::Binary => BINARY,
        };
        let frame = RawFrame::of(opcode, compressed).rsv(RSV1);
        let what = format!("{frame:?} deflated {}", quoted(data));
        self.write(&frame.to_bytes(self.role), &what);
    }

    /// Goes on as if the server had answered with `Sec-WebSocket-Extensions: answer`, such as
    /// `permessage-deflate; server_no_context_takeover` (RFC 7692 §7.1).
    ///
    /// A peer that has done the opening handshake knows what was agreed on. This is for
    /// [`over`](Self::over) and for peers that do what was not agreed on.
    ///
    /// # Panics
    /// The answer does not name `permessage-deflate`.
    #[track_caller]
    #[cfg_attr(docsrs, doc(cfg(feature = "deflate")))]
    pub fn agree_deflate(&mut self, answer: &str) {
        self.compression = Compression::agreed(answer, self.role);
        if self.compression.is_none() {
            self.fail("permessage-deflate", &quoted(answer.as_bytes()));
        }
    }

    /// Sends a frame in writes of `most` bytes each.
    #[track_caller]
    pub fn chopped(&mut self, frame: impl Borrow<RawFrame>, most: usize) {
        let frame = frame.borrow();
        self.open_if_asked();
        self.has_sent_close |= frame.opcode == CLOSE;
        let bytes = frame.to_bytes(self.role);
        for (at, piece) in bytes.chunks(most.max(1)).enumerate() {
            let what = format!("{} of {} bytes of {frame:?}", piece.len(), bytes.len());
            self.write(piece, if at == 0 { &what } else { "more of it" });
        }
    }

    /// Sends bytes as they are.
    ///
    /// If a client's request is not answered yet, they are the beginning of the answer, and the
    /// peer sends no 101.
    #[track_caller]
    pub fn bytes(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.opening = Opening::Done;
        self.write(bytes, &format!("bytes {}", quoted(bytes)));
    }

    /// Ends the connection without a Close frame, in the order of the stream: by FIN, on TLS by a
    /// `close_notify` before it.
    pub fn cut(&mut self) {
        self.leave("cut", Shutdown::Both);
    }

    /// Ends what this end sends, and can still receive.
    pub fn half_close(&mut self) {
        self.leave("half-close", Shutdown::Write);
    }

    /// Ends the connection by a reset. The other end may lose what was sent last. A second reset does
    /// nothing.
    ///
    /// Below TLS, the connection under it is reset. On systems other than Linux, TLS may end in
    /// order before that.
    ///
    /// # Panics
    /// The stream cannot be reset. A `TcpStream`, a [`Pipe`], and a [`TlsStream`](crate::TlsStream)
    /// over one of them can; a Unix socket cannot.
    #[track_caller]
    pub fn reset(&mut self) {
        self.transcript.note("--", "reset");
        self.opening = Opening::Done;
        if let Err(e) = mem::replace(&mut self.below, Below::Reset).reset() {
            self.fail("a stream that can be reset", &e.to_string());
        }
        self.stream = Stream::boxed(Pipe::new(1).0);
        self.end = Some(StreamEnd::Reset);
    }

    /// Reads nothing until this peer expects something again, so that the other end's writes block.
    ///
    /// The other end can still send what fits between the two:
    ///
    /// - in memory, what the [`Pipe`] holds, which is 64 KiB in [`pair`](Self::pair);
    /// - over TCP, what the system buffers at both ends, which is about 3 MB within one Linux
    ///   machine.
    ///
    /// Its writes block once it has sent more than that.
    ///
    /// Every peer reads only while it expects something. What this method adds is for a
    /// [`MockServer`](crate::testing::MockServer): the connection stays open when the script has
    /// returned, until the mock is dropped, for the time of its `within` at most.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use blocking_ws::testing::Peer;
    /// use blocking_ws::{Error, Phase, Role};
    ///
    /// let (mut server, mut peer) = Peer::pair(Role::Server);
    /// server.set_write_timeout(Duration::from_millis(5));
    /// peer.stop_reading();
    /// let error = server.send(vec![0; 1 << 20]).unwrap_err(); // more than the pair holds
    /// assert!(matches!(error, Error::Deadline(Phase::Write)), "{error}");
    /// # Ok::<(), Error>(())
    /// ```
    #[track_caller]
    pub fn stop_reading(&mut self) {
        self.open_if_asked();
        self.transcript.note("--", "stop reading");
        self.is_deaf = true;
    }

    /// Waits, and neither sends nor reads meanwhile.
    pub fn wait(&mut self, time: Duration) {
        self.transcript.note("--", &format!("wait {time:?}"));
        thread::sleep(time);
    }

    /// Returns `true` if this peer has [stopped reading](Self::stop_reading).
    pub(crate) fn has_stopped_reading(&self) -> bool {
        self.is_deaf
    }

    /// Ends what this end sends, and discards what still comes until the other end hangs up: a
    /// socket that is closed with unread input is reset, which could destroy what was sent last.
    pub(crate) fn linger(&mut self) {
        // The other end may have gone before.
        let _ = self.stream.set_write_timeout(Some(LINGER));
        let _ = self.stream.shutdown(Shutdown::Write);
        let deadline = Deadline::after(Some(LINGER));
        while matches!(self.more(deadline), Came::Bytes) {
            self.frames.take(usize::MAX);
        }
    }

    /// Writes all of it in time.
    #[track_caller]
    pub(super) fn write(&mut self, bytes: &[u8], what: &str) {
        self.transcript.note("->", what);
        if let Err(e) = self.try_write_all(bytes, self.deadline()) {
            let behind =
                self.last_words().map_or(String::new(), |last| format!(", behind {last:?}"));
            self.fail(&format!("room to send {what}"), &format!("{e}{behind}"));
        }
    }

    /// Answers something, which the other end need not wait for.
    pub(super) fn answer_with(&mut self, frame: &RawFrame, deadline: Deadline) {
        self.transcript.note("->", &format!("{frame:?}"));
        if let Err(e) = self.try_write_all(&frame.to_bytes(self.role), deadline) {
            self.transcript.note("--", &format!("not sent: {e}"));
        }
    }

    /// Reads what is there once nothing can be sent, for it may say why: up to a Close frame, which is
    /// returned, and no more than a report has room for.
    fn last_words(&mut self) -> Option<RawFrame> {
        let deadline = Deadline::after(Some(LAST_WORDS));
        for _ in 0..LAST_FRAMES {
            match self.next(deadline) {
                Came::Frame(frame) if frame.opcode == CLOSE => return Some(frame),
                Came::Frame(_) => {}
                Came::Bytes | Came::End(_) | Came::Nothing => break,
            }
        }
        None
    }

    fn leave(&mut self, what: &str, how: Shutdown) {
        self.transcript.note("--", what);
        self.opening = Opening::Done;
        // The other end may have gone before.
        let _ = self.stream.shutdown(how);
    }
}
