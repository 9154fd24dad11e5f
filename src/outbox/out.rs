//! [`Out`]: a call of the outbox, with the stream that the caller lends.

use std::io::Write;
use std::mem;
use std::time::Duration;

use super::outbox::{Outbox, Sink};
use super::owed::Failure;
use super::terms::Terms;
use super::writer::Writer;
use crate::error::Result;
use crate::process::{Guard, caught};

/// A call of an [`Outbox`], with the stream that the caller lends. That stream is used until the
/// sink has its own handle.
#[derive(Debug)]
pub(crate) struct Out<'a, S> {
    pub(super) outbox: &'a Outbox<S>,
    pub(super) lent: Option<&'a mut S>,
}

/// Dropped only if the program's stream panics, after the sink is unlocked. Otherwise forgotten.
struct Panicked<'a, S: Write>(&'a Outbox<S>);

impl<S: Write> Outbox<S> {
    /// A call that lends no stream.
    pub(crate) fn out(&self) -> Out<'_, S> {
        Out { outbox: self, lent: None }
    }
}

impl<'a, S: Write> Out<'a, S> {
    pub(crate) fn new(outbox: &'a Outbox<S>, lent: &'a mut S) -> Self {
        Self { outbox, lent: Some(lent) }
    }

    /// Changes a setting of the writer.
    pub(crate) fn configure(mut self, change: impl FnOnce(&mut Writer<S>)) {
        change(&mut self.outbox.sink.lock().writer);
        self.settle_for_others();
    }

    /// Uses writer and stream, notes how that went, and unlocks. [`settle`](Self::settle) must
    /// follow.
    ///
    /// If the stream panics, the writer is left broken, and [`Panicked`] wakes the threads that
    /// wait.
    pub(super) fn using<T>(
        &mut self,
        sink: Guard<'_, Sink<S>>,
        work: impl FnOnce(&mut Writer<S>, &mut S) -> Result<T>,
    ) -> Result<T> {
        let outbox = self.outbox;
        let panicked = Panicked(outbox);
        // Bound after `panicked`, so that a panic unlocks the sink before it drops `panicked`.
        let mut sink = sink;
        let Some((writer, stream)) = sink.parts(self.lent.as_deref_mut()) else {
            mem::forget(panicked);
            return Err(outbox.over());
        };
        if writer.controls.is_none() {
            writer.controls = outbox.controls.get().copied();
        }
        let done = work(writer, stream);
        let done = outbox.noted(writer, stream, done);
        mem::forget(panicked);
        done
    }

    /// Waits until no thread writes, for `most` at most. Then stops all writing.
    pub(crate) fn wait_for_writers(mut self, most: Duration) {
        drop(self.outbox.sink.lock_within(most));
        self.outbox.owed.open().lose();
        self.settle_for_others();
    }

    /// Gives memory back, unless another thread is writing.
    pub(crate) fn rest(mut self, terms: Terms<S>) {
        let Some(mut sink) = self.outbox.sink.try_lock() else { return };
        sink.writer.rest();
        drop(sink);
        // Needed after every use of the sink. The next write reports a failure.
        let _ = self.settle(terms);
    }
}

impl<S: Write> Drop for Panicked<'_, S> {
    #[cold]
    fn drop(&mut self) {
        self.0.fail(Failure::Panicked);
        // This also settles, as after every use of the sink. It may drop the stream, whose drop may
        // panic: a second panic would abort the program.
        let _ = caught(|| self.0.lose());
    }
}
