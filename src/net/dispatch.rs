//! Delivering without waiting: the other half of [`Outbox`], for a sink that has a handle of its own.
//!
//! Locks: `sink`, then `account`, or what `more` takes.

use std::io::ErrorKind;

use super::delivery::{Filled, Flushed};
use super::duplex::{Controls, Duplex};
use super::outbox::Outbox;
use super::slot::ROUNDS;
use super::writer::Writer;
use crate::error::Result;

/// How far a delivery came that did not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// All of it was written.
    All,
    /// There was no room, or another thread was writing: come back. Some may have been written.
    Later { some: bool },
    /// Nothing follows a Close frame.
    Closed,
    /// This kind of stream cannot write without waiting.
    Unable,
}

impl<S: Duplex> Outbox<S> {
    /// Writes what is owed, and what `more` queues as long as that is anything. Where there is no
    /// room for it all, the caller comes back.
    pub(crate) fn try_deliver(
        &self,
        more: impl FnMut(&mut Writer<S>) -> Result<Filled>,
    ) -> Result<Delivered> {
        self.try_write(true, more)
    }

    /// Writes what is owed; what there is no room for is left to whoever writes next.
    pub(crate) fn try_settle(&self) -> Result<Delivered> {
        self.try_write(false, |_| Ok(Filled::Nothing))
    }

    /// Does as [`try_deliver`](Self::try_deliver), and waits for room and for other writers; tells
    /// whether there was room for all in memory.
    pub(crate) fn deliver(
        &self,
        mut more: impl FnMut(&mut Writer<S>) -> Result<Filled>,
    ) -> Result<bool> {
        let mut last = Filled::Some;
        self.write(self.turn(None)?, None, |writer, stream| {
            while last == Filled::Some {
                writer.flush(stream)?;
                last = more(writer)?;
            }
            Ok(())
        })?;
        Ok(last == Filled::Nothing)
    }

    fn try_write(
        &self,
        comes_back: bool,
        mut more: impl FnMut(&mut Writer<S>) -> Result<Filled>,
    ) -> Result<Delivered> {
        for _ in 0..ROUNDS {
            // Its holder comes by for what is owed, but not for more.
            let Some(mut sink) = self.sink.try_lock() else {
                return Ok(Delivered::Later { some: false });
            };
            let (writer, stream) = sink.parts(None);
            let written = self.try_write_with(writer, stream, comes_back, &mut more);
            let written = self.noted(writer, stream, written);
            drop(sink);
            let written = written?;
            if matches!(written, Delivered::Later { .. }) || !self.account.look().owes() {
                return Ok(written);
            }
        }
        Ok(Delivered::Later { some: true })
    }

    fn try_write_with(
        &self,
        writer: &mut Writer<S>,
        stream: &mut S,
        comes_back: bool,
        more: &mut impl FnMut(&mut Writer<S>) -> Result<Filled>,
    ) -> Result<Delivered> {
        if stream.try_write(&[]).is_err_and(|e| e.kind() == ErrorKind::Unsupported) {
            return Ok(Delivered::Unable);
        }
        for round in 0..ROUNDS {
            let (flushed, may_send) = self.try_pay(comes_back, Controls::new(), writer, stream)?;
            if flushed != Flushed::All {
                return Ok(Delivered::Later { some: round > 0 || flushed == Flushed::Some });
            }
            if !may_send {
                return Ok(Delivered::Closed);
            }
            // What is queued is tried before this returns: a reader would wait for room for it.
            if round + 1 < ROUNDS {
                match more(writer)? {
                    Filled::Some => {}
                    Filled::Nothing => return Ok(Delivered::All),
                    Filled::NotNow => return Ok(Delivered::Later { some: round > 0 }),
                }
            }
        }
        Ok(Delivered::Later { some: true })
    }
}

#[cfg(all(test, loom))]
mod model;
