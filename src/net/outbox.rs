//! Who may write when: the only place that writes frames.
//!
//! Any thread may send; whole messages never interleave, because a sender holds `sink` while it
//! writes. The thread that receives must never wait for that lock, or a peer that does not read
//! could keep it from reading. So it leaves what it owes (the answer to a ping or a Close, or a
//! flush) in `slot` and *tries* the lock: if it is free, the reader pays its debt itself; if not,
//! whoever holds it looks into the slot after unlocking.
//!
//! Locks: `sink`, then `slot`. `slot` is never held across a write, `sink` never across a read.

use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Instant;

use super::writer::{Bound, Writer};
use crate::error::{Error, Result};
use crate::proto::close::{CloseFrame, ControlPayload};
use crate::proto::closing::{CloseSeen, Closing};
use crate::proto::header::Opcode;
use crate::proto::message::AsMessage;
use crate::proto::role::Role;

/// So many times a sender pays for a reader before it goes its way.
const ROUNDS: u32 = 16;

/// The sending half of a connection, for all threads that use it.
///
/// As long as there is only a `WebSocket`, its one stream is lent to each call as `own`. Once
/// there is a `Sender`, the sink has a handle of its own.
#[derive(Debug)]
pub(crate) struct Outbox<S> {
    sink: Mutex<Sink<S>>,
    slot: Mutex<Slot>,
}

/// Guarded by a lock that is held while writing.
#[derive(Debug)]
struct Sink<S> {
    stream: Option<S>,
    writer: Writer<S>,
}

/// Guarded by a lock that is held for a few instructions only.
#[derive(Debug, Default)]
struct Slot {
    owed: Owed,
    flush: bool,
    closing: Closing,
    asked: Option<Asked>,
    failure: Option<Failure>,
}

/// How this side began the closing handshake.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) frame: Option<CloseFrame>,
    pub(crate) at: Instant,
}

/// How a write went wrong; nothing more can be sent then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It ran out of time, and the connection was cut on this side.
    TimedOut,
    Broken,
}

/// The one reply the reader owes: the latest pong is enough (§5.5.3), and none follows a Close.
#[derive(Clone, Copy, Debug, Default)]
enum Owed {
    #[default]
    Nothing,
    Pong(ControlPayload),
    /// Stays until it is written, so that it is sent only once.
    Close(ControlPayload),
}

impl Slot {
    fn owes(&self) -> bool {
        self.flush || !matches!(self.owed, Owed::Nothing)
    }

    /// Something is owed that the reader does not come back for: it waits, or it closes.
    ///
    /// A reader that waits again and again is kept awake by its peer, and will come.
    fn owes_for_good(&self, rounds: u32) -> bool {
        self.flush && rounds < ROUNDS || matches!(self.owed, Owed::Close(_))
    }

    fn may_send(&self) -> bool {
        self.closing.may_send() && !matches!(self.owed, Owed::Close(_))
    }
}

impl<S: Write> Outbox<S> {
    pub(crate) fn new(role: Role) -> Self {
        let sink = Sink { stream: None, writer: Writer::new(role) };
        Self { sink: Mutex::new(sink), slot: Mutex::default() }
    }

    /// Gives the sink a handle of its own, from `open`, unless it has one.
    pub(crate) fn attach(&self, open: impl FnOnce() -> std::io::Result<S>) -> std::io::Result<()> {
        let mut sink = lock(&self.sink);
        if sink.stream.is_none() {
            sink.stream = Some(open()?);
        }
        drop(sink);
        self.settle_later(None);
        Ok(())
    }

    /// Changes a setting of the writer.
    pub(crate) fn configure(&self, own: Option<&mut S>, change: impl FnOnce(&mut Writer<S>)) {
        change(&mut lock(&self.sink).writer);
        self.settle_later(own);
    }

    /// Queues a message, and writes it out if `flush` says so. Waits for other writers.
    pub(crate) fn send(
        &self,
        own: Option<&mut S>,
        message: &dyn AsMessage,
        flush: bool,
    ) -> Result<()> {
        self.write(own, |writer, stream| {
            writer.message(message, stream)?;
            if flush { writer.flush(stream) } else { Ok(()) }
        })
    }

    /// Writes a ping out (§5.5.2). Waits for other writers.
    pub(crate) fn ping(&self, own: Option<&mut S>, payload: &ControlPayload) -> Result<()> {
        self.write(own, |writer, stream| {
            writer.control(Opcode::Ping, payload)?;
            writer.flush(stream)
        })
    }

    /// Writes out what is queued. Waits for other writers.
    pub(crate) fn flush(&self, mut own: Option<&mut S>) -> Result<()> {
        let flushed = {
            let mut sink = lock(&self.sink);
            let (writer, stream) = sink.parts(own.as_deref_mut());
            writer.flush(stream)
        };
        self.settle_later(own);
        self.noted(flushed)
    }

    fn write(
        &self,
        mut own: Option<&mut S>,
        work: impl FnOnce(&mut Writer<S>, &mut S) -> Result<()>,
    ) -> Result<()> {
        let written = {
            let mut sink = lock(&self.sink);
            let (writer, stream) = sink.parts(own.as_deref_mut());
            // A Close that is owed goes first, and then nothing may follow.
            self.pay(writer, stream, None).and_then(|may_send| {
                if may_send { work(writer, stream) } else { Err(Error::Closed) }
            })
        };
        self.settle_later(own);
        self.noted(written)
    }

