//! Who may write when: the only place that writes frames.
//!
//! Any thread may send; whole messages never interleave, because a sender holds `sink` while it
//! writes. The thread that receives must never wait for that lock, or a peer that does not read
//! could keep it from reading. So it leaves what it owes (the answer to a ping or a Close, or a
//! flush) in `account` and *tries* the lock: if it is free, the reader pays its debt itself; if not,
//! whoever holds it looks into the account after unlocking.
//!
//! Who must not wait for room in the stream either, such as a hub (`dispatch`), writes what there is
//! room for and comes back for the rest. Until then the reader does not wait for room either.
//!
//! Locks: `sink`, then `account`, which is never held across a write; `sink` is never held across a
//! read.

use std::io::Write;
use std::sync::Arc;

use super::account::{Account, Settled};
use super::delivery::Flushed;
use super::duplex::Controls;
use super::lock::{Guard, Lock};
use super::sink::Sink;
use super::slot::{Asked, Control, Debt, Due, Failure, Pinged};
use super::turns::Turns;
use super::writer::{Bound, Writer};
use crate::error::{Error, Result};
use crate::proto::close::{CloseFrame, ControlPayload};
use crate::proto::closing::Closing;
use crate::proto::header::Opcode;
use crate::proto::message::{AsMessage, MessageRef};
use crate::proto::role::Role;

/// The sending half of a connection, for all threads that use it.
///
/// As long as there is only a `WebSocket`, its one stream is lent to each call as `own`. Once
/// there is a `Sender`, the sink has a handle of its own.
#[derive(Debug)]
pub(crate) struct Outbox<S> {
    pub(super) sink: Lock<Sink<S>>,
    pub(super) account: Account,
    /// For the end of a message that is sent as a stream.
    pub(super) turns: Turns,
}

impl<S: Write> Outbox<S> {
    pub(crate) fn new(role: Role) -> Self {
        let sink = Lock::new(Sink::new(role));
        Self { sink, account: Account::new(), turns: Turns::default() }
    }

    /// One that can be shared.
    // On its way to where it stays it lies on the stack, but not for longer.
    #[inline(never)]
    pub(crate) fn shared(role: Role) -> Arc<Self> {
        Arc::new(Self::new(role))
    }

    /// Gives the sink a handle of its own, from `open`, unless it has one.
    pub(crate) fn attach(&self, open: impl FnOnce() -> std::io::Result<S>) -> std::io::Result<()> {
        let mut sink = self.sink.lock();
        if sink.stream.is_none() {
            sink.stream = Some(open()?);
        }
        drop(sink);
        self.settle_later(None);
        Ok(())
    }

    /// Changes a setting of the writer.
    pub(crate) fn configure(&self, own: Option<&mut S>, change: impl FnOnce(&mut Writer<S>)) {
        change(&mut self.sink.lock().writer);
        self.settle_later(own);
    }

    /// Queues a message, and writes it out if `flush` says so. Waits for other writers.
    pub(crate) fn send(
        &self,
        own: Option<&mut S>,
        message: &impl AsMessage,
        flush: bool,
    ) -> Result<()> {
        self.send_ref(own, message.as_message(), message.may_be_compressed(), flush)
    }

    /// Does that, for all types of messages.
    fn send_ref(
        &self,
        mut own: Option<&mut S>,
        message: MessageRef<'_>,
        may_be_compressed: bool,
        flush: bool,
    ) -> Result<()> {
        if !flush && self.queue_plain(message, may_be_compressed) {
            self.settle_later(own);
            return Ok(());
        }
        let sink = self.turn(own.as_deref_mut())?;
        self.write(sink, own, |writer, stream| {
            let between = |writer: &mut Writer<S>| self.pay_pong(writer);
            writer.message(message, may_be_compressed, stream, between)?;
            if flush { writer.flush(stream) } else { Ok(()) }
        })
    }

    /// Queues a message if that is all there is to do; tells whether it is queued.
    fn queue_plain(&self, message: MessageRef<'_>, may_be_compressed: bool) -> bool {
        let mut sink = self.sink.lock();
        self.account.seems_settled() && sink.writer.queue_plain(message, may_be_compressed)
    }

    /// Writes a ping out (§5.5.2). Waits for other writers.
    pub(crate) fn ping(&self, own: Option<&mut S>, payload: &ControlPayload) -> Result<()> {
        self.write(self.sink.lock(), own, |writer, stream| {
            writer.control(Opcode::Ping, payload)?;
            writer.flush(stream)
        })
    }

    /// Writes out what is queued. Waits for other writers.
    pub(crate) fn flush(&self, mut own: Option<&mut S>) -> Result<()> {
        let flushed = {
            let mut sink = self.sink.lock();
            let (writer, stream) = sink.parts(own.as_deref_mut());
            let flushed = writer.flush(stream);
            self.noted(writer, stream, flushed)
        };
        self.settle_later(own);
        flushed
    }

