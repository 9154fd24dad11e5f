//! How a connection ends (RFC 6455 §7): the other half of [`Link`].
//!
//! ```text
//! what the pump read     what the link does
//! a Close frame          owes a Close frame, lingers       `finish`
//! a broken rule          owes a Close that names it        `fail`
//! the end, an error      cuts the stream                   `lose`
//! nothing for too long   cuts the stream                   `late`
//! ```

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use super::deadline::Deadline;
use super::linger::{LINGER, linger};
use super::link::{Link, PeerClose};
use super::slot::Failure;
use crate::error::{Error, Phase};
use crate::proto::close::CloseFrame;
use crate::proto::closing::Closing;
use crate::proto::code::CloseCode;
use crate::proto::error::ProtocolError;
use crate::proto::status::{CloseStatus, ClosedBy};

/// How long a drop may take over its Close frame.
const DROP_WRITE: Duration = Duration::from_millis(100);

impl<S: Read + Write> Link<S> {
    /// Ends a connection on which a phase took too long.
    pub(crate) fn late(&mut self, phase: Phase) -> Error {
        self.lose(io::Error::other(phase.to_string()));
        Error::Deadline(phase)
    }

    /// Tells the peer which rule it broke, and ends the connection (§7.1.7).
    pub(crate) fn fail(&mut self, broken: ProtocolError) -> Error {
        if self.send_close(Some(CloseFrame::for_error(broken))).is_ok() {
            // It may be that another Close frame had gone out before.
            let frame = self.outbox.asked().and_then(|asked| asked.frame);
            self.status = Some(CloseStatus::closed(ClosedBy::Local, frame, false));
            self.leave(true);
        }
        broken.into()
    }

    /// Ends a connection over which a Close frame went each way, or will have in a moment.
    pub(crate) fn finish(&mut self, received: Option<CloseFrame>) {
        self.leave(self.role.closes_first());
        if self.outbox.closing() != Closing::Done && self.controls().is_some() {
            // The peer may have read our Close frame before its writer could say that it is out. No
            // writer waits any more: the stream is cut.
            self.outbox.wait_for_writers();
        }
        let clean = self.outbox.closing() == Closing::Done && self.outbox.failure().is_none();
        self.status = Some(match self.outbox.asked() {
            Some(asked) => CloseStatus::closed(ClosedBy::Local, asked.frame, clean),
            None => CloseStatus::closed(ClosedBy::Remote, received, clean),
        });
    }

    /// Ends a connection that broke, or that the peer ended without a Close frame (§7.1.5).
    pub(crate) fn lose(&mut self, error: io::Error) -> Error {
        // The cut may have been ours, whatever it looks like from here.
        let error = match self.outbox.failure() {
            Some(Failure::TimedOut) => io::Error::other(Phase::Write.to_string()),
            Some(Failure::Cut) => io::Error::other("cut at the deadline of the server's shutdown"),
            Some(Failure::Broken) | None => error,
        };
        self.status = Some(match self.outbox.asked() {
            Some(asked) => CloseStatus::closed(ClosedBy::Local, asked.frame, false),
            None => CloseStatus::lost(error.to_string()),
        });
        self.cut();
        Error::Lost(error)
    }

    /// Waits for the peer to hang up, so that it gets what was sent last, then cuts the stream.
    fn leave(&mut self, shut_first: bool) {
        if let Some(controls) = self.controls() {
            let most = self.close_timeout.map_or(LINGER, |timeout| timeout.min(LINGER));
            let deadline = Deadline::after(Some(most));
            let is_sent = || !self.outbox.closing().may_send();
            linger(&mut self.stream, controls, deadline, shut_first, is_sent);
        }
        self.cut();
    }

    /// Shuts the stream down, which wakes any thread that is blocked on it.
    fn cut(&self) {
        self.outbox.turns.close();
        if let Some(controls) = self.controls() {
            // It may be down already.
            let _ = (controls.shutdown)(&self.stream, Shutdown::Both);
        }
    }
}

impl<S: Read + Write> Drop for Link<S> {
    fn drop(&mut self) {
        if self.status.is_some() {
            return;
        }
        self.close_timeout = Some(DROP_WRITE);
        let frame = match self.unanswered.take() {
            Some(PeerClose(frame)) => frame,
            None => CloseFrame::new(CloseCode::GoingAway, ""),
        };
        let _ = self.send_close(frame);
        self.cut();
    }
}

/// What ended a connection on which no Close frame came.
pub(crate) fn no_close_frame() -> io::Error {
    io::Error::new(
        ErrorKind::UnexpectedEof,
        "the peer ended it without a Close frame (RFC 6455 7.1.5)",
    )
}