    /// What everybody does who held `sink`: pays what others owe by now.
    ///
    /// Failing at it is no failure of one's own; the next write tells.
    fn settle_later(&self, own: Option<&mut S>) {
        let _ = self.settle(own, None);
    }

    /// Owes the answer to a ping. Waits for nobody; [`settle`](Self::settle) must follow.
    pub(crate) fn owe_pong(&self, payload: ControlPayload) {
        let mut slot = lock(&self.slot);
        if slot.may_send() {
            slot.owed = Owed::Pong(payload);
        }
    }

    /// Owes a Close frame unless one went out before. Waits for nobody; [`settle`](Self::settle)
    /// must follow.
    pub(crate) fn owe_close(&self, frame: Option<CloseFrame>) {
        let mut slot = lock(&self.slot);
        if slot.may_send() {
            let payload = frame.as_ref().map_or(ControlPayload::EMPTY, CloseFrame::payload);
            slot.owed = Owed::Close(payload);
            if slot.closing == Closing::Open {
                slot.asked = Some(Asked { frame, at: Instant::now() });
            }
        }
    }

    /// Asks for a flush before the reader waits or turns to other things. Waits for nobody;
    /// [`settle`](Self::settle) must follow.
    pub(crate) fn owe_flush(&self) {
        lock(&self.slot).flush = true;
    }

    /// Pays what is owed, or leaves that to whoever is writing; tells whether it is paid. A Close
    /// frame that is paid here is written `within` a bound.
    ///
    /// A peer that pings without end must not keep a sender at it: a pong that comes to be owed
    /// meanwhile is left to the reader, which always owes a flush before it waits.
    pub(crate) fn settle(&self, mut own: Option<&mut S>, within: Option<Bound<S>>) -> Result<bool> {
        let (mut owes, mut rounds) = (lock(&self.slot).owes(), 0);
        while owes {
            let mut sink = match self.sink.try_lock() {
                Ok(sink) => sink,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                // Its holder comes by here after unlocking.
                Err(TryLockError::WouldBlock) => return Ok(false),
            };
            let (writer, stream) = sink.parts(own.as_deref_mut());
            self.noted(self.pay(writer, stream, within).map(|_| ()))?;
            drop(sink);
            rounds += 1;
            owes = lock(&self.slot).owes_for_good(rounds);
        }
        Ok(true)
    }

    /// Notes for the reader how a write went wrong.
    fn noted(&self, written: Result<()>) -> Result<()> {
        let failure = match written {
            Err(Error::Deadline(_)) => Failure::TimedOut,
            Err(Error::Lost(_)) => Failure::Broken,
            _ => return written,
        };
        lock(&self.slot).failure.get_or_insert(failure);
        written
    }

    /// How a write went wrong, if one did.
    pub(crate) fn failure(&self) -> Option<Failure> {
        lock(&self.slot).failure
    }

    /// Writes what is owed at this moment; tells whether a message may follow.
    fn pay(
        &self,
        writer: &mut Writer<S>,
        stream: &mut S,
        within: Option<Bound<S>>,
    ) -> Result<bool> {
        let (owed, flush, may_send) = {
            let mut slot = lock(&self.slot);
            let owed = slot.owed;
            if let Owed::Pong(_) = owed {
                slot.owed = Owed::Nothing;
            }
            (owed, std::mem::take(&mut slot.flush), slot.may_send())
        };
        let paid = match owed {
            Owed::Nothing if flush => writer.flush(stream),
            Owed::Nothing => Ok(()),
            Owed::Pong(payload) => {
                writer.control(Opcode::Pong, &payload).and_then(|()| writer.flush(stream))
            }
            Owed::Close(payload) => writer
                .control(Opcode::Close, &payload)
                .and_then(|()| writer.flush_within(within, stream)),
        };
        if let Owed::Close(_) = owed {
            // Written or failed: either way there will be no other.
            let mut slot = lock(&self.slot);
            slot.owed = Owed::Nothing;
            slot.closing = slot.closing.after(CloseSeen::Sent);
        }
        paid.map(|()| may_send)
    }

    /// Notes that the peer's Close frame has come.
    pub(crate) fn close_received(&self) -> Closing {
        let mut slot = lock(&self.slot);
        slot.closing = slot.closing.after(CloseSeen::Received);
        slot.closing
    }

    /// How far the closing handshake is; a Close frame counts as sent once it is written.
    pub(crate) fn closing(&self) -> Closing {
        lock(&self.slot).closing
    }

    /// How this side began the closing handshake, if it did.
    pub(crate) fn asked(&self) -> Option<Asked> {
        lock(&self.slot).asked.clone()
    }
}

impl<S: Write> Sink<S> {
    fn parts<'a>(&'a mut self, own: Option<&'a mut S>) -> (&'a mut Writer<S>, &'a mut S) {
        let stream = self.stream.as_mut().or(own);
        (&mut self.writer, stream.expect("a Sender is made only after `attach`"))
    }
}

/// A panic cannot happen while these locks are held but in the user's stream; what it leaves
/// behind is whole frames, or a writer that is marked broken.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