    /// Waits until a message may begin: nobody writes, and none is under way.
    pub(super) fn turn(&self, mut own: Option<&mut S>) -> Result<Guard<'_, Sink<S>>> {
        loop {
            let sink = self.sink.lock();
            if !sink.writer.is_streaming {
                return Ok(sink);
            }
            sink.writer.check()?;
            drop(sink);
            self.settle_later(own.as_deref_mut());
            if !self.turns.wait() {
                return Err(Error::Closed);
            }
        }
    }

    pub(super) fn write(
        &self,
        mut sink: Guard<'_, Sink<S>>,
        mut own: Option<&mut S>,
        work: impl FnOnce(&mut Writer<S>, &mut S) -> Result<()>,
    ) -> Result<()> {
        let (writer, stream) = sink.parts(own.as_deref_mut());
        // A Close that is owed goes first, and then nothing may follow.
        let written = self
            .pay(writer, stream, None)
            .and_then(|may_send| if may_send { work(writer, stream) } else { Err(Error::Closed) });
        let written = self.noted(writer, stream, written);
        drop(sink);
        self.settle_later(own);
        written
    }

    /// What everybody does who held `sink`: pays what others owe by now. Failing at it is no failure of
    /// one's own; the next write tells.
    pub(super) fn settle_later(&self, own: Option<&mut S>) {
        let _ = self.settle(own, None);
    }

    /// Owes the answer to a ping. Waits for nobody; [`settle`](Self::settle) must follow.
    pub(crate) fn owe_pong(&self, payload: ControlPayload) {
        self.account.open().owe_pong(payload);
    }

    /// Owes a ping with a number for its payload. Waits for nobody; [`settle`](Self::settle) must
    /// follow.
    pub(crate) fn owe_ping(&self, number: u64) {
        self.account.open().owe_ping(number);
    }

    /// When the ping that was owed last was written; another thread may have done it.
    pub(crate) fn pinged(&self) -> Option<Pinged> {
        self.account.look().pinged()
    }

    /// Owes a Close frame unless one went out before. Waits for nobody; [`settle`](Self::settle)
    /// must follow.
    pub(crate) fn owe_close(&self, frame: Option<CloseFrame>) {
        self.account.open().owe_close(frame);
        self.turns.close();
    }

    /// Asks for a flush before the reader waits or turns to other things, and
    /// [settles](Self::settle).
    pub(crate) fn settle_all(
        &self,
        mut own: Option<&mut S>,
        within: Option<Bound<S>>,
    ) -> Result<Settled> {
        let flushed = self.flush_if_free(own.as_deref_mut())?;
        if flushed.is_none() {
            self.account.open().owe_flush();
        }
        let paid = self.settle(own, within)?;
        Ok(Settled { paid, holds_much: flushed.unwrap_or(false) })
    }

    /// Writes out what is queued if nothing else is owed and nobody else is writing; tells how much
    /// memory that leaves, as [`Settled::holds_much`].
    fn flush_if_free(&self, own: Option<&mut S>) -> Result<Option<bool>> {
        if !self.account.seems_settled() {
            return Ok(None);
        }
        let Some(mut sink) = self.sink.try_lock() else { return Ok(None) };
        let (writer, stream) = sink.parts(own);
        if writer.behind().is_some() {
            return Ok(None);
        }
        let flushed = writer.flush(stream);
        self.noted(writer, stream, flushed).map(|()| Some(writer.holds_much()))
    }

    /// Pays what is owed, or leaves that to whoever is writing; tells whether it is paid. A Close
    /// frame that is paid here is written `within` a bound.
    ///
    /// A peer that pings without end must not keep a sender at it: a pong that comes to be owed
    /// meanwhile is left to the reader, which always owes a flush before it waits.
    #[inline]
    pub(crate) fn settle(&self, own: Option<&mut S>, within: Option<Bound<S>>) -> Result<bool> {
        if self.account.is_settled() { Ok(true) } else { self.settle_owed(own, within) }
    }

    fn settle_owed(&self, mut own: Option<&mut S>, within: Option<Bound<S>>) -> Result<bool> {
        let (mut owes, mut rounds) = (self.account.look().owes(), 0);
        while owes {
            // Its holder comes by here after unlocking.
            let Some(mut sink) = self.sink.try_lock() else { return Ok(false) };
            let (writer, stream) = sink.parts(own.as_deref_mut());
            let paid = self.pay(writer, stream, within);
            self.noted(writer, stream, paid)?;
            if writer.behind().is_some() {
                return Ok(false);
            }
            drop(sink);
            rounds += 1;
            owes = self.account.look().owes_for_good(rounds);
        }
        Ok(true)
    }

    /// Notes for the reader how a write went: that its ping is out, or what went wrong. Only then
    /// is a connection cut that has run out of time, which wakes the reader.
    pub(super) fn noted<T>(
        &self,
        writer: &mut Writer<S>,
        stream: &S,
        written: Result<T>,
    ) -> Result<T> {
        match &written {
            Err(Error::Deadline(_)) => self.fail(Failure::TimedOut),
            Err(Error::Lost(_)) => self.fail(Failure::Broken),
            _ => {
                if let Some(from) = writer.take_pinged() {
                    self.account.open().ping_is_written(from);
                }
            }
        }
        writer.cut(stream);
        written
    }

    /// Notes that this side is about to cut the connection.
    pub(crate) fn note_cut(&self) {
        self.fail(Failure::Cut);
    }

    fn fail(&self, failure: Failure) {
        self.account.open().fail(failure);
        self.turns.close();
    }

    /// How a write went wrong, if one did.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.account.look().failure()
    }

    /// Writes what is owed at this moment; tells whether a message may follow.
    fn pay(
        &self,
        writer: &mut Writer<S>,
        stream: &mut S,
        within: Option<Bound<S>>,
    ) -> Result<bool> {
        if let Some(controls) = writer.behind() {
            if !self.account.look().is_abandoned() {
                return self.try_pay(true, controls, writer, stream).map(|(_, may_send)| may_send);
            }
            writer.abandon();
        }
        if self.account.seems_settled() {
            return Ok(true);
        }
        let due = self.collect(writer)?;
        let paid = match due.debt {
            Debt::NotYet => Ok(()),
            Debt::Now => writer.flush(stream),
            Debt::Close => writer.flush_within(within, stream),
        };
        self.note_close(&due, paid.is_ok());
        paid.map(|()| due.may_send)
    }

    /// Does the same without waiting for room; tells how far it came.
    ///
    /// What was left before goes first, and what is owed stays in the slot until that is out: so a
    /// peer that pings and does not read is owed one pong, and not a queue of them.
    pub(super) fn try_pay(
        &self,
        comes_back: bool,
        controls: Controls<S>,
        writer: &mut Writer<S>,
        stream: &mut S,
    ) -> Result<(Flushed, bool)> {
        let left = writer.try_flush(comes_back, controls, stream)?;
        if left != Flushed::All {
            return Ok((left, self.account.look().may_send()));
        }
        let due = self.collect(writer)?;
        let flushed = writer.try_flush(comes_back, controls, stream);
        if !matches!(flushed, Ok(Flushed::Some | Flushed::Nothing)) {
            self.note_close(&due, flushed.is_ok());
        }
        Ok((flushed?, due.may_send))
    }

    /// Queues what is owed at this moment.
    fn collect(&self, writer: &mut Writer<S>) -> Result<Due> {
        let due = self.account.open().collect();
        let ping = due.ping.map_or(Ok(()), |number| writer.ping(number));
        let queued = ping.and_then(|()| match &due.frame {
            None => Ok(()),
            Some(Control::Pong(payload)) => writer.control(Opcode::Pong, payload),
            Some(Control::Close(payload)) => writer.control(Opcode::Close, payload),
        });
        if queued.is_err() {
            self.note_close(&due, false);
        }
        queued.map(|()| due)
    }

    /// Notes that a Close frame is written or failed, if there was one.
    fn note_close(&self, due: &Due, is_out: bool) {
        if due.debt == Debt::Close {
            self.account.open().close_is_paid(is_out);
        }
    }

    /// Queues the answer to a ping between two frames of a message; all else waits for its end.
    pub(super) fn pay_pong(&self, writer: &mut Writer<S>) -> Result<()> {
        let owed = self.account.open().collect_pong();
        owed.map_or(Ok(()), |payload| writer.control(Opcode::Pong, &payload))
    }

    /// Leaves what was not written for want of room to whoever writes next.
    pub(crate) fn abandon(&self) {
        self.account.open().abandon();
    }

    /// Gives memory back while nothing is written.
    pub(crate) fn rest(&self, own: Option<&mut S>, within: Option<Bound<S>>) {
        let Some(mut sink) = self.sink.try_lock() else { return };
        sink.writer.rest();
        drop(sink);
        // As after every use of the sink: failing at it is no failure of this.
        let _ = self.settle(own, within);
    }

    /// Waits until nobody writes.
    pub(crate) fn wait_for_writers(&self) {
        drop(self.sink.lock());
    }

    /// Notes that the peer's Close frame has come.
    pub(crate) fn close_received(&self) -> Closing {
        self.account.open().close_received()
    }

    /// How far the closing handshake is; a Close frame counts as sent once it is written.
    pub(crate) fn closing(&self) -> Closing {
        self.account.look().closing()
    }

    /// How this side began the closing handshake, if it did.
    pub(crate) fn asked(&self) -> Option<Asked> {
        if self.account.seems_settled() {
            return None;
        }
        self.account.look().asked().cloned()
    }
}
