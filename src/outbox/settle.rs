//! Paying what is owed on a connection: the replies of its reader, flushes, the queues of hubs.
//!
//! ```text
//!                    the sink is free          there is room
//! owe ---> settle ---------------------> pay ------------------> All
//!              \                            \
//!               \ another thread writes      \ there is none, and the caller must not wait
//!                ---> ByAnother: it settles   ---> Later: the caller comes back
//! ```
//!
//! Every thread that held the sink settles after unlocking it. So a thread that owes something and
//! then finds the sink locked may rely on the thread that holds it.

use std::io::{ErrorKind, Write};
use std::time::Instant;

use super::out::Out;
use super::outbox::Outbox;
use super::owed::{Control, Debt, Due};
use super::owed_lock::Settled;
use super::terms::{AtOnce, Terms};
use super::writer::{Filled, Keeper, Progress, Writer};
use crate::error::Result;
use crate::io::Controls;
use crate::proto::frame::Opcode;

impl<S: Write> Out<'_, S> {
    /// Pays what others owe by now. Every thread that held `sink` calls this. An error is not the
    /// caller's: the next write reports it.
    pub(super) fn settle_for_others(&mut self) {
        let _ = self.settle(Terms::patient());
    }

    /// Writes out what is queued and pays what is owed, before the reader waits or the program goes
    /// on.
    pub(crate) fn settle_all(mut self, terms: Terms<S>) -> Result<Settled> {
        let flushed = self.flush_if_free(terms)?;
        if flushed.is_none() {
            self.outbox.owed.open().owe_flush();
        }
        // Needed after every use of the sink: others may have relied on this thread.
        let paid = self.settle(terms)?;
        match flushed {
            Some(settled) if paid == Progress::All => Ok(settled),
            _ => Ok(Settled { paid, holds_much: false }),
        }
    }

    /// Writes out what is queued. Returns `None` if something is owed or another thread is writing.
    fn flush_if_free(&mut self, terms: Terms<S>) -> Result<Option<Settled>> {
        if !self.outbox.owed.seems_settled() {
            return Ok(None);
        }
        let Some(sink) = self.outbox.sink.try_lock() else { return Ok(None) };
        self.using(sink, |writer, stream| {
            let flushed = match terms.at_once.filter(|(controls, _)| is_able(*controls, stream)) {
                Some((controls, keeper)) => writer.try_flush(controls, keeper, stream)?,
                None => writer.flush(stream).map(|()| Progress::All)?,
            };
            let paid = paid(flushed, terms, writer);
            let holds_much = paid == Progress::All && writer.holds_much();
            Ok(Some(Settled { paid, holds_much }))
        })
    }

    /// Pays what is owed, or leaves that to the thread that is writing.
    ///
    /// A peer that pings without end must not keep a sender here. So a pong that becomes due
    /// meanwhile is left to the reader, which always owes a flush before it waits.
    #[inline]
    pub(crate) fn settle(&mut self, terms: Terms<S>) -> Result<Progress> {
        if self.outbox.owed.is_settled() { Ok(Progress::All) } else { self.settle_owed(terms) }
    }

    fn settle_owed(&mut self, terms: Terms<S>) -> Result<Progress> {
        let outbox = self.outbox;
        let (mut owes, mut rounds) = (outbox.owed.look().owes(), 0);
        while owes {
            // The thread that holds the sink settles after unlocking.
            let Some(mut sink) = outbox.sink.try_lock() else { return Ok(Progress::ByAnother) };
            if outbox.owed.open().take_lost() {
                sink.writer.lose();
            }
            if outbox.owed.look().is_gone() {
                let stream = sink.stream.take();
                sink.writer.rest();
                drop(sink);
                // Dropped after unlocking: the drop of the program's stream may do anything.
                drop(stream);
                return Ok(Progress::All);
            }
            let paid = self.using(sink, |writer, stream| {
                let (flushed, _) = outbox.pay(writer, stream, terms)?;
                Ok(paid(flushed, terms, writer))
            })?;
            if paid != Progress::All {
                return Ok(paid);
            }
            rounds += 1;
            owes = outbox.owed.look().must_pay_again(rounds);
        }
        Ok(Progress::All)
    }
}

