//! A connection but for its frame decoder: the stream, the outbox, and how it all ends
//! (RFC 6455 §7).
//!
//! ```text
//!          ping ----> owe a pong
//! recv --> Close ---> owe a Close, linger, status
//!          bad frame> owe a Close that names the rule, linger, status
//!          EOF -----> status
//! ```
//!
//! The stream's timeouts and its shutdown are there only where `controls` is.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use super::deadline::{Deadline, is_timeout};
use super::duplex::{Controls, Duplex};
use super::linger::{LINGER, linger};
use super::outbox::Outbox;
use crate::error::{Error, Phase, Result};
use crate::proto::close::CloseFrame;
use crate::proto::closing::Closing;
use crate::proto::code::CloseCode;
use crate::proto::error::ProtocolError;
use crate::proto::role::Role;
use crate::proto::status::{CloseStatus, ClosedBy};

/// How long a drop may take over its Close frame.
const DROP_WRITE: Duration = Duration::from_millis(100);
/// Two times for a read this close to each other are the same: setting one is a system call.
const SAME: Duration = Duration::from_millis(1);

/// The peer's Close frame; it need not carry anything.
pub(crate) struct PeerClose(pub(crate) Option<CloseFrame>);

/// The socket side of a connection.
pub(crate) struct Link<S: Read + Write> {
    pub(crate) stream: S,
    pub(crate) outbox: Arc<Outbox<S>>,
    role: Role,
    controls: Option<Controls<S>>,
    /// The read timeout the stream has now, where it was set here.
    armed: Option<Duration>,
    pub(crate) read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
    pub(crate) close_timeout: Option<Duration>,
    /// The peer's Close frame, while our answer is not yet owed.
    pub(crate) unanswered: Option<PeerClose>,
    status: Option<CloseStatus>,
}

impl<S: Read + Write> Link<S> {
    pub(crate) fn new(stream: S, role: Role) -> Self {
        Self {
            stream,
            outbox: Arc::new(Outbox::new(role)),
            role,
            controls: None,
            armed: None,
            read_timeout: None,
            write_timeout: None,
            close_timeout: None,
            unanswered: None,
            status: None,
        }
    }

    /// How the connection ended, once it has.
    pub(crate) fn status(&self) -> Option<&CloseStatus> {
        self.status.as_ref()
    }

