//! The part of [`Driver`] that reads although there is something to receive, to see what follows.

use std::io::{self, ErrorKind, Read, Write};

use super::driver::Driver;
use crate::error::{Error, Result};
use crate::io::{Deadline, is_timeout};
use crate::proto::inbound::Awaits;

impl<S: Read + Write> Driver<S> {
    /// Reads once, and does nothing else. Waits until `deadline` at most.
    pub(crate) fn read_on(&mut self, buf: &mut [u8], deadline: Deadline) -> io::Result<usize> {
        self.arm(deadline.remaining()?, self.outbox.is_shared())?;
        self.reader.read(&mut self.stream, buf)
    }

    /// Reads once, after all that a receiving call does before its reads. Returns `None` if nothing
    /// has come: soon if something is owed, and at `deadline` at the latest.
    ///
    /// The connection does not end here, whatever the stream says: what came before could not be
    /// received any more. So the next receiving call notices the end.
    pub(crate) fn read_ahead(
        &mut self,
        buf: &mut [u8],
        deadline: Deadline,
        awaited: Awaits,
    ) -> Result<Option<usize>> {
        let is_shared = self.outbox.is_shared();
        self.prepare(awaited)?;
        let Ok(left) = deadline.remaining() else { return Err(Error::Timeout) };
        let wait = left.into_iter().chain(self.longest_wait(false)).min();
        let armed = self.arm(wait, is_shared);
        match armed.and_then(|()| self.reader.read(&mut self.stream, buf)) {
            Ok(n) => {
                self.note_read(n);
                Ok(Some(n))
            }
            Err(e) if is_timeout(&e) || e.kind() == ErrorKind::Interrupted => {
                self.note_ping();
                Ok(None)
            }
            Err(e) => Err(Error::Lost(e)),
        }
    }
}
