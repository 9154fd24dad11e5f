//! How long a call may wait, and which timeout the socket has meanwhile.
//!
//! A socket's own timeout bounds each single wait, and a call may need several: for the rest of a
//! record, after a signal, behind another thread. So a call has one deadline, and the socket is given
//! what is left of it. That is a call of the system, so it is made only where what the socket has
//! would be wrong.

use std::io;
use std::mem;
use std::time::Duration;

use crate::io::Deadline;

/// Two times this close to each other are the same.
const SAME: Duration = Duration::from_millis(1);

/// How long one call may wait in all.
pub(crate) struct Span {
    pub(super) deadline: Deadline,
    /// All of it.
    whole: Option<Duration>,
    /// Nobody has waited yet.
    is_whole: bool,
}

impl Span {
    /// Begins now.
    pub(super) fn new(timeout: Option<Duration>) -> Self {
        Self { deadline: Deadline::after(timeout), whole: timeout, is_whole: true }
    }

    /// Has begun before.
    pub(super) fn until(deadline: Deadline) -> Self {
        Self { deadline, whole: None, is_whole: false }
    }

    /// Returns what is left, or `TimedOut`. The first time that is all of it, and no look at the
    /// clock.
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
/// It is set while no lock is held, for that is a program's code. Where two threads do so at once,
/// nobody knows what came of it, and it is set again before it counts.
pub(crate) struct Timeout {
    /// What a single call is to be bounded by.
    pub(super) wanted: Option<Duration>,
    /// What the socket has, if `is_known`.
    has: Option<Duration>,
    is_known: bool,
    changes: u64,
}

/// A change under way.
#[derive(Clone, Copy)]
pub(crate) struct Change(u64);

impl Timeout {
    /// None, as far as anybody knows: one that was set below TLS stays.
    pub(super) fn new() -> Self {
        Self { wanted: None, has: None, is_known: true, changes: 0 }
    }

    /// Returns `true` if the socket need not be told.
    pub(super) fn suits(&self, wait: Option<Duration>) -> bool {
        self.is_known
            && match (self.has, wait) {
                (None, None) => true,
                (Some(has), Some(wait)) => has.abs_diff(wait) <= SAME,
                (None, Some(_)) | (Some(_), None) => false,
            }
    }

    /// Notes that the socket is being told; until that is over, what it has is not known.
    pub(super) fn begin(&mut self) -> Change {
        self.is_known = false;
        self.changes += 1;
        Change(self.changes)
    }

    /// Notes what the socket was told.
    pub(super) fn end(&mut self, change: Change, has: Option<Duration>) {
        self.has = has;
        self.is_known = self.changes == change.0;
        // Whoever is still at it may have been the last one, or not.
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
