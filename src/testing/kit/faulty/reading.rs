//! What a [`Faulty`](super::faulty::Faulty) stream reads.

use std::io::{self, IoSlice};
use std::time::Instant;

use super::super::faults::{Demand, Piece, after};
use super::handles::For;
use super::shared::{Call, Locked, Patience, Reading, Shared};
use crate::io::Duplex;

impl<S: Duplex + 'static> Shared<S> {
    /// Reads what may pass, at most as much as there is room for.
    pub(super) fn read(&self, buf: &mut [u8], patience: Patience) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let mut state = self.lock();
        loop {
            if let Some(end) = state.read_end() {
                return end;
            }
            let until = match state.reading.lane.demand() {
                Some(Demand::End(ending)) => {
                    let text = state.reading.lane.told(&ending);
                    state = self.end(state, ending, text);
                    continue;
                }
                Some(Demand::Fail(failure)) => {
                    self.settle_reading(state);
                    return Err(failure);
                }
                Some(Demand::Stall) => None,
                Some(Demand::Own) => {
                    let n = state.reading.take_own(buf);
                    self.settle_reading(state);
                    return Ok(n);
                }
                None => match state.reading.next(Instant::now(), buf) {
                    Next::Read(n) => {
                        self.settle_reading(state);
                        return Ok(n);
                    }
                    Next::Again => continue,
                    Next::Later(moment) => Some(moment),
                    Next::End => return Ok(0),
                    Next::Fill => {
                        state = self.fill(state, buf, patience)?;
                        continue;
                    }
                },
            };
            // What has not come before reading is shut down does not come.
            if state.reading.is_shut {
                return Ok(0);
            }
            state = self.pause(state, until, patience)?;
        }
    }

    /// Ends the stream, if a place has been reached that says so.
    pub(super) fn settle_reading<'a>(&'a self, mut state: Locked<'a, S>) {
        if let Some(ending) = state.reading.lane.ending() {
            let text = state.reading.lane.told(&ending);
            drop(self.end(state, ending, text));
        }
    }

    /// Reads the stream below. What it brings is held until it may pass.
    fn fill<'a>(
        &'a self,
        state: Locked<'a, S>,
        buf: &mut [u8],
        patience: Patience,
    ) -> io::Result<Locked<'a, S>> {
        let how = patience.call();
        let done = self.lend(state, For::Reading, |stream| {
            let read = match how {
                Call::Within(timeout) => {
                    stream.set_read_timeout(timeout).and_then(|()| stream.read(buf))
                }
                Call::Now => stream.try_read(buf),
            };
            (read, stream.last_received())
        });
        let (mut state, (read, last_received)) = match done {
            Ok(done) => done,
            Err(state) => return self.pause(state, None, patience),
        };
        if state.end.is_some() {
            return Ok(state);
        }
        let reading = &mut state.reading;
        reading.last_received = last_received;
        let n = read?;
        reading.held.extend(&buf[..n]);
        reading.has_ended = n == 0;
        let delay = if n == 0 { reading.lane.end_delay() } else { reading.lane.delay() };
        reading.due = Some(after(Instant::now(), delay));
        Ok(state)
    }
}

/// What a read does next.
enum Next {
    /// It returns this number of bytes.
    Read(usize),
    /// It looks again.
    Again,
    /// It waits until this moment.
    Later(Instant),
    /// It reads the stream below.
    Fill,
    /// It returns the end.
    End,
}

impl Reading {
    /// Passes on what is held and due.
    fn next(&mut self, now: Instant, buf: &mut [u8]) -> Next {
        if let Some(due) = self.due.filter(|due| *due > now) {
            return Next::Later(due);
        }
        if self.held.is_empty() {
            return if self.has_ended { Next::End } else { Next::Fill };
        }
        let len = self.held.len().min(buf.len());
        match self.lane.piece(now, &[IoSlice::new(&self.held[..len])]) {
            Piece::Later(moment) => Next::Later(moment),
            Piece::Vanish(n) => {
                self.lane.vanished(&self.held[..n]);
                self.held.drain(..n);
                Next::Again
            }
            Piece::Changed(byte) => {
                buf[0] = byte;
                self.passed(now, 1)
            }
            Piece::Pass(n) => {
                buf[..n].copy_from_slice(&self.held[..n]);
                self.passed(now, n)
            }
        }
    }

    fn passed(&mut self, now: Instant, n: usize) -> Next {
        self.lane.passed(now, &self.held[..n]);
        self.held.drain(..n);
        Next::Read(n)
    }

    /// Takes what a fault has inserted.
    fn take_own(&mut self, buf: &mut [u8]) -> usize {
        let own = self.lane.own();
        let n = own.len().min(buf.len());
        buf[..n].copy_from_slice(&own[..n]);
        self.lane.own_passed(n);
        n
    }
}
