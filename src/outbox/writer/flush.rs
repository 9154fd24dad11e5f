//! Writing out what a [`Writer`] has queued. For a caller that may wait for room, this takes as few
//! calls as possible. For other callers, it writes as far as there is room, and the rest goes out
//! before anything else.

use std::io::{self, ErrorKind, IoSlice, Write};
use std::net::Shutdown;
use std::thread;
use std::time::Instant;

use super::write_timeout::{Keeper, Pace, Patience, Unsent, WINDOW, WriteTimeout};
use super::writer::{Integrity, Writer};
use crate::error::{Error, Phase, Result};
use crate::io::{Controls, SHORTEST, counted, is_timeout, may_be_repeated};

/// How much a thread has written of what is queued or owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// All is written, and nothing is owed.
    All,
    /// There was no room for all of it; `some` is `true` if a part is written. The caller comes
    /// back.
    Later { some: bool },
    /// Another thread is writing, or comes back for the unsent data.
    ByAnother,
    /// The stream cannot write without waiting, and the caller must not wait.
    Unable,
}

impl<S: Write> Writer<S> {
    /// Writes what is queued.
    pub(crate) fn flush(&mut self, stream: &mut S) -> Result<()> {
        if self.has_output() { self.write_with(&[], stream) } else { self.check() }
    }

    /// Returns `true` if there is nothing to write and no failure to report.
    pub(crate) fn is_idle(&self) -> bool {
        !self.has_output() && self.state == Integrity::Whole
    }

    pub(crate) fn has_output(&self) -> bool {
        !self.output.is_empty() || self.shared.is_some() || self.unsent.is_some()
    }

    /// Writes what is queued, within the timeout `most` if that is shorter than the usual one.
    ///
    /// The stream's timeout holds for all threads. It can be changed here, because no other thread
    /// writes now.
    pub(crate) fn flush_within(
        &mut self,
        most: Option<WriteTimeout<S>>,
        stream: &mut S,
    ) -> Result<()> {
        let usual = self.timeout;
        let shorter = most.filter(|(most, _)| usual.is_none_or(|(usual, _)| *most < usual));
        let Some((most, controls)) = shorter else { return self.flush(stream) };
        // A stream that does not take a timeout any more does not block any more.
        let _ = controls.set_write_timeout(stream, Some(most));
        self.timeout = shorter;
        // The peer gets all of the shorter timeout, however long it has taken before.
        if let Some(unsent) = &mut self.unsent {
            unsent.pace = Pace::new();
        }
        let flushed = self.flush(stream);
        self.timeout = usual;
        let _ = controls.set_write_timeout(stream, usual.map(|(usual, _)| usual));
        flushed
    }

    /// Writes what is queued, and then `payload`, without copying the payload.
    pub(super) fn write_with(&mut self, payload: &[u8], stream: &mut S) -> Result<()> {
        self.whole(|writer| {
            let queue = std::mem::take(&mut writer.output);
            let shared = writer.shared.take();
            let shared = shared.as_ref().map_or(&[][..], |(frame, written)| &frame[*written..]);
            let mut slices = [shared, &queue, payload].map(IoSlice::new);
            let used = if payload.is_empty() { 2 } else { 3 };
            writer.write_all(&mut slices[..used], stream)?;
            let used = queue.len();
            writer.output = queue;
            writer.output.clear();
            writer.fit(used);
            Ok(())
        })
    }