impl<S: Write> Outbox<S> {
    /// Returns [`Settled::holds_much`] if there is nothing to settle, as before most reads.
    /// Otherwise returns `None`.
    pub(crate) fn is_idle(&self) -> Option<bool> {
        if !self.owed.seems_settled() {
            return None;
        }
        let sink = self.sink.try_lock()?;
        let holds_much = sink.writer.is_idle().then(|| sink.writer.holds_much());
        drop(sink);
        // Needed after every use of the sink: others may have relied on this thread.
        holds_much.filter(|_| self.owed.is_settled())
    }

    /// Writes what is owed at this moment. Returns how much of it is written, and whether a message
    /// may follow.
    #[inline]
    pub(super) fn pay(
        &self,
        writer: &mut Writer<S>,
        stream: &mut S,
        terms: Terms<S>,
    ) -> Result<(Progress, bool)> {
        // The short way: this is called for each message that is sent.
        if writer.keeper().is_none() && self.owed.seems_settled() {
            Ok((Progress::All, true))
        } else {
            self.pay_owed(writer, stream, terms)
        }
    }

    /// Implements [`pay`](Self::pay) for the case that there is something to pay.
    fn pay_owed(
        &self,
        writer: &mut Writer<S>,
        stream: &mut S,
        terms: Terms<S>,
    ) -> Result<(Progress, bool)> {
        if writer.check().is_err() {
            return self.forgive(writer);
        }
        if writer.keeper().is_some() && self.owed.look().is_abandoned() {
            writer.abandon_unsent();
        }
        // A hub's thread comes back for its unsent data, so no other thread need wait for room.
        let kept = writer.keeper().filter(|keeper| *keeper == Keeper::Hub);
        let at_once = terms.at_once.or_else(|| writer.controls.zip(kept));
        match at_once.filter(|(controls, _)| is_able(*controls, stream)) {
            Some(at_once) => self.pay_at_once(writer, stream, at_once),
            None => self.pay_with_patience(writer, stream, terms),
        }
    }

    /// Cancels what is owed, because nothing can be written. The stream is not called.
    #[cold]
    #[inline(never)]
    fn forgive(&self, writer: &mut Writer<S>) -> Result<(Progress, bool)> {
        writer.lose();
        let due = self.owed.open().collect();
        self.note_close(&due, false);
        // After a Close frame, senders get `Error::Closed` instead of the failure.
        if due.debt == Debt::NotYet && !due.queues && !due.may_send {
            return Ok((Progress::All, false));
        }
        writer.check().map(|()| (Progress::All, due.may_send))
    }

    /// Pays what is owed, and waits for room.
    // A frame of its own: a reader, which pays at once, is called from the depths of a handler.
    #[inline(never)]
    fn pay_with_patience(
        &self,
        writer: &mut Writer<S>,
        stream: &mut S,
        terms: Terms<S>,
    ) -> Result<(Progress, bool)> {
        if self.owed.seems_settled() {
            return Ok((Progress::All, true));
        }
        let due = self.collect(writer)?;
        let paid = match due.debt {
            Debt::NotYet => Ok(()),
            Debt::Now => writer.flush(stream),
            Debt::Close => writer.flush_within(terms.within, stream),
        };
        self.note_close(&due, paid.is_ok());
        paid?;
        if due.queues {
            writer.flush(stream)?;
            self.pay_queues(writer, |writer| writer.flush(stream).map(|()| Progress::All))?;
        }
        Ok((Progress::All, due.may_send))
    }

    /// Pays what is owed, and does not wait for room.
    ///
    /// Unsent data goes first, and debts stay in `owed` until it is out. So a peer that pings and
    /// does not read is owed one pong, not a queue of them.
    pub(super) fn pay_at_once(
        &self,
        writer: &mut Writer<S>,
        stream: &mut S,
        (controls, keeper): AtOnce<S>,
    ) -> Result<(Progress, bool)> {
        let left = match writer.try_flush(controls, keeper, stream) {
            Ok(left) => left,
            Err(e) => {
                // Nothing that is owed can be paid any more.
                let due = self.owed.open().collect();
                self.note_close(&due, false);
                return Err(e);
            }
        };
        if left != Progress::All {
            return Ok((left, self.owed.look().may_send()));
        }
        if self.owed.seems_settled() {
            return Ok((Progress::All, true));
        }
        let due = self.collect(writer)?;
        let flushed = writer.try_flush(controls, keeper, stream);
        if !matches!(flushed, Ok(Progress::Later { .. })) {
            self.note_close(&due, flushed.is_ok());
        }
        let mut flushed = flushed?;
        if due.queues && flushed == Progress::All {
            let flush = |writer: &mut Writer<S>| writer.try_flush(controls, keeper, stream);
            flushed = self.pay_queues(writer, flush)?;
        } else if due.queues {
            self.owed.open().owe_queues();
        }
        Ok((flushed, due.may_send))
    }

