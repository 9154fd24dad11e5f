//! Writing without waiting: the other half of [`Writer`].
//!
//! What there is no room for stays with the writer, and goes out before anything else.

use std::io::{self, ErrorKind, Write};
use std::time::Instant;

use super::deadline::Deadline;
use super::duplex::Controls;
use super::lock::Lock;
use super::mail::Mail;
use super::parcel::{Frame, Parcel};
use super::writer::{COPIED, Left, QUEUE, Writer};
use crate::error::{Error, Result};
use crate::proto::append;
use crate::proto::compression::Deflation;

/// How far a flush came that did not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flushed {
    All,
    Some,
    Nothing,
}

/// What became of the mail that waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// Some of it is queued, as much as one write should carry.
    Some,
    /// There was none.
    Nothing,
    /// There is no room in memory for a frame that only this connection sends, or a message is under
    /// way of which nobody knows the end.
    NotNow,
}

impl<S: Write> Writer<S> {
    /// Writes what is queued as far as there is room.
    ///
    /// Where that is not all, the caller `comes_back`, or leaves the rest to the next who writes.
    pub(crate) fn try_flush(
        &mut self,
        comes_back: bool,
        controls: Controls<S>,
        stream: &mut S,
    ) -> Result<Flushed> {
        self.check()?;
        if !self.has_output() {
            return Ok(Flushed::All);
        }
        // So it stays if the stream panics.
        self.broken = true;
        let mut taken = 0;
        let flushed = match self.try_write_all(controls, stream, &mut taken) {
            Ok(()) => {
                self.left = None;
                Ok(Flushed::All)
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => self.leave(taken, comes_back, controls),
            Err(e) => Err(Error::Lost(e)),
        };
        self.broken = flushed.is_err();
        if self.broken {
            // Nobody sends it any more.
            (self.shared, self.queue) = (None, Vec::new());
        }
        flushed
    }

    /// Notes that there was no room for more. A peer that takes too little for too long is given
    /// up, as one for which a writer waits.
    fn leave(&mut self, taken: usize, comes_back: bool, controls: Controls<S>) -> Result<Flushed> {
        let now = Instant::now();
        let fresh = || Left { controls, comes_back, since: now, taken: 0 };
        let left = self.left.get_or_insert_with(fresh);
        left.comes_back |= comes_back;
        left.taken += taken;
        if left.taken >= QUEUE {
            (left.since, left.taken) = (now, 0);
        }
        let timeout = self.timeout.map(|(timeout, _)| timeout);
        if Deadline::at(left.since, timeout).has_passed() {
            return Err(self.failed(ErrorKind::TimedOut.into()));
        }
        Ok(if taken > 0 { Flushed::Some } else { Flushed::Nothing })
    }

    fn try_write_all(
        &mut self,
        controls: Controls<S>,
        stream: &mut S,
        taken: &mut usize,
    ) -> io::Result<()> {
        loop {
            let written = match (&self.shared, &self.queue) {
                (Some((frame, written)), _) => (controls.try_write)(stream, &frame[*written..]),
                (None, queue) if !queue.is_empty() => (controls.try_write)(stream, queue),
                (None, _) => return (controls.try_flush)(stream),
            };
            match written {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) => {
                    self.advance(n);
                    *taken += n;
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
    }

    /// Queues what waits in `mail`, as much as one write should carry. Nothing may be queued yet.
    ///
    /// The mail is locked for a moment only: whoever puts something in does not wait until a
    /// message is compressed.
    pub(crate) fn fill(&mut self, mail: &Lock<Mail>) -> Result<Filled> {
        debug_assert!(!self.has_output(), "a shared frame goes out before what is queued");
        if self.is_streaming {
            return Ok(Filled::NotNow);
        }
        let mut filled = Filled::Nothing;
        loop {
            let first = filled == Filled::Nothing;
            let room = QUEUE - self.queue.len().min(QUEUE);
            let fits = |len| first || len <= COPIED.min(room);
            let Some(parcel) = mail.lock().pop_if(fits) else { return Ok(filled) };
            let Some(frame) = self.frame_of(&parcel)? else {
                mail.lock().put_back(parcel);
                return Ok(if first { Filled::NotNow } else { filled });
            };
            filled = Filled::Some;
            if first && frame.len() > COPIED {
                self.shared = Some((frame, 0));
                return Ok(filled);
            }
            append::bytes(&mut self.queue, &frame);
        }
    }

    /// The frame of a message for many; one's own where it is masked or refers to earlier ones.
    /// `None` where there is no room for that.
    fn frame_of(&mut self, parcel: &Parcel) -> Result<Option<Frame>> {
        let key = self.keys.next()?;
        match self.deflation.as_deref().map(Deflation::alike) {
            None if key.is_none() => return Ok(Some(parcel.frame(None))),
            Some(Some(alike)) if key.is_none() => return Ok(Some(parcel.frame(Some(alike)))),
            _ => {}
        }
        // Before it is compressed: later messages may refer to it then.
        let Some(room) = Frame::room(parcel.payload().len()) else { return Ok(None) };
        let (opcode, payload) = (parcel.opcode(), parcel.payload());
        self.compressed(opcode, payload, parcel.may_be_compressed(), |_, outgoing| {
            Ok(Some(Frame::new(outgoing.whole(key), room)))
        })
    }
}
