//! A connection but for its frame decoder: the stream and its deadlines, the outbox, and how it all
//! ends (RFC 6455 §7).
//!
//! ```text
//! what the pump read     what the link does
//! a ping                 owes a pong
//! a Close frame          owes a Close frame, lingers       `finish`
//! a broken rule          owes a Close that names it        `fail`
//! the end, an error      cuts the stream                   `lose`
//! nothing for too long   cuts the stream                   `late`
//! nothing for a while    owes a ping, then `late`          `silence`
//! ```
//!
//! The stream's timeouts and its shutdown are there only where `controls` is.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::arming::{Arming, EARLY};
use super::deadline::{Deadline, SHORTEST, is_timeout};
use super::duplex::{Controls, Duplex};
use super::keepalive::Keepalive;
use super::linger::{LINGER, linger};
use super::outbox::Outbox;
use super::slot::Failure;
use super::writer::Bound;
use crate::error::{Error, Phase, Result};
use crate::proto::close::{CloseFrame, ControlPayload};
use crate::proto::closing::Closing;
use crate::proto::code::CloseCode;
use crate::proto::compression::Deflation;
use crate::proto::error::ProtocolError;
use crate::proto::inbound::Awaits;
use crate::proto::role::Role;
use crate::proto::status::{CloseStatus, ClosedBy};

/// How long a drop may take over its Close frame.
const DROP_WRITE: Duration = Duration::from_millis(100);
/// For how long much memory is held while nothing comes.
const HOLDS: Duration = EARLY;

/// The peer's Close frame; it need not carry anything.
pub(crate) struct PeerClose(pub(crate) Option<CloseFrame>);

/// The socket side of a connection.
pub(crate) struct Link<S: Read + Write> {
    pub(crate) stream: S,
    pub(crate) outbox: Arc<Outbox<S>>,
    role: Role,
    controls: OnceLock<Controls<S>>,
    arming: Arming,
    /// When a message that stands still is given up.
    stalled: Deadline,
    pub(crate) keepalive: Keepalive,
    pub(crate) read_timeout: Option<Duration>,
    pub(crate) close_timeout: Option<Duration>,
    pub(crate) stall_timeout: Option<Duration>,
    /// A writer was at work when a reply came to be owed.
    left_behind: bool,
    /// The outbox has a handle of its own.
    attached: AtomicBool,
    /// The peer's Close frame, while our answer is not yet owed.
    pub(crate) unanswered: Option<PeerClose>,
    status: Option<CloseStatus>,
}

type Settle<S> = fn(&Outbox<S>, Option<&mut S>, Option<Bound<S>>) -> Result<bool>;

impl<S: Read + Write> Link<S> {
    pub(crate) fn new(stream: S, role: Role) -> Self {
        Self {
            stream,
            outbox: Outbox::shared(role),
            role,
            controls: OnceLock::new(),
            arming: Arming::default(),
            stalled: Deadline::NEVER,
            keepalive: Keepalive::default(),
            read_timeout: None,
            close_timeout: None,
            stall_timeout: None,
            left_behind: false,
            attached: AtomicBool::new(false),
            unanswered: None,
            status: None,
        }
    }

    fn controls(&self) -> Option<Controls<S>> {
        self.controls.get().copied()
    }

    /// Compresses what is sent from now on.
    pub(crate) fn compress(&mut self, deflation: Option<Deflation>) {
        self.outbox.configure(Some(&mut self.stream), |writer| writer.set_deflation(deflation));
    }

    /// How the connection ended, once it has.
    pub(crate) fn status(&self) -> Option<&CloseStatus> {
        self.status.as_ref()
    }

    /// Tells whether it has ended, or the peer's Close frame has come and is not answered.
    pub(crate) fn is_ending(&self) -> bool {
        self.unanswered.is_some() || self.status.is_some()
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
        self.settle_by(Outbox::settle)
    }

    /// Does that, and writes out what is queued.
    fn settle_all(&mut self) -> Result<()> {
        self.settle_by(Outbox::settle_all)
    }

    fn settle_by(&mut self, settle: Settle<S>) -> Result<()> {
        let within = self.close_timeout.zip(self.controls());
        match settle(&self.outbox, Some(&mut self.stream), within) {
            Ok(paid) => self.left_behind = !paid,
            Err(Error::Deadline(phase)) => return Err(self.late(phase)),
            Err(_) => {}
        }
        Ok(())
    }

    /// Makes sure of what is owed before the program gets its turn: it may not be back for long.
    pub(crate) fn hand_over(&mut self) -> Result<()> {
        if self.left_behind { self.settle_all() } else { Ok(()) }
    }

    /// Owes a Close frame unless one went out before, and pays it if nobody else is writing.
    pub(crate) fn send_close(&mut self, frame: Option<CloseFrame>) -> Result<()> {
        self.unanswered = None;
        self.outbox.owe_close(frame);
        self.settle()
    }

    /// Gives memory back while nothing comes.
    pub(crate) fn rest(&mut self) {
        self.outbox.rest(Some(&mut self.stream));
    }