    /// Writes from each hub's queue as much as one write should carry, and owes the rest.
    fn pay_queues(
        &self,
        writer: &mut Writer<S>,
        mut flush: impl FnMut(&mut Writer<S>) -> Result<Progress>,
    ) -> Result<Progress> {
        let mut is_left = false;
        for at in 0.. {
            // The connection may join or leave hubs meanwhile.
            let Some(queue) = self.queues.lock().get(at).cloned() else { break };
            match writer.fill(&queue)? {
                Filled::Part => {}
                Filled::Nothing => continue,
                // The sender of the message that is under way comes here again at its end.
                Filled::NotNow => {
                    self.owed.open().owe_queues();
                    return Ok(Progress::All);
                }
            }
            let flushed = flush(writer)?;
            if flushed != Progress::All {
                self.owed.open().owe_queues();
                return Ok(flushed);
            }
            is_left |= !queue.lock().is_empty();
        }
        if is_left {
            self.owed.open().owe_queues();
        }
        Ok(if is_left { Progress::Later { some: true } } else { Progress::All })
    }

    /// Takes what is owed at this moment, and queues its frames.
    fn collect(&self, writer: &mut Writer<S>) -> Result<Due> {
        let due = self.owed.open().collect();
        let queued = self.queue_pings(&due, writer).and_then(|()| match &due.frame {
            None => Ok(()),
            Some(Control::Pong(payload)) => writer.control(Opcode::Pong, payload),
            Some(Control::Close(payload)) => writer.control(Opcode::Close, payload),
        });
        if queued.is_err() {
            self.note_close(&due, false);
        }
        queued.map(|()| due)
    }

    /// Queues pings, that of the keepalive last: a peer may answer only the last one (§5.5.3), and
    /// [`RoundTrips`](super::waiting::RoundTrips) takes its pong for both.
    fn queue_pings(&self, due: &Due, writer: &mut Writer<S>) -> Result<()> {
        if let Some(number) = due.round_trip {
            let payload = self.round_trips.queued(number, Instant::now());
            writer.control(Opcode::Ping, &payload)?;
        }
        let Some(number) = due.ping else { return Ok(()) };
        self.round_trips.keepalive_queued(number);
        writer.ping(number)
    }

    /// Notes that the Close frame in `due`, if there is one, is written or has failed.
    fn note_close(&self, due: &Due, is_out: bool) {
        if due.debt == Debt::Close {
            self.owed.open().close_is_paid(is_out, Instant::now());
        }
    }

    /// Queues the answer to a ping, between two frames of a message. All other debts wait.
    pub(super) fn pay_pong(&self, writer: &mut Writer<S>) -> Result<()> {
        let owed = self.owed.open().collect_pong();
        owed.map_or(Ok(()), |payload| writer.control(Opcode::Pong, &payload))
    }
}

/// Returns `true` if the stream can write without waiting.
pub(crate) fn is_able<S>(controls: Controls<S>, stream: &mut S) -> bool {
    !controls.try_write(stream, &[]).is_err_and(|e| e.kind() == ErrorKind::Unsupported)
}

/// Turns `Later` into `ByAnother` if a more reliable [`Keeper`] comes back for the unsent data.
fn paid<S: Write>(flushed: Progress, terms: Terms<S>, writer: &Writer<S>) -> Progress {
    let own = terms.at_once.map_or(Keeper::Nobody, |(_, keeper)| keeper);
    match flushed {
        Progress::Later { .. } if writer.keeper().is_some_and(|keeper| keeper > own) => {
            Progress::ByAnother
        }
        flushed => flushed,
    }
}

#[cfg(test)]
pub(crate) mod tests;
