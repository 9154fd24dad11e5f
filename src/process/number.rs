//! The numbers of connections.

use std::sync::atomic::{AtomicU64, Ordering};

static LAST: AtomicU64 = AtomicU64::new(0);

/// Returns a number that no other connection of this process has. The first is 1.
pub(crate) fn next_number() -> u64 {
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}
