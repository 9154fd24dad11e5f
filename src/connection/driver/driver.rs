//! [`Driver`]: the stream of a connection with its deadlines, and the outbox.
//!
//! ```text
//! what was read          what the driver does
//! a ping                 owes a pong
//! nothing for a while    owes a ping, then drops the peer       `silence`
//! ```
//!
//! `timekeeping` has the part for pings and lifetimes, `close` the part for the end. The stream's
//! timeouts and its shutdown can be used only if the outbox has `controls`.

use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::super::keepalive::Keepalive;
use super::leaving::{Leaving, OnEnd};
use super::peer_pings::PeerPings;
use super::stream_reader::{EARLY, StreamReader};
use crate::error::{Error, Phase, Result};
use crate::io::{Controls, Deadline, Duplex, GLANCE, Pause, SHORTEST, is_timeout};
use crate::outbox::{Counters, Keeper, Out, Outbox, Progress, Settled, Terms};
use crate::proto::close::CloseStatus;
use crate::proto::compression::Deflation;
use crate::proto::inbound::Awaits;
use crate::proto::rules::{ProtocolError, Role};

/// How long large buffers are kept while nothing comes.
const HOLDS: Duration = Duration::from_secs(1);

/// The socket side of a connection.
pub(crate) struct Driver<S: Read + Write> {
    pub(crate) stream: S,
    pub(crate) outbox: Arc<Outbox<S>>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) role: Role,
    /// The outbox has its own handle of the stream.
    attached: AtomicBool,

    // Reading, and how long it may take.
    pub(super) reader: StreamReader,
    /// When the message that has begun to arrive has stood still for too long.
    pub(super) stalled: Deadline,
    pub(crate) peer_pings: PeerPings,
    /// The deadline after which the stream was last looked at. See [`may_look`](Self::may_look).
    looked: Deadline,
    pub(crate) keepalive: Keepalive,
    pub(crate) read_timeout: Option<Duration>,
    pub(crate) close_timeout: Option<Duration>,
    pub(crate) stall_timeout: Option<Duration>,

    // What the reader owes and could not write.
    paid: Progress,
    pause: Pause,

    // The end.
    /// Set when no more frames are read, until the peer has hung up or its time is over.
    pub(crate) leaving: Option<Box<Leaving>>,
    pub(crate) status: Option<CloseStatus>,
    /// How the connection will end, if the peer's Close frame was found among unreceived data.
    pub(crate) foreseen: Option<Box<CloseStatus>>,
    /// Who is told once it has ended: the log, and a client that reconnects.
    pub(crate) on_end: Vec<OnEnd>,

    // Memory.
    /// Large buffers are kept until nothing has come for a while.
    keeps_large: bool,
}

impl<S: Read + Write> Driver<S> {
    /// The outbox is one that no other connection has.
    pub(crate) fn new(stream: S, role: Role, outbox: Arc<Outbox<S>>) -> Self {
        Self {
            stream,
            counters: Arc::clone(&outbox.counters),
            outbox,
            role,
            reader: StreamReader::default(),
            stalled: Deadline::NEVER,
            peer_pings: PeerPings::default(),
            looked: Deadline::NEVER,
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
            on_end: Vec::new(),
        }
    }