    /// Reads what has come, or waits for it: until `deadline`, and not for ever for the peer's
    /// answer to a Close frame, or for the rest of a message that has begun.
    ///
    /// `None` now and then while nothing comes; soon where memory is held for what is `awaited`.
    pub(crate) fn read(
        &mut self,
        buf: &mut [u8],
        deadline: Deadline,
        awaited: Awaits,
    ) -> Result<Option<usize>> {
        if self.keepalive.is_curious() {
            self.ping(Instant::now())?;
        }
        self.settle_all()?;
        let has_begun = awaited == Awaits::Rest;
        if !has_begun {
            self.stalled = Deadline::NEVER;
        } else if self.stalled == Deadline::NEVER {
            self.stalled = Deadline::after(self.stall_timeout);
        }
        // The pong would renew the time that a message may stand still.
        let may_ping = self.stalled == Deadline::NEVER;
        loop {
            let answer_due = self.answer_due();
            let limit = deadline.earlier(self.stalled).earlier(answer_due);
            let to_ping = self.keepalive.wait().filter(|_| may_ping);
            let to_rest = (awaited == Awaits::Message { holds_much: true }).then_some(HOLDS);
            let most = to_ping.into_iter().chain(to_rest).min();
            if self.arm(limit, most).map_err(|e| self.lose(e))? {
                let read = self.stream.read(buf);
                self.arming.note(&read);
                match read {
                    Ok(n) => {
                        self.stalled = Deadline::NEVER;
                        self.note_ping();
                        self.keepalive.heard();
                        return Ok(Some(n));
                    }
                    Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                    Err(e) if !is_timeout(&e) => return Err(self.lose(e)),
                    // The stream's own timeout, of which nothing is known here.
                    Err(_) if !self.arming.is_armed() => return Err(Error::Timeout),
                    Err(_) if may_ping => self.silence()?,
                    Err(_) => {}
                }
            }
            if answer_due.has_passed() {
                return Err(self.late(Phase::Close));
            }
            if self.stalled.has_passed() {
                return Err(self.fail(ProtocolError::Stalled));
            }
            if deadline.has_passed() {
                return Err(Error::Timeout);
            }
            if !has_begun {
                return Ok(None);
            }
        }
    }

    /// When the peer must have answered our Close frame; another thread may have sent it.
    fn answer_due(&self) -> Deadline {
        match self.outbox.asked() {
            Some(asked) => Deadline::at(asked.at, self.close_timeout),
            None => Deadline::NEVER,
        }
    }

    /// Does what is due where a read has just timed out, so that nothing can lie there unread.
    fn silence(&mut self) -> Result<()> {
        let now = Instant::now();
        self.note_ping();
        if self.keepalive.is_dead(now) && self.outbox.asked().is_none() {
            return Err(self.late(Phase::Pong));
        }
        self.ping(now)
    }

    /// Owes a ping if it is time for one, and pays it if nobody else is writing. Once a Close frame
    /// is asked for, its answer is waited for instead.
    fn ping(&mut self, now: Instant) -> Result<()> {
        if self.outbox.asked().is_some() {
            self.keepalive.stop();
        } else if let Some(number) = self.keepalive.ping(now) {
            self.outbox.owe_ping(number);
            self.settle()?;
            self.note_ping();
        }
        Ok(())
    }

    /// Notes when the ping was written that is owed, if another thread has done it meanwhile.
    fn note_ping(&mut self) {
        if self.keepalive.is_owed() {
            if let Some(pinged) = self.outbox.pinged() {
                self.keepalive.written(pinged.from, pinged.to);
            }
        }
    }

    /// Notes a pong; most answer a ping of the keepalive.
    pub(crate) fn pong(&mut self, payload: &ControlPayload) {
        self.keepalive.pong(payload, Instant::now());
    }

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
        if let Some(controls) = self.controls() {
            // It may be down already.
            let _ = (controls.shutdown)(&self.stream, Shutdown::Both);
        }
    }

    /// Bounds the next read by what is left; tells whether anything is left.
    ///
    /// Another thread may ask the peer to close while this one waits, so where senders can be, no
    /// single wait is longer than the peer may take to answer that. None is longer than `most`.
    fn arm(&mut self, deadline: Deadline, most: Option<Duration>) -> io::Result<bool> {
        let Ok(remaining) = deadline.remaining() else { return Ok(false) };
        let Some(controls) = self.controls() else { return Ok(true) };
        let glance = self.close_timeout.filter(|_| Arc::strong_count(&self.outbox) > 1);
        let most = most.map(|most| most.max(SHORTEST));
        let wait = [remaining, glance, most].into_iter().flatten().min();
        self.arming.arm(wait, controls, &self.stream).map(|()| true)
    }
}

impl<S: Duplex> Link<S> {
    /// Makes known what the stream can do beyond `Read` and `Write`.
    pub(crate) fn control(&self) -> Controls<S> {
        *self.controls.get_or_init(Controls::new)
    }

    /// Shares the outbox, which gets a handle of its own for that.
    pub(crate) fn share(&self) -> io::Result<Arc<Outbox<S>>> {
        self.control();
        // Where a writer is stuck, the outbox must not be asked again.
        if !self.attached.load(Ordering::Acquire) {
            self.outbox.attach(|| self.stream.try_clone())?;
            self.attached.store(true, Ordering::Release);
        }
        Ok(Arc::clone(&self.outbox))
    }

    /// Bounds the writing of all threads.
    pub(crate) fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let controls = self.control();
        (controls.set_write_timeout)(&self.stream, timeout)?;
        let bound = timeout.map(|timeout| (timeout, controls));
        self.outbox.configure(Some(&mut self.stream), |writer| writer.set_bound(bound));
        Ok(())
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
