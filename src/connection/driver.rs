//! A connection but for its frame decoder: the stream and its deadlines, and the outbox.
//!
//! ```text
//! what the pump read     what the driver does
//! a ping                 owes a pong
//! nothing for a while    owes a ping, then gives the peer up    `silence`
//! ```
//!
//! How it looks after its peer is in `pinging`, and what ends a connection in `ending`. The stream's
//! timeouts and its shutdown are there only where the outbox has `controls`.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::keepalive::Keepalive;
use super::leaving::Leaving;
use super::stream_reader::{EARLY, StreamReader};
use crate::error::{Error, Phase, Result};
use crate::io::{Controls, Deadline, Duplex, Pause, SHORTEST, is_timeout};
use crate::outbox::{Keeper, Out, Outbox, Progress, Settled, Terms};
use crate::proto::close::{CloseFrame, CloseStatus};
use crate::proto::compression::Deflation;
use crate::proto::inbound::Awaits;
use crate::proto::rules::{ProtocolError, Role};

/// For how long much memory is held while nothing comes.
const HOLDS: Duration = Duration::from_secs(1);

/// How often the reader looks for what other threads left it, where it need not look more often.
const GLANCE: Duration = Duration::from_secs(5);

/// The socket side of a connection.
pub(crate) struct Driver<S: Read + Write> {
    pub(crate) stream: S,
    pub(crate) outbox: Arc<Outbox<S>>,
    pub(super) role: Role,
    /// The outbox has a handle of its own.
    attached: AtomicBool,

    // Reading, and how long it may take.
    reader: StreamReader,
    /// When the peer has let a message stand still for too long.
    pub(super) stalled: Deadline,
    pub(crate) keepalive: Keepalive,
    pub(crate) read_timeout: Option<Duration>,
    pub(crate) close_timeout: Option<Duration>,
    pub(crate) stall_timeout: Option<Duration>,

    // What the reader owes and could not write.
    paid: Progress,
    pause: Pause,

    // The end.
    /// Once no frame is read any more, until the peer has hung up or had its time.
    pub(super) leaving: Option<Box<Leaving>>,
    pub(super) status: Option<CloseStatus>,
    /// How it will end, where a Close frame lies behind what was not received yet.
    pub(super) foreseen: Option<Box<CloseStatus>>,

    // Memory.
    /// Large buffers are kept until nothing has come for a while.
    keeps_large: bool,
}

impl<S: Read + Write> Driver<S> {
    pub(crate) fn new(stream: S, role: Role) -> Self {
        Self {
            stream,
            outbox: Outbox::shared(role),
            role,
            reader: StreamReader::default(),
            stalled: Deadline::NEVER,
            keepalive: Keepalive::default(),
            read_timeout: None,
            close_timeout: None,
            stall_timeout: None,
            paid: Progress::All,
            pause: Pause::FIRST,
            keeps_large: false,
            attached: AtomicBool::new(false),
            leaving: None,
            status: None,
            foreseen: None,
        }
    }

