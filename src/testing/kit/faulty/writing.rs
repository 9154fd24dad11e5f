//! What a [`Faulty`](super::faulty::Faulty) stream writes.

use std::io::{self, ErrorKind, IoSlice};
use std::time::Instant;

use super::super::faults::{Demand, Piece, after};
use super::handles::For;
use super::reset::glance;
use super::shared::{Call, Locked, Patience, Shared, Writing};
use crate::io::{Duplex, is_timeout};

impl<S: Duplex + 'static> Shared<S> {
    /// Writes what may pass.
    pub(super) fn write(&self, slices: &[IoSlice<'_>], patience: Patience) -> io::Result<usize> {
        let mut state = self.lock();
        loop {
            if let Some(end) = state.write_end() {
                return Err(end);
            }
            if state.writing.is_shut {
                return Err(ErrorKind::BrokenPipe.into());
            }
            if slices.iter().all(|slice| slice.is_empty()) {
                return Ok(0);
            }
            let until = match state.writing.lane.demand() {
                Some(Demand::End(ending)) => {
                    let text = state.writing.lane.told(&ending);
                    state = self.end(state, ending, text);
                    continue;
                }
                Some(Demand::Fail(failure)) => {
                    self.settle_writing(state, Patience::Now);
                    return Err(failure);
                }
                Some(Demand::Stall) => None,
                Some(Demand::Own) => {
                    state = self.write_own(state, patience)?;
                    continue;
                }
                None => match state.writing.next(Instant::now(), slices) {
                    Piece::Later(moment) => Some(moment),
                    piece => {
                        let (back, written) = self.write_piece(state, slices, piece, patience)?;
                        state = back;
                        if let Some(n) = written {
                            // A fault behind these bytes happens now.
                            self.settle_writing(state, patience);
                            return Ok(n);
                        }
                        continue;
                    }
                },
            };
            state = self.pause(state, until, patience)?;
        }
    }

    /// Writes a piece from the front of `slices`. Returns how much of them that was, or `None` if
    /// that has to be tried again.
    fn write_piece<'a>(
        &'a self,
        state: Locked<'a, S>,
        slices: &[IoSlice<'_>],
        piece: Piece,
        patience: Patience,
    ) -> io::Result<(Locked<'a, S>, Option<usize>)> {
        let (mut state, written) = match piece {
            Piece::Later(_) => return Ok((state, None)),
            Piece::Vanish(n) => (state, Some(n)),
            Piece::Changed(byte) => self.write_below(state, &[IoSlice::new(&[byte])], patience)?,
            Piece::Pass(n) => self.write_below(state, &front(slices, n), patience)?,
        };
        let Some(n) = written else { return Ok((state, None)) };
        let writing = &mut state.writing;
        let now = Instant::now();
        for slice in front(slices, n) {
            match piece {
                Piece::Vanish(_) => writing.lane.vanished(&slice),
                _ => writing.lane.passed(now, &slice),
            }
        }
        writing.due = None;
        writing.goes_on = n < slices.iter().map(|slice| slice.len()).sum();
        Ok((state, written))
    }

    /// Does what the places demand that have been reached, as far as that does not fail.
    pub(super) fn settle_writing<'a>(&'a self, mut state: Locked<'a, S>, patience: Patience) {
        loop {
            if let Some(ending) = state.writing.lane.ending() {
                let text = state.writing.lane.told(&ending);
                drop(self.end(state, ending, text));
                return;
            }
            if state.writing.lane.own().is_empty() || state.end.is_some() {
                return;
            }
            // A later call goes on with it.
            let Ok(back) = self.write_own(state, patience) else { return };
            state = back;
        }
    }

    /// Writes some of what a fault has inserted.
    fn write_own<'a>(
        &'a self,
        mut state: Locked<'a, S>,
        patience: Patience,
    ) -> io::Result<Locked<'a, S>> {
        let own = state.writing.lane.own().to_vec();
        let (mut state, written) = self.write_below(state, &[IoSlice::new(&own)], patience)?;
        match written {
            Some(0) => return Err(ErrorKind::WriteZero.into()),
            Some(n) => state.writing.lane.own_passed(n),
            None => {}
        }
        Ok(state)
    }

    /// Writes to the stream below. Returns `None` if that has to be tried again: another call
    /// writes, or there was no room yet.
    fn write_below<'a>(
        &'a self,
        state: Locked<'a, S>,
        slices: &[IoSlice<'_>],
        patience: Patience,
    ) -> io::Result<(Locked<'a, S>, Option<usize>)> {
        let how = patience.call();
        let done = self.lend(state, For::Writing, |stream| match how {
            Call::Within(timeout) => stream
                .set_write_timeout(glance::<S>(timeout))
                .and_then(|()| stream.write_slices(slices)),
            Call::Now => stream.try_write(slices.first().map_or(&[], |first| first)),
        });
        match done {
            Ok((state, Ok(n))) => Ok((state, Some(n))),
            // There may be more time than for a glance.
            Ok((state, Err(e))) if is_timeout(&e) && patience.is_left() => Ok((state, None)),
            // What has ended the stream says why.
            Ok((state, Err(e))) => Err(state.write_end().unwrap_or(e)),
            Err(state) => Ok((self.pause(state, None, patience)?, None)),
        }
    }

    /// Sends what is inside, here and in the stream below.
    pub(super) fn flush(&self, patience: Patience) -> io::Result<()> {
        let mut state = self.lock();
        loop {
            if let Some(end) = state.write_end() {
                return Err(end);
            }
            if !state.writing.lane.own().is_empty() {
                state = self.write_own(state, patience)?;
                continue;
            }
            let how = patience.call();
            let done = self.lend(state, For::Writing, |stream| match how {
                Call::Within(timeout) => {
                    stream.set_write_timeout(timeout).and_then(|()| stream.flush())
                }
                Call::Now => stream.try_flush(),
            });
            match done {
                Ok((_, flushed)) => return flushed,
                Err(back) => state = self.pause(back, None, patience)?,
            }
        }
    }
}

impl Writing {
    /// What happens to the next bytes. A write begins to wait here if it comes too early.
    fn next(&mut self, now: Instant, slices: &[IoSlice<'_>]) -> Piece {
        if !self.goes_on && self.due.is_none() {
            self.due = Some(after(now, self.lane.delay()));
        }
        match self.due.filter(|due| *due > now) {
            Some(due) => Piece::Later(due),
            None => self.lane.piece(now, slices),
        }
    }
}

/// The first `len` bytes of `slices`.
fn front<'a>(slices: &'a [IoSlice<'_>], mut len: usize) -> Vec<IoSlice<'a>> {
    let mut front = Vec::new();
    for slice in slices {
        let take = slice.len().min(len);
        if take > 0 {
            front.push(IoSlice::new(&slice[..take]));
            len -= take;
        }
    }
    front
}
