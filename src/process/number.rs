//! The numbers of connections, and how a line of the log begins with one.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

static LAST: AtomicU64 = AtomicU64::new(0);

/// Returns a number that no other connection of this process has. The first is 1.
pub(crate) fn next_number() -> u64 {
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// The beginning of a line about a connection: its number and a space, or nothing if the number is
/// not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Numbered(pub(crate) Option<u64>);

impl From<u64> for Numbered {
    fn from(id: u64) -> Self {
        Self(Some(id))
    }
}

impl fmt::Display for Numbered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |id| write!(f, "#{id} "))
    }
}
