//! What a [`Peer`] sends, and how it leaves.

use std::borrow::Borrow;
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use super::super::super::pipe::Pipe;
use super::super::wire::RawFrame;
use super::peer::{End, Peer};
use crate::io::Duplex;
use crate::proto::message::{AsMessage, MessageKind};
use crate::transport::Stream;

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
        self.write(&frame.to_bytes(self.role), &format!("{frame:?}"));
    }

    /// Sends a text in frames of these parts (§5.4).
    #[track_caller]
    pub fn fragments<T: AsRef<[u8]>>(&mut self, parts: impl IntoIterator<Item = T>) {
        let parts: Vec<_> = parts.into_iter().collect();
        for (at, part) in parts.iter().enumerate() {
            let frame = if at == 0 { RawFrame::text(part) } else { RawFrame::continuation(part) };
            self.frame(frame.fin(at + 1 == parts.len()));
        }
    }

    /// Sends a frame in writes of `most` bytes each.
    #[track_caller]
    pub fn chopped(&mut self, frame: impl Borrow<RawFrame>, most: usize) {
        let frame = frame.borrow();
        self.open_if_asked();
        let bytes = frame.to_bytes(self.role);
        for (at, piece) in bytes.chunks(most.max(1)).enumerate() {
            let what = format!("{} of {} bytes of {frame:?}", piece.len(), bytes.len());
            self.write(piece, if at == 0 { &what } else { "more of it" });
        }
    }

    /// Sends bytes as they are.
    #[track_caller]
    pub fn bytes(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.write(bytes, &format!("bytes {}", super::report::quoted(bytes)));
    }

    /// Ends the connection without a Close frame, in the order of the stream: by FIN, on TLS by a
    /// `close_notify` before it.
    pub fn cut(&mut self) {
        self.leave("cut", Shutdown::Both);
    }

    /// Ends the connection by a reset, so that the other end may lose what was sent last.
    ///
    /// # Panics
    /// The stream is no TCP socket.
    #[track_caller]
    pub fn reset(&mut self) {
        self.transcript.note("--", "reset");
        let socket = self.socket.take().expect("only a TCP connection can be reset");
        // A socket that lingers for no time is reset when its last handle is closed.
        let lingers = SockRef::from(&socket).set_linger(Some(Duration::ZERO));
        lingers.expect("a socket that can be reset");
        self.stream = Stream::boxed(Pipe::new(1).0);
        self.end = Some(End::Reset);
    }

    /// Ends what this end sends, and can still receive.
    pub fn half_close(&mut self) {
        self.leave("half-close", Shutdown::Write);
    }

    fn leave(&mut self, what: &str, how: Shutdown) {
        self.transcript.note("--", what);
        // The other end may have gone before.
        let _ = self.stream.shutdown(how);
    }

    /// Waits, and neither sends nor reads meanwhile.
    pub fn wait(&mut self, time: Duration) {
        self.transcript.note("--", &format!("wait {time:?}"));
        thread::sleep(time);
    }
}
