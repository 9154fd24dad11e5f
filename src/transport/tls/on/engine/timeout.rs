//! How long a call may wait, and which timeout the socket has meanwhile.
//!
//! A socket's own timeout limits each single wait, but a call may wait several times: for the rest
//! of a record, after a signal, for another thread. So a call has one deadline, and the socket's
//! timeout is the time that remains. Setting it is a system call, so it is set only if the socket's
//! present timeout would be wrong.

use std::io;
use std::mem;
use std::time::Duration;

use crate::io::Deadline;

/// Two timeouts are the same if they differ by no more than this.
pub(super) const SAME: Duration = Duration::from_millis(1);

/// The time that one call may wait in all.
pub(crate) struct Span {
    pub(super) deadline: Deadline,
    /// The whole timeout of the call.
    whole: Option<Duration>,
    /// No wait has begun yet.
    is_whole: bool,
}

impl Span {
    /// A call that begins now.
    pub(super) fn new(timeout: Option<Duration>) -> Self {
        Self { deadline: Deadline::after(timeout), whole: timeout, is_whole: true }
    }

    /// A call that has begun before.
    pub(super) fn until(deadline: Deadline) -> Self {
        Self { deadline, whole: None, is_whole: false }
    }

    /// A wait within this call that is at most this long. It counts for the call.
    pub(super) fn part(&mut self, most: Duration) -> Self {
        self.begun();
        Self::until(Deadline::after(Some(most)).earlier(self.deadline))
    }

    /// Returns the time that remains, or `TimedOut`. The first call returns the whole timeout
    /// without reading the clock.
    pub(super) fn left(&mut self) -> io::Result<Option<Duration>> {
        if mem::take(&mut self.is_whole) { Ok(self.whole) } else { self.deadline.remaining() }
    }

    /// Notes that time has passed.
    pub(super) fn begun(&mut self) {
        self.is_whole = false;
    }
}

/// The timeout of a socket in one direction.
///
/// It is set without a lock, because that runs a program's code. If two threads set it at the same
/// time, the result is unknown, so it is set again before it matters.
pub(crate) struct Timeout {
    /// The timeout that the program has set, for a single call.
    pub(super) wanted: Option<Duration>,
    /// The socket's own timeout, if `is_known`.
    has: Option<Duration>,
    is_known: bool,
    changes: u64,
}

/// A timeout that is being set.
#[derive(Clone, Copy)]
pub(crate) struct Change(u64);

impl Timeout {
    /// Assumes that the socket has no timeout. A timeout that was set below TLS stays.
    pub(super) fn new() -> Self {
        Self { wanted: None, has: None, is_known: true, changes: 0 }
    }

    /// Returns `true` if the socket's timeout is close enough to `wait`.
    pub(super) fn suits(&self, wait: Option<Duration>) -> bool {
        self.is_known
            && match (self.has, wait) {
                (None, None) => true,
                (Some(has), Some(wait)) => has.abs_diff(wait) <= SAME,
                (None, Some(_)) | (Some(_), None) => false,
            }
    }

    /// Notes that the timeout is being set. Until that is done it is not known.
    pub(super) fn begin(&mut self) -> Change {
        self.is_known = false;
        self.changes += 1;
        Change(self.changes)
    }

    /// Notes that the timeout has been set.
    pub(super) fn end(&mut self, change: Change, has: Option<Duration>) {
        self.has = has;
        self.is_known = self.changes == change.0;
        // A thread that is still setting it may be the last to set it, or not.
        self.changes += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Option<Duration> = Some(Duration::from_secs(1));
    const TWO: Option<Duration> = Some(Duration::from_secs(2));

    #[test]
    fn what_the_socket_has_is_known_unless_two_set_it_at_once() {
        let mut timeout = Timeout::new();
        assert!(timeout.suits(None) && !timeout.suits(SECOND));
        let change = timeout.begin();
        assert!(!timeout.suits(None) && !timeout.suits(SECOND), "while it is being set");
        timeout.end(change, SECOND);
        assert!(timeout.suits(SECOND) && !timeout.suits(TWO) && !timeout.suits(None));
        assert!(timeout.suits(Some(Duration::from_micros(999_500))), "about the same");

        for first_ends_first in [true, false] {
            let (one, other) = (timeout.begin(), timeout.begin());
            let ends = if first_ends_first {
                [(one, SECOND), (other, TWO)]
            } else {
                [(other, TWO), (one, SECOND)]
            };
            for (change, has) in ends {
                timeout.end(change, has);
            }
            assert!(!timeout.suits(SECOND) && !timeout.suits(TWO), "{first_ends_first}");
        }
        let change = timeout.begin();
        timeout.end(change, TWO);
        assert!(timeout.suits(TWO), "known again");
    }
}
