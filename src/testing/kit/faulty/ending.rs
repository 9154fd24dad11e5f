//! How a fault, or the handle, ends the whole stream.

use std::io::{self, ErrorKind};
use std::net::Shutdown;

use super::super::faults::Ending;
use super::handles::For;
use super::reset::prepare;
use super::shared::{Locked, Patience, Shared, State};
use crate::io::{Deadline, Duplex};

const FOREVER: Patience = Patience::Until(Deadline::NEVER);

impl<S> State<S> {
    /// What a read returns after the end.
    pub(super) fn read_end(&self) -> Option<io::Result<usize>> {
        Some(match self.end.as_ref()? {
            (Ending::Cut, _) => Ok(0),
            (Ending::Reset, text) => Err(io::Error::new(ErrorKind::ConnectionReset, text.clone())),
        })
    }

    /// The error of a write after the end.
    pub(super) fn write_end(&self) -> Option<io::Error> {
        let (kind, text) = match self.end.as_ref()? {
            (Ending::Cut, text) => (ErrorKind::BrokenPipe, text),
            (Ending::Reset, text) => (ErrorKind::ConnectionReset, text),
        };
        Some(io::Error::new(kind, text.clone()))
    }
}

impl<S: Duplex + 'static> Shared<S> {
    /// Ends the stream in both directions, at once. `text` is why.
    pub(super) fn end<'a>(
        &'a self,
        mut state: Locked<'a, S>,
        ending: Ending,
        text: String,
    ) -> Locked<'a, S> {
        if state.end.is_some() {
            return state;
        }
        state.end = Some((ending, text));
        self.changed.notify_all();
        match ending {
            Ending::Cut => self.cut(state),
            Ending::Reset => self.reset(state),
        }
    }

    /// Shuts down one or both directions for the program, and wakes its calls.
    pub(super) fn shut_down(&self, how: Shutdown) -> io::Result<()> {
        let mut state = self.lock();
        let is_first = !state.writing.is_shut;
        state.reading.is_shut |= how != Shutdown::Write;
        state.writing.is_shut |= how != Shutdown::Read;
        self.changed.notify_all();
        if how != Shutdown::Read {
            // What a fault has inserted goes out, if there is room.
            self.settle_writing(state, Patience::Now);
            state = self.lock();
        }
        let delay = state.writing.lane.end_delay();
        if is_first && how != Shutdown::Read && !delay.is_zero() {
            if how == Shutdown::Both {
                state = self.shut_below(state, Shutdown::Read)?;
            }
            let most = state.writing.timeout.map_or(delay, |timeout| timeout.min(delay));
            let deadline = Deadline::after(Some(most));
            while state.end.is_none() && !deadline.has_passed() {
                state = deadline.wait(&self.changed, state);
            }
        }
        self.shut_below(state, how).map(drop)
    }

    fn shut_below<'a>(
        &'a self,
        mut state: Locked<'a, S>,
        how: Shutdown,
    ) -> io::Result<Locked<'a, S>> {
        loop {
            match &state.end {
                None => {}
                Some((Ending::Cut, _)) => return Ok(state),
                Some((Ending::Reset, text)) => {
                    return Err(io::Error::new(ErrorKind::NotConnected, text.clone()));
                }
            }
            // TLS writes at its end.
            let timeout = state.writing.timeout;
            let done = self.lend(state, For::Shutdown, |stream| {
                // A stream that refuses a timeout does not block either.
                let _ = stream.set_write_timeout(timeout);
                stream.shutdown(how)
            });
            state = match done {
                Ok((state, done)) => return done.map(|()| state),
                Err(state) => self.pause(state, None, FOREVER)?,
            }
        }
    }

    /// Shuts the stream below down, which also ends the calls that wait in it.
    fn cut<'a>(&'a self, mut state: Locked<'a, S>) -> Locked<'a, S> {
        loop {
            // The other end may have gone before, and then this fails.
            match self.lend(state, For::Shutdown, |stream| stream.shutdown(Shutdown::Both)) {
                Ok((state, _)) => return state,
                // Another thread shuts it down, perhaps in one direction only.
                Err(busy) => state = Deadline::NEVER.wait(&self.changed, busy),
            }
        }
    }

    /// Closes all handles of the stream below. Those on loan are closed as soon as their calls
    /// return.
    fn reset<'a>(&'a self, mut state: Locked<'a, S>) -> Locked<'a, S> {
        let is_read = !state.handles.has(For::Reading);
        let idle = state.handles.take_all();
        drop(state);
        if let Some(stream) = idle.last() {
            let how = if prepare(stream) {
                // This sends nothing, and ends a read that waits. A write looks by itself.
                is_read.then_some(Shutdown::Read)
            } else {
                Some(Shutdown::Both)
            };
            // The other end may have gone before.
            let _ = how.map(|how| stream.shutdown(how));
        }
        drop(idle);
        self.lock()
    }
}
