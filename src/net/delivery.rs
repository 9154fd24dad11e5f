//! Writing without waiting: the other half of [`Writer`].
//!
//! What there is no room for stays with the writer, and goes out before anything else.

use std::io::{self, ErrorKind};
use std::time::Instant;

use super::deadline::Deadline;
use super::duplex::Duplex;
use super::mail::Mail;
use super::parcel::{Frame, Parcel};
use super::writer::{COPIED, QUEUE, Writer};
use crate::error::{Error, Result};
use crate::proto::compression::Deflation;

/// How far a flush came that did not wait.
pub(crate) enum Flushed {
    All,
    Some,
    Nothing,
}

impl<S: Duplex> Writer<S> {
    /// Writes what is queued as far as there is room.
    ///
    /// Where that is not all, the caller `comes_back`, or leaves the rest to the next who writes.
    pub(crate) fn try_flush(&mut self, comes_back: bool, stream: &mut S) -> Result<Flushed> {
        self.check()?;
        // So it stays if the stream panics.
        self.broken = true;
        let mut some = false;
        let flushed = match self.try_write_all(stream, &mut some) {
            Ok(()) => Ok(Flushed::All),
            Err(e) if e.kind() == ErrorKind::WouldBlock && some => Ok(Flushed::Some),
            Err(e) if e.kind() == ErrorKind::WouldBlock => self.find_no_room(),
            Err(e) => Err(Error::Lost(e)),
        };
        if !matches!(flushed, Ok(Flushed::Nothing)) {
            self.stuck = None;
        }
        self.broken = flushed.is_err();
        self.behind = !matches!(flushed, Ok(Flushed::All)) && (comes_back || self.behind);
        flushed
    }

    /// A peer that takes nothing for so long is given up, as one that lets a writer wait.
    fn find_no_room(&mut self) -> Result<Flushed> {
        let since = *self.stuck.get_or_insert_with(Instant::now);
        match self.timeout {
            Some((timeout, _)) if Deadline::at(since, Some(timeout)).has_passed() => {
                Err(self.failed(ErrorKind::TimedOut.into()))
            }
            _ => Ok(Flushed::Nothing),
        }
    }

    fn try_write_all(&mut self, stream: &mut S, some: &mut bool) -> io::Result<()> {
        loop {
            let written = match (&self.shared, &self.queue) {
                (Some((frame, written)), _) => stream.try_write(&frame[*written..]),
                (None, queue) if !queue.is_empty() => stream.try_write(queue),
                (None, _) => return stream.try_flush(),
            };
            match written {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) => {
                    self.advance(n);
                    *some = true;
                }
            }
        }
    }

    fn advance(&mut self, n: usize) {
        if let Some((_, written)) = &mut self.shared {
            *written += n;
            self.shared.take_if(|(frame, written)| *written == frame.len());
            return;
        }
        self.queue.drain(..n);
        if self.queue.is_empty() {
            self.queue.shrink_to(COPIED);
        }
    }

    /// Queues what waits in `mail`, as much as one write should carry; tells whether that was
    /// anything. Nothing may be queued yet.
    pub(crate) fn fill(&mut self, mail: &mut Mail) -> Result<bool> {
        let mut filled = false;
        while let Some(len) = mail.next_len() {
            if filled && (len > COPIED || self.shared.is_some() || self.queue.len() + len > QUEUE) {
                break;
            }
            let Some(parcel) = mail.pop() else { break };
            let frame = self.frame_of(&parcel)?;
            if filled || frame.len() <= COPIED {
                self.queue.extend_from_slice(&frame);
            } else {
                self.shared = Some((frame, 0));
            }
            filled = true;
        }
        Ok(filled)
    }

    /// The frame of a message for many; one's own where it is masked or refers to earlier ones.
    fn frame_of(&mut self, parcel: &Parcel) -> Result<Frame> {
        let key = self.keys.next()?;
        match self.deflation.as_ref().map(Deflation::alike) {
            None if key.is_none() => return Ok(parcel.frame(None)),
            Some(Some(alike)) if key.is_none() => return Ok(parcel.frame(Some(alike))),
            _ => {}
        }
        let (opcode, payload) = (parcel.opcode(), parcel.payload());
        self.compressed(opcode, payload, parcel.may_be_compressed(), |_, outgoing| {
            Ok(Frame::own(outgoing.whole(key)))
        })
    }
}
