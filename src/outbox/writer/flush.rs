//! What a [`Writer`] has queued goes out: with as few calls as possible where its caller may wait for
//! room, and as far as there is room where it may not. What is left then goes out before anything else.

use std::io::{self, ErrorKind, IoSlice, Write};
use std::net::Shutdown;
use std::time::Instant;

use super::write_timeout::{Keeper, Pace, Patience, Unsent, WINDOW, WriteTimeout};
use super::writer::{Integrity, Writer};
use crate::error::{Error, Phase, Result};
use crate::io::{Controls, is_timeout};

/// How far a thread came that wrote what is queued or owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// All is written, and nothing is owed.
    All,
    /// There was no room. Some may have been written. The caller comes back.
    Later { some: bool },
    /// Another thread is writing, or comes back for what there was no room for.
    ByAnother,
    /// The stream cannot write without waiting, and the caller must not wait.
    Unable,
}

impl<S: Write> Writer<S> {
    /// Writes what is queued.
    pub(crate) fn flush(&mut self, stream: &mut S) -> Result<()> {
        if self.has_output() { self.write_with(&[], stream) } else { self.check() }
    }

    /// Returns `true` if there is nothing to write, nor to complain of.
    pub(crate) fn is_idle(&self) -> bool {
        !self.has_output() && self.state == Integrity::Whole
    }

    pub(crate) fn has_output(&self) -> bool {
        !self.output.is_empty() || self.shared.is_some() || self.unsent.is_some()
    }

    /// Writes what is queued under another bound, if that is the shorter one.
    ///
    /// The stream's timeout is everybody's, so it is changed only here, where nobody else writes.
    pub(crate) fn flush_within(
        &mut self,
        most: Option<WriteTimeout<S>>,
        stream: &mut S,
    ) -> Result<()> {
        let usual = self.timeout;
        let shorter = most.filter(|(most, _)| usual.is_none_or(|(usual, _)| *most < usual));
        let Some((most, controls)) = shorter else { return self.flush(stream) };
        // A stream that takes no timeout any more does not block either.
        let _ = controls.set_write_timeout(stream, Some(most));
        self.timeout = shorter;
        // The peer has the whole of it, however long it has taken before.
        if let Some(unsent) = &mut self.unsent {
            unsent.pace = Pace::new();
        }
        let flushed = self.flush(stream);
        self.timeout = usual;
        let _ = controls.set_write_timeout(stream, usual.map(|(usual, _)| usual));
        flushed
    }

    /// Writes what is queued, and `payload` behind it from where it lies.
    pub(super) fn write_with(&mut self, payload: &[u8], stream: &mut S) -> Result<()> {
        self.whole(|writer| {
            let queue = std::mem::take(&mut writer.output);
            let shared = writer.shared.take();
            let shared = shared.as_ref().map_or(&[][..], |(frame, written)| &frame[*written..]);
            let mut slices = [shared, &queue, payload].map(IoSlice::new);
            let used = if payload.is_empty() { 2 } else { 3 };
            writer.write_all(&mut slices[..used], stream)?;
            writer.output = queue;
            writer.output.clear();
            Ok(())
        })
    }

