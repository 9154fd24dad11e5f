//! Delivering the queues of hubs, and writing without waiting: the part of [`Outbox`] for a sink
//! that has its own handle of the stream.
//!
//! Locks: `sink`, then `owed` or the locks that `more` takes.

use std::io::{self, ErrorKind};

use super::outbox::Outbox;
use super::owed::ROUNDS;
use super::settle::is_able;
use super::writer::{Filled, Keeper, MessageQueue, Progress, Writer};
use crate::error::{Error, Result};
use crate::io::{Controls, Duplex};
use crate::process::Lock;

impl<S: Duplex> Outbox<S> {
    /// Writes what is owed and what waits in `queue`, without waiting. If another thread is
    /// writing, that thread writes the queue when it is done.
    ///
    /// # Errors
    /// [`Error::Closed`] once no message may follow; otherwise the connection is lost.
    pub(crate) fn try_deliver(&self, queue: &Lock<MessageQueue>) -> Result<Progress> {
        if let Some(delivered) = self.try_write(Keeper::Hub, |writer| writer.fill(queue)) {
            return delivered;
        }
        self.owe_queues();
        let settled = self.try_write(Keeper::Hub, |_| Ok(Filled::Nothing));
        match settled.unwrap_or(Ok(Progress::ByAnother))? {
            // This second attempt has written the queue, or another thread has meanwhile.
            Progress::All if !self.owed.look().may_send() => Err(Error::Closed),
            Progress::All if !queue.lock().is_empty() => Ok(Progress::Later { some: false }),
            paid => Ok(paid),
        }
    }

    /// Writes what is owed, without waiting. Unsent data is left to the thread that writes next.
    /// The caller may come back for it, but need not.
    ///
    /// # Errors
    /// As [`try_deliver`](Self::try_deliver).
    pub(crate) fn try_settle(&self) -> Result<Progress> {
        let settled = self.try_write(Keeper::Nobody, |_| Ok(Filled::Nothing));
        settled.unwrap_or(Ok(Progress::ByAnother))
    }

    /// Sends a part of `bytes` as a binary message, uncompressed and without waiting. What there is
    /// no room for stays in the writer, as [`try_settle`](Self::try_settle) leaves it.
    ///
    /// # Errors
    /// Those of `Duplex::try_write`.
    pub(crate) fn try_send(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut queued = None;
        let written = self.try_write(Keeper::Nobody, |writer| {
            // Only one message: it is looked for more once this is written.
            if queued.is_some() || bytes.is_empty() {
                return Ok(Filled::Nothing);
            }
            queued = writer.queue_some(bytes);
            Ok(if queued.is_some() { Filled::Part } else { Filled::Nothing })
        });
        match (written, queued) {
            (Some(Ok(Progress::Unable)), _) => Err(ErrorKind::Unsupported.into()),
            (Some(Ok(_)), Some(n)) => Ok(n),
            (Some(Ok(_)), None) if bytes.is_empty() => Ok(0),
            (Some(Ok(_)) | None, _) => Err(ErrorKind::WouldBlock.into()),
            (Some(Err(e)), _) => Err(e.into()),
        }
    }

    /// Writes what [`try_send`](Self::try_send) left, and what is owed, without waiting.
    ///
    /// # Errors
    /// Those of `Duplex::try_flush`.
    pub(crate) fn try_flush(&self) -> io::Result<()> {
        match self.try_settle() {
            Ok(Progress::All | Progress::Unable) | Err(Error::Closed) => Ok(()),
            Ok(Progress::Later { .. } | Progress::ByAnother) => Err(ErrorKind::WouldBlock.into()),
            Err(e) => Err(e.into()),
        }
    }

    /// Writes what is owed and some of what waits in `queue`, and waits for room and for other
    /// writers.
    ///
    /// # Errors
    /// As [`try_deliver`](Self::try_deliver).
    pub(crate) fn deliver(&self, queue: &Lock<MessageQueue>) -> Result<Filled> {
        let mut filled = Filled::Nothing;
        let mut out = self.out();
        let sink = out.wait_to_begin()?;
        out.write(sink, |writer, stream| {
            writer.flush(stream)?;
            filled = writer.fill(queue)?;
            writer.flush(stream)
        })?;
        Ok(filled)
    }

    /// Writes what is owed and what `more` queues, without waiting. Returns `None` if another
    /// thread is writing.
    fn try_write(
        &self,
        keeper: Keeper,
        mut more: impl FnMut(&mut Writer<S>) -> Result<Filled>,
    ) -> Option<Result<Progress>> {
        for _ in 0..ROUNDS {
            let sink = self.sink.try_lock()?;
            let written = self.out().using(sink, |writer, stream| {
                self.try_write_with(writer, stream, keeper, &mut more)
            });
            if !self.owed.seems_settled() && self.owed.look().is_gone() {
                // This drops the sink's handle of the stream.
                self.out().settle_for_others();
                return Some(Err(self.over()));
            }
            // Looks again at what others owe only after writing everything. Otherwise the caller
            // comes back (`Later`), a thread that may wait takes over (`Unable`), or nothing can be
            // paid (an error).
            if !matches!(written, Ok(Progress::All)) || !self.owed.look().owes() {
                return Some(written);
            }
        }
        Some(Ok(Progress::Later { some: true }))
    }

    fn try_write_with(
        &self,
        writer: &mut Writer<S>,
        stream: &mut S,
        keeper: Keeper,
        more: &mut impl FnMut(&mut Writer<S>) -> Result<Filled>,
    ) -> Result<Progress> {
        let controls = Controls::new();
        if !is_able(controls, stream) {
            return Ok(Progress::Unable);
        }
        for round in 0..ROUNDS {
            match self.pay_at_once(writer, stream, (controls, keeper))? {
                (Progress::All, true) => {}
                (Progress::All, false) => return Err(Error::Closed),
                (Progress::Later { some }, _) => {
                    return Ok(Progress::Later { some: some || round > 0 });
                }
                (progress, _) => return Ok(progress),
            }
            // The last round queues nothing. What is queued must be tried before this returns, or
            // the next sender would have to wait for room for it.
            if round + 1 < ROUNDS {
                match more(writer)? {
                    Filled::Part => {}
                    Filled::Nothing => return Ok(Progress::All),
                    Filled::NotNow => {
                        // The sender of the message that is under way delivers the queue at its
                        // end.
                        self.owe_queues();
                        return Ok(Progress::Later { some: round > 0 });
                    }
                }
            }
        }
        Ok(Progress::Later { some: true })
    }
}

#[cfg(all(test, loom))]
mod model;
