//! A connection but for its frame decoder: the stream and its deadlines, and the outbox.
//!
//! ```text
//! what the pump read     what the link does
//! a ping                 owes a pong
//! nothing for a while    owes a ping, then gives the peer up    `silence`
//! ```
//!
//! What ends a connection is in `ending`. The stream's timeouts and its shutdown are there only where
//! `controls` is.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::account::Settled;
use super::arming::{Arming, EARLY};
use super::deadline::{Deadline, SHORTEST, is_timeout};
use super::duplex::{Controls, Duplex};
use super::keepalive::Keepalive;
use super::outbox::Outbox;
use super::writer::Bound;
use crate::error::{Error, Phase, Result};
use crate::proto::close::{CloseFrame, ControlPayload};
use crate::proto::compression::Deflation;
use crate::proto::error::ProtocolError;
use crate::proto::inbound::Awaits;
use crate::proto::role::Role;
use crate::proto::status::CloseStatus;

/// For how long much memory is held while nothing comes.
const HOLDS: Duration = EARLY;

/// The peer's Close frame; it need not carry anything.
pub(crate) struct PeerClose(pub(crate) Option<CloseFrame>);

/// The socket side of a connection.
pub(crate) struct Link<S: Read + Write> {
    pub(crate) stream: S,
    pub(crate) outbox: Arc<Outbox<S>>,
    pub(super) role: Role,
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
    /// Large buffers are kept until nothing has come for a while.
    keeps_large: bool,
    /// The outbox has a handle of its own.
    attached: AtomicBool,
    /// The peer's Close frame, while our answer is not yet owed.
    pub(crate) unanswered: Option<PeerClose>,
    pub(super) status: Option<CloseStatus>,
}

type Settle<S> = fn(&Outbox<S>, Option<&mut S>, Option<Bound<S>>) -> Result<Settled>;

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
            keeps_large: false,
            attached: AtomicBool::new(false),
            unanswered: None,
            status: None,
        }
    }

    pub(super) fn controls(&self) -> Option<Controls<S>> {
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
        self.settle_by(|outbox, own, within| {
            let paid = outbox.settle(own, within)?;
            Ok(Settled { paid, holds_much: false })
        })
        .map(|_| ())
    }

    /// Does that, and writes out what is queued; tells whether much memory is held for more.
    fn settle_all(&mut self) -> Result<bool> {
        self.settle_by(Outbox::settle_all)
    }

    /// How long a Close frame may take to be written.
    fn close_bound(&self) -> Option<Bound<S>> {
        self.close_timeout.zip(self.controls())
    }

    fn settle_by(&mut self, settle: Settle<S>) -> Result<bool> {
        let within = self.close_bound();
        match settle(&self.outbox, Some(&mut self.stream), within) {
            Ok(Settled { paid, holds_much }) => {
                self.left_behind = !paid;
                Ok(holds_much)
            }
            Err(Error::Deadline(phase)) => Err(self.late(phase)),
            Err(_) => Ok(false),
        }
    }

    /// Makes sure of what is owed before the program gets its turn: it may not be back for long.
    pub(crate) fn hand_over(&mut self) -> Result<()> {
        if self.left_behind { self.settle_all().map(|_| ()) } else { Ok(()) }
    }

    /// Owes a Close frame unless one went out before, and pays it if nobody else is writing.
    pub(crate) fn send_close(&mut self, frame: Option<CloseFrame>) -> Result<()> {
        self.unanswered = None;
        self.outbox.owe_close(frame);
        self.settle()
    }

    /// Keeps large buffers from now on.
    pub(crate) fn keep_large(&mut self) {
        self.keeps_large = true;
    }

    /// Tells whether nothing has come for so long that memory is to be given back.
    pub(crate) fn is_quiet(&self) -> bool {
        self.arming.is_quiet_for(HOLDS)
    }

    /// Gives memory back.
    pub(crate) fn rest(&mut self) {
        let within = self.close_bound();
        self.outbox.rest(Some(&mut self.stream), within);
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
        let queue_is_large = self.settle_all()?;
        if queue_is_large && !self.keeps_large {
            self.rest();
        }
        let has_begun = awaited == Awaits::Rest;
        let holds_much = awaited == Awaits::Message { holds_much: true }
            || queue_is_large && self.keeps_large && !has_begun;
        if !has_begun {
            self.stalled = Deadline::NEVER;
        } else if self.stalled == Deadline::NEVER {
            self.stalled = Deadline::after(self.stall_timeout);
        } else if self.stalled.has_passed() {
            // Nobody has looked yet at what came while the program did other things.
            self.stalled = Deadline::after(Some(SHORTEST));
        }
        // The pong would renew the time that a message may stand still.
        let may_ping = self.stalled == Deadline::NEVER;
        loop {
            let answer_due = self.answer_due();
            let limit = deadline.earlier(self.stalled).earlier(answer_due);
            let to_ping = self.keepalive.wait().filter(|_| may_ping);
            let to_rest = holds_much.then_some(HOLDS);
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
