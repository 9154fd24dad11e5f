//! An absolute moment by which a phase must be over, instead of a timeout for each call.

use std::io::{self, ErrorKind};
use std::sync::{Condvar, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Phase};

/// The shortest wait for a socket that every system supports.
pub(crate) const SHORTEST: Duration = Duration::from_millis(1);

/// How long a waiting reader goes at most without looking for what other threads have left it. The opening
/// handshake reads with this timeout too, so that the system is told once.
pub(crate) const GLANCE: Duration = Duration::from_secs(5);

/// The moment after which a phase has failed, or no such moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) const NEVER: Self = Self(None);

    /// The moment `timeout` from now. `None`, or a time that is too long, means no deadline.
    pub(crate) fn after(timeout: Option<Duration>) -> Self {
        // Every message comes here, so without a timeout the clock is not read.
        timeout.map_or(Self::NEVER, |timeout| Self::at(Instant::now(), Some(timeout)))
    }

    /// Returns the earlier of two deadlines.
    pub(crate) fn earlier(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(a), Some(b)) => Self(Some(a.min(b))),
            (at, None) | (None, at) => Self(at),
        }
    }

    /// Returns the later of two deadlines.
    pub(crate) fn later(self, other: Self) -> Self {
        Self(self.0.zip(other.0).map(|(a, b)| a.max(b)))
    }

    /// Divides the remaining time into `parts` equal parts and returns the end of the first part.
    pub(crate) fn share(self, parts: usize) -> Self {
        let parts = u32::try_from(parts).unwrap_or(u32::MAX).max(1);
        match self.remaining() {
            Ok(Some(left)) => Self::after(Some(left / parts)).earlier(self),
            Ok(None) | Err(_) => self,
        }
    }

    /// The moment `timeout` after `start`.
    pub(crate) fn at(start: Instant, timeout: Option<Duration>) -> Self {
        Self(timeout.and_then(|timeout| start.checked_add(timeout)))
    }

    /// The moment `more` after this deadline.
    pub(crate) fn plus(self, more: Duration) -> Self {
        Self(self.0.and_then(|at| at.checked_add(more)))
    }

    /// Returns the remaining time for a socket's timeout, never zero. `TimedOut` if none remains.
    pub(crate) fn remaining(self) -> io::Result<Option<Duration>> {
        let Some(at) = self.0 else { return Ok(None) };
        let left = at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        Ok(Some(left))
    }

    pub(crate) fn has_passed(self) -> bool {
        self.remaining().is_err()
    }

    /// Returns `true` if the error is a timeout at this deadline. A wait of whole milliseconds, such as
    /// `poll`, ends up to one millisecond before it.
    pub(crate) fn has_caused(self, error: &io::Error) -> bool {
        let is_over =
            || self.remaining().map_or(true, |left| left.is_some_and(|it| it <= SHORTEST));
        is_timeout(error) && is_over()
    }

    /// Names the phase in an error that came because this deadline passed.
    pub(crate) fn explain(self, error: Error, phase: Phase) -> Error {
        match error {
            Error::Lost(e) | Error::Tls(e) if self.has_caused(&e) => Error::Deadline(phase),
            error => error,
        }
    }

    /// Waits until `condvar` is notified or the deadline passes. May return earlier (spuriously).
    pub(crate) fn wait<'a, T>(
        self,
        condvar: &Condvar,
        guard: MutexGuard<'a, T>,
    ) -> MutexGuard<'a, T> {
        match self.remaining() {
            Err(_) => guard,
            Ok(None) => condvar.wait(guard).unwrap_or_else(PoisonError::into_inner),
            Ok(Some(remaining)) => {
                let waited = condvar.wait_timeout(guard, remaining);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }
}

/// Returns `true` if this library's own wait has timed out and the connection is still open.
///
/// A socket's timeout is `WouldBlock` on Unix and `TimedOut` on Windows. On Unix the system reports
/// `TimedOut` (`ETIMEDOUT`) for a connection that it has abandoned. Windows has one code for both,
/// and there a lost connection fails again at the next call. A `TimedOut` without a code comes from
/// this library or from a program's stream.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    match error.kind() {
        ErrorKind::WouldBlock => true,
        ErrorKind::TimedOut => !cfg!(unix) || error.raw_os_error().is_none(),
        _ => false,
    }
}

/// Returns `true` for a timeout of a write after which nothing was written. On Windows a socket of std
/// that timed out may have sent some bytes.
pub(crate) fn may_be_repeated(error: &io::Error) -> bool {
    is_timeout(error) && !cfg!(windows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_the_system_gave_up_is_no_timeout() {
        let mut rows = vec![
            ("a wait of ours", ErrorKind::TimedOut.into(), true),
            ("a socket's that does not wait", ErrorKind::WouldBlock.into(), true),
            ("a program's stream", io::Error::new(ErrorKind::TimedOut, "slow"), true),
            ("a signal", ErrorKind::Interrupted.into(), false),
            ("a loss", ErrorKind::ConnectionReset.into(), false),
        ];
        #[cfg(unix)]
        for (rule, code, is_ours) in [
            ("a socket's timeout", libc::EAGAIN, true),
            ("a dead connection", libc::ETIMEDOUT, false),
            ("no way to the peer", libc::EHOSTUNREACH, false),
        ] {
            rows.push((rule, io::Error::from_raw_os_error(code), is_ours));
        }
        // WSAETIMEDOUT
        #[cfg(windows)]
        rows.push(("a socket's timeout", io::Error::from_raw_os_error(10060), true));
        for (rule, error, is_ours) in rows {
            assert_eq!(is_timeout(&error), is_ours, "{rule}");
        }
    }
}