    /// The outbox, with the stream lent to it.
    pub(crate) fn out(&mut self) -> Out<'_, S> {
        Out::new(&self.outbox, &mut self.stream)
    }

    /// Returns `true` if reads can have a timeout.
    pub(crate) fn is_bounded(&self) -> bool {
        self.controls().is_some()
    }

    pub(crate) fn controls(&self) -> Option<Controls<S>> {
        self.outbox.controls.get().copied()
    }

    /// Compresses what is sent from now on.
    pub(crate) fn compress(&mut self, deflation: Option<Deflation>) {
        self.out().configure(|writer| writer.set_deflation(deflation));
    }

    /// Returns `true` if the connection has ended or is ending, or the peer's Close is not
    /// answered.
    pub(crate) fn is_ending(&self) -> bool {
        self.leaving.is_some() || self.status.is_some() || self.outbox.is_unanswered()
    }

    /// When a receiving call that begins now times out.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::after(self.read_timeout)
    }

    /// Pays what the reader owes as far as there is room, or leaves it to the thread that is
    /// writing. Waits for room only if the stream cannot write without waiting.
    ///
    /// A broken connection is not an error here: the peer may have left messages that can be
    /// received, and reading will report the end. A write that timed out is an error.
    pub(crate) fn settle(&mut self) -> Result<()> {
        let terms = self.terms();
        let paid = self.out().settle(terms);
        self.note_paid(&paid.map(|paid| Settled { paid, holds_much: false })).map(|_| ())
    }

    /// Calls [`settle`](Self::settle) if there was room the last time. Otherwise leaves that to the
    /// next read, so that not every ping of a burst tries again.
    pub(crate) fn settle_unless_behind(&mut self) -> Result<()> {
        match self.paid {
            Progress::Later { .. } => Ok(()),
            Progress::All | Progress::ByAnother | Progress::Unable => self.settle(),
        }
    }

    /// Pays what is owed, and writes out what is queued. Returns `true` if the writer's buffer is
    /// then larger than small messages need.
    fn settle_all(&mut self) -> Result<bool> {
        if let Some(holds_much) = self.outbox.is_idle() {
            self.paid = Progress::All;
            return Ok(holds_much);
        }
        let terms = self.terms();
        let settled = self.out().settle_all(terms);
        self.note_paid(&settled)
    }

    /// The terms of the reader, which waits only for the peer's data.
    pub(crate) fn terms(&self) -> Terms<S> {
        let controls = self.controls();
        let at_once = controls.map(|controls| (controls, Keeper::Reader));
        Terms { at_once, within: self.close_timeout.zip(controls) }
    }

    pub(crate) fn note_paid(&mut self, settled: &Result<Settled>) -> Result<bool> {
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

    /// Pays what is owed before a call returns to the program, which may not receive again for
    /// long.
    pub(crate) fn settle_before_return(&mut self) -> Result<()> {
        if self.paid == Progress::All { Ok(()) } else { self.settle_all().map(|_| ()) }
    }

    /// Keeps large buffers from now on.
    pub(crate) fn keep_large(&mut self) {
        self.keeps_large = true;
    }

    /// Returns `true` if nothing has come for [`HOLDS`], so that memory should be given back.
    pub(crate) fn is_quiet(&self) -> bool {
        self.reader.is_quiet_for(HOLDS)
    }

    /// Gives memory back.
    pub(crate) fn rest(&mut self) {
        let terms = self.terms();
        self.out().rest(terms);
    }

    /// Reads what has come, or waits for it. The wait ends at `deadline`, and earlier if the answer
    /// to a Close frame or the rest of a message is late. If that moment has passed already, this
    /// reads what has come and does not wait.
    ///
    /// Returns `None` now and then while nothing comes, and soon if memory is held for what is
    /// `awaited`.
    pub(crate) fn read(
        &mut self,
        buf: &mut [u8],
        deadline: Deadline,
        awaited: Awaits,
    ) -> Result<Option<usize>> {
        // First: another thread may leave something, and then its handle.
        let is_shared = self.outbox.is_shared();
        let holds_much = self.prepare(awaited)?;
        let mut is_interrupted = false;
        loop {
            let answer_due = self.answer_due();
            let limit = deadline.earlier(self.stalled).earlier(answer_due);
            let waits = limit.remaining();
            let read = match waits {
                Ok(remaining) => {
                    let wait = remaining.into_iter().chain(self.longest_wait(holds_much)).min();
                    self.arm(wait, is_shared).map_err(|e| self.lose(e))?;
                    Some(self.reader.read(&mut self.stream, buf))
                }
                Err(_) if self.may_look(limit) => Some(self.look(buf)?),
                Err(_) => None,
            };
            match read {
                None => {}
                Some(Ok(n)) => {
                    self.note_read(n);
                    return Ok(Some(n));
                }
                // A socket looks for data before it waits, so it had none. Other streams may not
                // have looked, so the read is repeated once.
                Some(Err(e)) if e.kind() == ErrorKind::Interrupted && !is_interrupted => {
                    is_interrupted = true;
                    continue;
                }
                Some(Err(e)) => {
                    let has_waited = waits.is_ok() && !is_interrupted;
                    self.nothing_came(e, has_waited, awaited)?;
                }
            }
            self.check_time(answer_due, deadline)?;
            if !awaited.has_begun() {
                return Ok(None);
            }
            self.settle_before_return()?;
            is_interrupted = false;
        }
    }

    /// Notes a read that brought something.
    pub(super) fn note_read(&mut self, n: usize) {
        self.counters.received.on_wire(n);
        self.stalled = Deadline::NEVER;
        self.note_ping();
        self.keepalive.heard();
    }

    /// Returns `true` if the stream may be looked at although `limit` has passed: once in any case,
    /// and for a moment after the limit. A peer that sends without end must not keep a call that
    /// must not wait.
    fn may_look(&mut self, limit: Deadline) -> bool {
        mem::replace(&mut self.looked, limit) != limit || !limit.plus(SHORTEST).has_passed()
    }

    /// Reads what has come without waiting, or with the shortest wait if the stream cannot do that.
    #[inline(never)]
    fn look(&mut self, buf: &mut [u8]) -> Result<io::Result<usize>> {
        if let Some(controls) = self.controls() {
            match self.reader.look(controls, &mut self.stream, buf) {
                Err(e) if e.kind() == ErrorKind::Unsupported => {}
                looked => return Ok(looked),
            }
        }
        self.arm(Some(SHORTEST), self.outbox.is_shared()).map_err(|e| self.lose(e))?;
        Ok(self.reader.read(&mut self.stream, buf))
    }

    /// Handles a read that brought nothing: the connection is lost, or the peer is silent.
    // A frame of its own: a thread that waits for a message needs less stack.
    #[inline(never)]
    fn nothing_came(&mut self, error: io::Error, has_waited: bool, awaited: Awaits) -> Result<()> {
        if !is_timeout(&error) && error.kind() != ErrorKind::Interrupted {
            return Err(self.lose(error));
        }
        // The program has set a timeout on the stream itself.
        if has_waited && !self.reader.is_armed() {
            return Err(Error::Timeout);
        }
        self.silence(awaited)
    }

    /// Ends the connection if the peer's time is over, or the call if `deadline` has passed.
    #[inline(never)]
    fn check_time(&mut self, answer_due: Deadline, deadline: Deadline) -> Result<()> {
        if answer_due.has_passed() && self.answer_is_late() {
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

    /// Does what must be done before a read that may wait. Returns `true` if memory is held
    /// meanwhile.
    pub(super) fn prepare(&mut self, awaited: Awaits) -> Result<bool> {
        if self.keepalive.wants_clock() {
            self.look_at_clock(awaited)?;
        }
        let queue_is_large = self.settle_all()?;
        if queue_is_large && !self.keeps_large {
            self.rest();
        }
        let has_begun = awaited.has_begun();
        if !has_begun {
            self.stalled = Deadline::NEVER;
        } else if self.stalled == Deadline::NEVER {
            self.stalled = Deadline::after(self.stall_timeout);
        }
        Ok(awaited == Awaits::Message { holds_much: true }
            || queue_is_large && self.keeps_large && !has_begun)
    }

    /// How long a read may wait before something else may be due.
    pub(super) fn longest_wait(&self, holds_much: bool) -> Option<Duration> {
        let may_ping = self.may_ping();
        let to_look = if self.reader.is_quiet() {
            self.keepalive.wait_from(may_ping, Instant::now())
        } else {
            self.keepalive.wait(may_ping)
        };
        let to_rest = holds_much.then_some(HOLDS);
        let to_pay = match self.paid {
            Progress::All | Progress::Unable => None,
            Progress::Later { .. } => Some(self.pause.time()),
            Progress::ByAnother => Some(EARLY),
        };
        let most = [to_look, to_rest, to_pay].into_iter().flatten().min();
        most.map(|most| most.max(SHORTEST))
    }

    /// Sets the timeout of the next read to the time that remains.
    ///
    /// Meanwhile another thread may send a Close frame, or a hub without a thread leave messages. So
    /// if the outbox is shared, a single wait is no longer than the close timeout and [`GLANCE`].
    pub(super) fn arm(&mut self, wait: Option<Duration>, is_shared: bool) -> io::Result<()> {
        let Some(controls) = self.controls() else { return Ok(()) };
        let glance = is_shared.then(|| self.close_timeout.map_or(GLANCE, |most| most.min(GLANCE)));
        let wait = wait.into_iter().chain(glance).min();
        self.reader.arm(wait, controls, &self.stream)
    }
}

impl<S: Duplex> Driver<S> {
    /// Tells the outbox what the stream can do beyond `Read` and `Write`. `None` if that is
    /// nothing.
    pub(crate) fn control(&self) -> Option<Controls<S>> {
        let told =
            || self.stream.is_duplex().then(|| *self.outbox.controls.get_or_init(Controls::new));
        self.controls().or_else(told)
    }

    /// Shares the outbox, which gets its own handle of the stream for that.
    pub(crate) fn share(&self) -> io::Result<Arc<Outbox<S>>> {
        self.control();
        // `attach` waits for a thread that writes, so it is called only once.
        if !self.attached.load(Ordering::Acquire) {
            self.outbox.attach(self.stream.try_clone()?);
            self.attached.store(true, Ordering::Release);
        }
        Ok(Arc::clone(&self.outbox))
    }
}