    fn write_all(&mut self, mut slices: &mut [IoSlice<'_>], stream: &mut S) -> Result<()> {
        // Where there was no room before, the peer's time has begun.
        let pace = self.unsent.take().map(|Unsent { mut pace, tried, .. }| {
            pace.skip(tried);
            pace
        });
        let mut is_short = pace.is_some();
        let mut patience = Patience::new(pace.unwrap_or_else(Pace::new), self.timeout);
        IoSlice::advance_slices(&mut slices, 0);
        // A stream that waits for room itself says so too late.
        self.wants_room(Some(patience.pace));
        while !slices.is_empty() {
            if is_short {
                self.wants_room(Some(patience.pace));
                if !patience.go_on(stream) {
                    slices = self.look(&mut patience, slices, stream)?;
                    continue;
                }
            }
            is_short = true;
            match self.write_some(slices, stream) {
                Ok(0) => return Err(Error::Lost(ErrorKind::WriteZero.into())),
                Ok(n) => {
                    patience.pace.took(n);
                    IoSlice::advance_slices(&mut slices, n);
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if may_be_repeated(&e) && patience.is_bounded() => {}
                Err(e) => return Err(self.failed(e)),
            }
        }
        self.flush_stream(&mut patience, stream)?;
        patience.end(stream);
        self.wants_room(None);
        Ok(())
    }

    /// Writes some of it, all slices with one call where the stream is known to raise no signal.
    ///
    /// Where a hub looks on, a call gets a window or two: some streams return only when all is taken,
    /// however fast that is.
    fn write_some(&self, slices: &[IoSlice<'_>], stream: &mut S) -> io::Result<usize> {
        if self.watch.is_some() {
            if let ([first, ..], true) = (slices, is_long(slices)) {
                return self.hand_over(&[IoSlice::new(&first[..first.len().min(WINDOW)])], stream);
            }
        }
        self.hand_over(slices, stream)
    }

    fn hand_over(&self, slices: &[IoSlice<'_>], stream: &mut S) -> io::Result<usize> {
        match (self.controls, slices) {
            (Some(controls), slices) => controls.write_slices(stream, slices),
            // Std writes several slices to a socket with a call that can raise SIGPIPE.
            (None, [first, ..]) => stream.write(first),
            (None, []) => Ok(0),
        }
    }

    /// Tries once more, without waiting, when the time of a peer is over: Linux wakes a writer only
    /// where there is room for much. A peer that has made room for a window goes on.
    fn look<'s, 'b>(
        &mut self,
        patience: &mut Patience<S>,
        mut slices: &'s mut [IoSlice<'b>],
        stream: &mut S,
    ) -> Result<&'s mut [IoSlice<'b>]> {
        while let (Some(first), Some(controls)) = (slices.first(), patience.controls()) {
            match controls.try_write(stream, first) {
                Ok(n) if n > 0 => {
                    patience.pace.took(n);
                    IoSlice::advance_slices(&mut slices, n);
                    if patience.go_on(stream) {
                        return Ok(slices);
                    }
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                // TLS is broken once a write has run out of time, and says that here.
                Ok(_) | Err(_) => return Err(self.failed(ErrorKind::TimedOut.into())),
            }
        }
        Ok(slices)
    }

    /// Has the stream send what it has taken.
    fn flush_stream(&mut self, patience: &mut Patience<S>, stream: &mut S) -> Result<()> {
        loop {
            match stream.flush() {
                Ok(()) => return Ok(()),
                Err(e) if e.kind() == ErrorKind::Interrupted && patience.go_on(stream) => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => {
                    return Err(self.failed(ErrorKind::TimedOut.into()));
                }
                Err(e) => return Err(self.failed(e)),
            }
        }
    }

    /// Who comes back for what there was no room for, if there is such.
    pub(crate) fn keeper(&self) -> Option<Keeper> {
        self.unsent.map(|unsent| unsent.keeper)
    }

    /// Lets anybody write what there was no room for.
    pub(crate) fn abandon(&mut self) {
        if let Some(unsent) = &mut self.unsent {
            unsent.keeper = Keeper::Nobody;
        }
    }

    /// Writes what is queued as far as there is room. Where that is not all, `keeper` comes back.
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
                Err(e) if e.kind() == ErrorKind::WouldBlock => writer.leave(taken, keeper),
                Err(e) => Err(Error::Lost(e)),
            }
        });
        if flushed.is_err() {
            self.lose();
        }
        flushed
    }

    /// Notes that there was no room for more. A peer that takes too little for too long is given
    /// up, as one for which a writer waits.
    fn leave(&mut self, taken: usize, keeper: Keeper) -> Result<Progress> {
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
                (Some((frame, written)), _) => controls.try_write(stream, &frame[*written..]),
                (None, queue) if !queue.is_empty() => controls.try_write(stream, queue),
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
        self.output.drain(..n);
    }

    /// Tells the hubs since when the peer has made no room.
    fn wants_room(&self, pace: Option<Pace>) {
        if let Some(watch) = &self.watch {
            watch.wants_room(pace.map(|pace| pace.since()));
        }
    }

    /// Names a failure. After a timeout a frame may be torn, so the connection is to be cut; after
    /// any other failure the system tells the thread that reads.
    fn failed(&mut self, error: io::Error) -> Error {
        if !is_timeout(&error) {
            return Error::Lost(error);
        }
        self.to_cut = self.timeout.map(|(_, controls)| controls);
        Error::Deadline(Phase::Write)
    }

    /// Cuts a connection that has run out of time, which wakes the thread that reads.
    pub(crate) fn cut(&mut self, stream: &S) {
        if let Some(controls) = self.to_cut.take() {
            // It may be down already.
            let _ = controls.shutdown(stream, Shutdown::Both);
        }
    }
}

fn is_long(slices: &[IoSlice<'_>]) -> bool {
    slices.iter().map(|slice| slice.len()).sum::<usize>() > 2 * WINDOW
}

/// Returns `true` for a timeout after which nothing was written. A socket on Windows may have sent
/// some of it.
fn may_be_repeated(error: &io::Error) -> bool {
    is_timeout(error) && !cfg!(windows)
}