    fn write_all(&mut self, mut slices: &mut [IoSlice<'_>], stream: &mut S) -> Result<()> {
        // If there was no room before, the peer's time has already begun.
        let pace = self.unsent.take().map(|Unsent { mut pace, tried, .. }| {
            pace.skip(tried);
            pace
        });
        let mut is_short = pace.is_some();
        let mut patience = Patience::new(pace.unwrap_or_else(Pace::new), self.timeout);
        IoSlice::advance_slices(&mut slices, 0);
        // Hubs are told before the write: a stream that waits for room itself returns too late.
        self.wants_room(Some(patience.pace));
        while !slices.is_empty() {
            if is_short {
                self.wants_room(Some(patience.pace));
                if !patience.go_on(stream) {
                    slices = self.try_last_time(&mut patience, slices, stream)?;
                    continue;
                }
            }
            is_short = true;
            match self.write_some(slices, stream) {
                Ok(0) => return Err(Error::Lost(ErrorKind::WriteZero.into())),
                Ok(n) => {
                    self.counters.sent.on_wire(n);
                    patience.pace.took(n);
                    IoSlice::advance_slices(&mut slices, n);
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if may_be_repeated(&e) && patience.is_bounded() => thread::sleep(SHORTEST),
                Err(e) => return Err(self.failed(e)),
            }
        }
        patience.renew(stream);
        self.flush_stream(&mut patience, stream)?;
        patience.end(stream);
        self.wants_room(None);
        Ok(())
    }

    /// Writes some of the slices. All of them go into one call if the stream is known to raise no
    /// signal.
    ///
    /// If a hub watches, one call gets a window or two at most. Some streams return only when all
    /// is taken, and until then the hub would not see how fast the peer is.
    fn write_some(&self, slices: &[IoSlice<'_>], stream: &mut S) -> io::Result<usize> {
        if self.watch.is_some() {
            if let ([first, ..], true) = (slices, is_long(slices)) {
                return self
                    .write_slices(&[IoSlice::new(&first[..first.len().min(WINDOW)])], stream);
            }
        }
        self.write_slices(slices, stream)
    }

    fn write_slices(&self, slices: &[IoSlice<'_>], stream: &mut S) -> io::Result<usize> {
        match (self.controls, slices) {
            (Some(controls), [first, ..]) => {
                match controls.write_slices(stream, slices) {
                    // Only then the lengths must be added.
                    Ok(n) if n > first.len() => counted(Ok(n), len(slices)),
                    written => written,
                }
            }
            // Std writes several slices to a socket with a call that can raise SIGPIPE.
            (None, [first, ..]) => counted(stream.write(first), first.len()),
            (_, []) => Ok(0),
        }
    }

    /// Tries once more, without waiting, when the peer's time is over: Linux wakes a writer only
    /// when there is much room. If the peer has made room for a window, writing goes on.
    fn try_last_time<'s, 'b>(
        &mut self,
        patience: &mut Patience<S>,
        mut slices: &'s mut [IoSlice<'b>],
        stream: &mut S,
    ) -> Result<&'s mut [IoSlice<'b>]> {
        while let (Some(first), Some(controls)) = (slices.first(), patience.controls()) {
            match try_write(controls, stream, first) {
                Ok(n) if n > 0 => {
                    self.counters.sent.on_wire(n);
                    patience.pace.took(n);
                    IoSlice::advance_slices(&mut slices, n);
                    if patience.go_on(stream) {
                        return Ok(slices);
                    }
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                // After a write that timed out, TLS is broken and reports that here.
                Ok(_) | Err(_) => return Err(self.failed(ErrorKind::TimedOut.into())),
            }
        }
        Ok(slices)
    }

    /// Flushes the stream, which may hold back what it has taken. A flush may end before the peer's time
    /// is over, as a write may.
    fn flush_stream(&mut self, patience: &mut Patience<S>, stream: &mut S) -> Result<()> {
        loop {
            match stream.flush() {
                Ok(()) => return Ok(()),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if may_be_repeated(&e) && patience.is_bounded() => thread::sleep(SHORTEST),
                Err(e) => return Err(self.failed(e)),
            }
            if !patience.go_on(stream) {
                return Err(self.failed(ErrorKind::TimedOut.into()));
            }
        }
    }

    /// Which thread comes back for unsent data. `None` if there is no unsent data.
    pub(crate) fn keeper(&self) -> Option<Keeper> {
        self.unsent.map(|unsent| unsent.keeper)
    }

    /// Lets any thread write the unsent data.
    pub(crate) fn abandon_unsent(&mut self) {
        if let Some(unsent) = &mut self.unsent {
            unsent.keeper = Keeper::Nobody;
        }
    }

    /// Writes what is queued as far as there is room. The thread in `keeper` comes back for the
    /// rest.
    pub(crate) fn try_flush(
        &mut self,
        controls: Controls<S>,
        keeper: Keeper,
        stream: &mut S,
    ) -> Result<Progress> {
        if !self.has_output() {
            return self.check().map(|()| Progress::All);
        }
        let flushed = self.whole(|writer| {
            let mut taken = 0;
            match writer.try_write_all(controls, stream, &mut taken) {
                Ok(()) => {
                    if writer.unsent.take().is_some() {
                        writer.wants_room(None);
                    }
                    Ok(Progress::All)
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => writer.leave_unsent(taken, keeper),
                Err(e) => Err(Error::Lost(hung_up(e))),
            }
        });
        if flushed.is_err() {
            self.lose();
        }
        flushed
    }

    /// Notes that there was no room for more. A peer that takes too little for too long times out,
    /// as it does when a writer waits for it.
    fn leave_unsent(&mut self, taken: usize, keeper: Keeper) -> Result<Progress> {
        let tried = Instant::now();
        let fresh = || Unsent { pace: Pace::new(), keeper, tried };
        let Unsent { mut pace, keeper: before, tried: last } = self.unsent.unwrap_or_else(fresh);
        pace.skip(last);
        pace.took(taken);
        if pace.deadline(self.timeout.map(|(timeout, _)| timeout)).has_passed() {
            return Err(self.failed(ErrorKind::TimedOut.into()));
        }
        self.unsent = Some(Unsent { pace, keeper: keeper.max(before), tried });
        self.wants_room(Some(pace));
        Ok(Progress::Later { some: taken > 0 })
    }

    fn try_write_all(
        &mut self,
        controls: Controls<S>,
        stream: &mut S,
        taken: &mut usize,
    ) -> io::Result<()> {
        loop {
            let written = match (&self.shared, &self.output) {
                (Some((frame, written)), _) => try_write(controls, stream, &frame[*written..]),
                (None, queue) if !queue.is_empty() => try_write(controls, stream, queue),
                (None, _) => match controls.try_flush(stream) {
                    Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                    flushed => return flushed,
                },
            };
            match written {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) => {
                    self.counters.sent.on_wire(n);
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
        let used = self.output.len();
        self.output.drain(..n);
        if n == used {
            self.fit(used);
        }
    }

    /// Tells hubs since when the peer has made no room, or with `None` that no write waits for
    /// room.
    fn wants_room(&self, pace: Option<Pace>) {
        if let Some(watch) = &self.watch {
            watch.wants_room(pace.map(|pace| pace.since()));
        }
    }

    /// Names a failure. After a timeout a frame may be torn, so the connection must be cut. After
    /// any other failure the system wakes the reader.
    fn failed(&mut self, error: io::Error) -> Error {
        if !is_timeout(&error) {
            return Error::Lost(hung_up(error));
        }
        self.to_cut = self.timeout.map(|(_, controls)| controls);
        Error::Deadline(Phase::Write)
    }

    /// Cuts the connection if a write has timed out. That wakes the reader.
    pub(crate) fn cut(&mut self, stream: &S) {
        if let Some(controls) = self.to_cut.take() {
            // The stream may be shut down already.
            let _ = controls.shutdown(stream, Shutdown::Both);
        }
    }
}

fn len(slices: &[IoSlice<'_>]) -> usize {
    slices.iter().map(|slice| slice.len()).sum()
}

fn is_long(slices: &[IoSlice<'_>]) -> bool {
    len(slices) > 2 * WINDOW
}

fn try_write<S>(controls: Controls<S>, stream: &mut S, bytes: &[u8]) -> io::Result<usize> {
    counted(controls.try_write(stream, bytes), bytes.len())
}

/// Says of a write that failed what a peer that hung up has to do with it.
fn hung_up(error: io::Error) -> io::Error {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    match error.kind() {
        BrokenPipe | ConnectionAborted | ConnectionReset => {
            let hint = "the peer has ended it; a thread in `recv` learns why";
            io::Error::new(error.kind(), format!("{hint} ({error})"))
        }
        _ => error,
    }
}
