//! A call of an outbox, and the stream that is lent to it.

use std::io::Write;
use std::mem;

use super::outbox::{Outbox, Sink};
use super::owed::Failure;
use super::terms::Terms;
use super::writer::Writer;
use crate::error::Result;
use crate::process::{Guard, caught};

/// An [`Outbox`], and the stream that its caller lends it: for the time before the sink has a handle of
/// its own.
#[derive(Debug)]
pub(crate) struct Out<'a, S> {
    pub(super) outbox: &'a Outbox<S>,
    pub(super) own: Option<&'a mut S>,
}

/// Dropped only where a stream of the user's has panicked, once the sink is unlocked.
struct Panicked<'a, S: Write>(&'a Outbox<S>);

impl<S: Write> Outbox<S> {
    /// The outbox for a caller that lends no stream.
    pub(crate) fn out(&self) -> Out<'_, S> {
        Out { outbox: self, own: None }
    }
}

impl<'a, S: Write> Out<'a, S> {
    pub(crate) fn new(outbox: &'a Outbox<S>, own: &'a mut S) -> Self {
        Self { outbox, own: Some(own) }
    }

    /// Changes a setting of the writer.
    pub(crate) fn configure(mut self, change: impl FnOnce(&mut Writer<S>)) {
        change(&mut self.outbox.sink.lock().writer);
        self.settle_later();
    }

    /// Uses writer and stream, notes how that went, and unlocks. [`settle`](Self::settle) must follow.
    ///
    /// Where the stream panics, the writer is broken; nobody waits for it then.
    pub(super) fn using<T>(
        &mut self,
        sink: Guard<'_, Sink<S>>,
        work: impl FnOnce(&mut Writer<S>, &mut S) -> Result<T>,
    ) -> Result<T> {
        let outbox = self.outbox;
        let panicked = Panicked(outbox);
        // A panic drops this before that.
        let mut sink = sink;
        let Some((writer, stream)) = sink.parts(self.own.as_deref_mut()) else {
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

    /// Gives memory back while nothing is written.
    pub(crate) fn rest(mut self, terms: Terms<S>) {
        let Some(mut sink) = self.outbox.sink.try_lock() else { return };
        sink.writer.rest();
        drop(sink);
        // As after every use of the sink: failing at it is no failure of this.
        let _ = self.settle(terms);
    }
}

impl<S: Write> Drop for Panicked<'_, S> {
    #[cold]
    fn drop(&mut self) {
        self.0.fail(Failure::Panicked);
        // Settles as after every use of the sink. Nothing of the stream's is called any more, but perhaps
        // its drop, and a second panic would end the program.
        let _ = caught(|| self.0.lose());
    }
}