    /// When a receiving call that begins now gives up.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::after(self.read_timeout)
    }

    /// Pays what the reader owes, or leaves it to whoever is writing.
    ///
    /// A peer that went away may have left messages behind, so a broken connection is not an error
    /// yet: reading will tell. A peer that does not read is.
    pub(crate) fn settle(&mut self) -> Result<()> {
        match self.outbox.settle(Some(&mut self.stream)) {
            Err(Error::Deadline(phase)) => {
                self.lose(io::Error::other(phase.to_string()));
                Err(Error::Deadline(phase))
            }
            _ => Ok(()),
        }
    }

    /// Owes a Close frame unless one went out before, and pays it if nobody else is writing.
    ///
    /// Where the peer left no room for it, it does not wait longer than for the peer's answer.
    pub(crate) fn send_close(&mut self, frame: Option<CloseFrame>) -> Result<()> {
        self.unanswered = None;
        self.outbox.owe_close(frame);
        let most = [self.write_timeout, self.close_timeout]
            .into_iter()
            .flatten()
            .min();
        if let (Some(controls), Some(most)) = (self.controls, most) {
            // A stream that does not take a timeout any more does not block either.
            let _ = (controls.set_write_timeout)(&self.stream, Some(most));
        }
        self.settle()
    }

    /// Tells the peer which rule it broke, and ends the connection (§7.1.7).
    pub(crate) fn fail(&mut self, broken: ProtocolError) -> Error {
        let frame = CloseFrame::for_error(broken);
        if self.send_close(Some(frame.clone())).is_ok() {
            self.status = Some(CloseStatus::closed(ClosedBy::Local, Some(frame), false));
            self.leave(true);
        }
        broken.into()
    }

    /// Ends a connection over which a Close frame went each way, or will have in a moment.
    pub(crate) fn finish(&mut self, received: Option<CloseFrame>) {
        self.leave(self.role.closes_first());
        let clean = self.outbox.closing() == Closing::Done;
        self.status = Some(match self.outbox.asked_with() {
            Some(asked) => CloseStatus::closed(ClosedBy::Local, Some(asked), clean),
            None => CloseStatus::closed(ClosedBy::Remote, received, clean),
        });
    }

    /// Ends a connection that broke, or that the peer ended without a Close frame (§7.1.5).
    pub(crate) fn lose(&mut self, error: io::Error) -> Error {
        let error = if self.outbox.has_timed_out() {
            // The cut was ours, whatever it looks like from here.
            io::Error::other(Phase::Write.to_string())
        } else {
            error
        };
        self.status = Some(match self.outbox.asked_with() {
            Some(asked) => CloseStatus::closed(ClosedBy::Local, Some(asked), false),
            None => CloseStatus::lost(error.to_string()),
        });
        self.cut();
        Error::Lost(error)
    }

    /// Waits for the peer to hang up, so that it gets what was sent last, then cuts the stream.
    fn leave(&mut self, shut_first: bool) {
        if let Some(controls) = self.controls {
            let most = self
                .close_timeout
                .map_or(LINGER, |timeout| timeout.min(LINGER));
            let deadline = Deadline::after(Some(most));
            let is_sent = || !self.outbox.closing().may_send();
            linger(&mut self.stream, controls, deadline, shut_first, is_sent);
        }
        self.cut();
    }

    /// Shuts the stream down, which wakes any thread that is blocked on it.
    fn cut(&self) {
        if let Some(controls) = self.controls {
            // It may be down already.
            let _ = (controls.shutdown)(&self.stream, Shutdown::Both);
        }
    }

    /// Sets the stream's read timeout to what is left, unless it is about that already.
    fn arm(&mut self, deadline: Deadline) -> io::Result<()> {
        let remaining = deadline.remaining()?;
        let Some(controls) = self.controls else {
            return Ok(());
        };
        let same = match (remaining, self.armed) {
            (Some(remaining), Some(armed)) => remaining.abs_diff(armed) <= SAME,
            (None, None) => true,
            _ => false,
        };
        if !same {
            (controls.set_read_timeout)(&self.stream, remaining)?;
            self.armed = remaining;
        }
        Ok(())
    }
}

impl<S: Duplex> Link<S> {
    /// Makes known what the stream can do beyond `Read` and `Write`.
    pub(crate) fn control(&mut self) -> Controls<S> {
        *self.controls.get_or_insert_with(Controls::new)
    }

    /// Bounds the writing of each message by all threads.
    pub(crate) fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let controls = self.control();
        (controls.set_write_timeout)(&self.stream, timeout)?;
        self.write_timeout = timeout;
        let own = Some(&mut self.stream);
        self.outbox
            .configure(own, |writer| writer.set_timeout(timeout, controls));
        Ok(())
    }
}

/// The stream as the pump reads it: what is queued goes out before a wait, and a deadline holds
/// over many reads.
pub(crate) struct Waiting<'a, S: Read + Write> {
    pub(crate) link: &'a mut Link<S>,
    pub(crate) deadline: Deadline,
}

impl<S: Read + Write> Read for Waiting<'_, S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.link.outbox.owe_flush();
        self.link.settle().map_err(io::Error::other)?;
        loop {
            self.link.arm(self.deadline)?;
            match self.link.stream.read(buf) {
                // The socket's clock may be ahead of ours.
                Err(e) if is_timeout(&e) && self.deadline != Deadline::NEVER => {}
                done => return done,
            }
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