    /// The outbox, with the stream for what it writes.
    pub(super) fn out(&mut self) -> Out<'_, S> {
        Out::new(&self.outbox, &mut self.stream)
    }

    /// Returns `true` if reads can be bounded.
    pub(crate) fn is_bounded(&self) -> bool {
        self.controls().is_some()
    }

    pub(super) fn controls(&self) -> Option<Controls<S>> {
        self.outbox.controls.get().copied()
    }

    /// Compresses what is sent from now on.
    pub(crate) fn compress(&mut self, deflation: Option<Deflation>) {
        self.out().configure(|writer| writer.set_deflation(deflation));
    }

    /// Reads what lies there, without doing anything else; waits for `deadline` at most.
    pub(crate) fn read_on(&mut self, buf: &mut [u8], deadline: Deadline) -> io::Result<usize> {
        if !self.arm(deadline, None)? {
            return Err(ErrorKind::TimedOut.into());
        }
        self.reader.read(&mut self.stream, buf)
    }

    /// Returns `true` if it has ended, or the peer's Close frame has come and is not answered.
    pub(crate) fn is_ending(&self) -> bool {
        self.leaving.is_some() || self.status.is_some() || self.outbox.is_unanswered()
    }

    /// When a receiving call that begins now gives up.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::after(self.read_timeout)
    }

    /// Pays what the reader owes, as far as there is room in the stream, or leaves it to whoever is
    /// writing. Waits for room only where the stream cannot do without.
    ///
    /// A peer that went away may have left messages behind, so a broken connection is not an error
    /// yet: reading will tell. A peer that does not read is.
    pub(crate) fn settle(&mut self) -> Result<()> {
        let terms = self.terms();
        let paid = self.out().settle(terms);
        self.note_paid(&paid.map(|paid| Settled { paid, holds_much: false })).map(|_| ())
    }

    /// Does that where there was room before. Otherwise the next read looks for room, and not each of
    /// the pings that came with the last.
    pub(crate) fn settle_unless_behind(&mut self) -> Result<()> {
        match self.paid {
            Progress::Later { .. } => Ok(()),
            Progress::All | Progress::ByAnother | Progress::Unable => self.settle(),
        }
    }

    /// Does that, and writes out what is queued. Returns `true` if much memory is held for more.
    fn settle_all(&mut self) -> Result<bool> {
        if let Some(holds_much) = self.outbox.is_idle() {
            self.paid = Progress::All;
            return Ok(holds_much);
        }
        let terms = self.terms();
        let settled = self.out().settle_all(terms);
        self.note_paid(&settled)
    }

    /// Receiving waits for nothing but what is to be received.
    pub(super) fn terms(&self) -> Terms<S> {
        let controls = self.controls();
        let at_once = controls.map(|controls| (controls, Keeper::Reader));
        Terms { at_once, within: self.close_timeout.zip(controls) }
    }

    fn note_paid(&mut self, settled: &Result<Settled>) -> Result<bool> {
        match *settled {
            Ok(Settled { paid, holds_much }) => {
                self.pause = match paid {
                    Progress::Later { some: false } => self.pause.longer(),
                    Progress::Later { some: true }
                    | Progress::All
                    | Progress::ByAnother
                    | Progress::Unable => Pause::FIRST,
                };
                self.paid = paid;
                Ok(holds_much)
            }
            Err(Error::Deadline(phase)) => Err(self.late(phase)),
            Err(_) => {
                self.paid = Progress::All;
                Ok(false)
            }
        }
    }

    /// Makes sure of what is owed before the program gets its turn: it may not be back for long.
    pub(crate) fn hand_over(&mut self) -> Result<()> {
        if self.paid == Progress::All { Ok(()) } else { self.settle_all().map(|_| ()) }
    }

    /// Owes a Close frame unless one went out before, and pays it if nobody else is writing and there
    /// is room.
    pub(crate) fn send_close(&mut self, frame: Option<CloseFrame>) -> Result<()> {
        self.outbox.owe_close(frame);
        self.settle()
    }

    /// Owes a Close frame, and waits for room.
    pub(crate) fn send_close_patiently(&mut self, frame: Option<CloseFrame>) -> Result<()> {
        self.outbox.owe_close(frame);
        let terms = Terms::within(self.terms().within);
        let paid = self.out().settle(terms);
        self.note_paid(&paid.map(|paid| Settled { paid, holds_much: false })).map(|_| ())
    }

    /// Keeps large buffers from now on.
    pub(crate) fn keep_large(&mut self) {
        self.keeps_large = true;
    }

    /// Returns `true` if nothing has come for so long that memory is to be given back.
    pub(crate) fn is_quiet(&self) -> bool {
        self.reader.is_quiet_for(HOLDS)
    }

    /// Gives memory back.
    pub(crate) fn rest(&mut self) {
        let terms = self.terms();
        self.out().rest(terms);
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
        let holds_much = self.prepare(awaited)?;
        let mut is_interrupted = false;
        loop {
            let answer_due = self.answer_due();
            let limit = deadline.earlier(self.stalled).earlier(answer_due);
            let most = self.longest_wait(holds_much);
            if self.arm(limit, most).map_err(|e| self.lose(e))? {
                match self.reader.read(&mut self.stream, buf) {
                    Ok(n) => {
                        self.stalled = Deadline::NEVER;
                        self.note_ping();
                        self.keepalive.heard();
                        return Ok(Some(n));
                    }
                    // A socket looks for data before it waits. The second time is for other streams.
                    Err(e) if e.kind() == ErrorKind::Interrupted && !is_interrupted => {
                        is_interrupted = true;
                        continue;
                    }
                    Err(e) => self.nothing_came(e, is_interrupted)?,
                }
            }
            self.check_time(answer_due, deadline)?;
            if awaited != Awaits::Rest {
                return Ok(None);
            }
            self.hand_over()?;
            is_interrupted = false;
        }
    }

    /// Does what a read asks for that brought nothing: the connection is lost, or the peer is silent.
    fn nothing_came(&mut self, error: io::Error, is_interrupted: bool) -> Result<()> {
        if !is_timeout(&error) && error.kind() != ErrorKind::Interrupted {
            return Err(self.lose(error));
        }
        // The stream's own timeout, of which nothing is known here.
        if !self.reader.is_armed() && !is_interrupted {
            return Err(Error::Timeout);
        }
        self.silence()
    }

    /// Ends the connection where the peer has had its time, and the call where that is over.
    fn check_time(&mut self, answer_due: Deadline, deadline: Deadline) -> Result<()> {
        if answer_due.has_passed() {
            return Err(self.late(Phase::Close));
        }
        if self.stalled.has_passed() {
            return Err(self.fail(ProtocolError::Stalled, deadline));
        }
        if deadline.has_passed() {
            return Err(Error::Timeout);
        }
        Ok(())
    }

    /// Does what is to be done before a read that may wait. Returns `true` if memory is held meanwhile.
    fn prepare(&mut self, awaited: Awaits) -> Result<bool> {
        if self.keepalive.is_curious() {
            self.ping(Instant::now())?;
        }
        let queue_is_large = self.settle_all()?;
        if queue_is_large && !self.keeps_large {
            self.rest();
        }
        let has_begun = awaited == Awaits::Rest;
        if !has_begun {
            self.stalled = Deadline::NEVER;
        } else if self.stalled == Deadline::NEVER {
            self.stalled = Deadline::after(self.stall_timeout);
        } else if self.stalled.has_passed() {
            // Nobody has looked yet at what came while the program did other things.
            self.stalled = Deadline::after(Some(SHORTEST));
        }
        Ok(awaited == Awaits::Message { holds_much: true }
            || queue_is_large && self.keeps_large && !has_begun)
    }

    /// How long a read may wait before there may be other things to do.
    fn longest_wait(&self, holds_much: bool) -> Option<Duration> {
        let to_ping = if !self.may_ping() {
            None
        } else if self.reader.is_quiet() {
            self.keepalive.wait_from(Instant::now())
        } else {
            self.keepalive.wait()
        };
        let to_rest = holds_much.then_some(HOLDS);
        let to_pay = match self.paid {
            Progress::All | Progress::Unable => None,
            Progress::Later { .. } => Some(self.pause.time()),
            Progress::ByAnother => Some(EARLY),
        };
        [to_ping, to_rest, to_pay].into_iter().flatten().min()
    }

    /// When the peer must have answered our Close frame; another thread may have sent it.
    fn answer_due(&self) -> Deadline {
        match self.outbox.asked() {
            Some(asked) => Deadline::at(asked.at, self.close_timeout),
            None => Deadline::NEVER,
        }
    }

    /// Bounds the next read by the time that is left. Returns `false` if none is left.
    ///
    /// Another thread may ask the peer to close while this one waits, or a hub without a thread may
    /// leave it something. So where such can be, no single wait is longer than the peer may take to
    /// answer a Close frame, or than [`GLANCE`]. None is longer than `most`.
    fn arm(&mut self, deadline: Deadline, most: Option<Duration>) -> io::Result<bool> {
        let Ok(remaining) = deadline.remaining() else { return Ok(false) };
        let Some(controls) = self.controls() else { return Ok(true) };
        let is_shared = Arc::strong_count(&self.outbox) > 1;
        let glance = is_shared.then(|| self.close_timeout.map_or(GLANCE, |most| most.min(GLANCE)));
        let most = most.map(|most| most.max(SHORTEST));
        let wait = [remaining, glance, most].into_iter().flatten().min();
        self.reader.arm(wait, controls, &self.stream).map(|()| true)
    }
}

impl<S: Duplex> Driver<S> {
    /// Makes known what the stream can do beyond `Read` and `Write`.
    pub(crate) fn control(&self) -> Controls<S> {
        *self.outbox.controls.get_or_init(Controls::new)
    }

    /// Shares the outbox, which gets a handle of its own for that.
    pub(crate) fn share(&self) -> io::Result<Arc<Outbox<S>>> {
        self.control();
        // Where a writer is stuck, the outbox must not be asked again.
        if !self.attached.load(Ordering::Acquire) {
            self.outbox.attach(self.stream.try_clone()?);
            self.attached.store(true, Ordering::Release);
        }
        Ok(Arc::clone(&self.outbox))
    }

    /// Bounds the writing of all threads.
    pub(crate) fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let controls = self.control();
        controls.set_write_timeout(&self.stream, timeout)?;
        let bound = timeout.map(|timeout| (timeout, controls));
        self.out().configure(|writer| writer.set_bound(bound));
        Ok(())
    }
}
