//! How much the connections of this process may buffer, all together.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::proto::message::Budget;

/// That of the process.
pub(crate) static BUDGET: Process = Process::new(1 << 30);
/// Beside it: for memory that waits for the next large message, and that nobody need be refused for.
pub(crate) static SPARE: Process = Process::new((1 << 30) / PARTS);

/// There is so many times less of that.
const PARTS: usize = 4;

#[derive(Debug)]
pub(crate) struct Process {
    most: AtomicUsize,
    taken: AtomicUsize,
}

/// Bounds the bytes that all connections of this process buffer together; 1 GiB by default.
///
/// Counted are messages that are arriving or [lent](crate::WebSocket::recv_ref), from 64 KiB on and as
/// they are once they are inflated, and messages that wait in the queues of a [`Hub`](crate::Hub): each
/// once for all its members, once more for each way of compressing it, and once more for each member
/// that is a client or compresses with takeover while its own frame is being written. A message that
/// would take more is refused: a peer gets Close 1013 (try again later), and
/// [`Hub::broadcast`](crate::Hub::broadcast) fails with [`Error::Full`](crate::Error::Full).
///
/// Not counted is the memory of large messages that were lent and that servers and clients keep for the
/// next ones: a quarter as much again at most, until nothing has come for a second, or a hundred reads
/// brought no other. What is given back goes to the allocator, which may keep it for the process.
///
/// For a single connection there are
/// [`set_max_message_size`](crate::WebSocket::set_max_message_size) and
/// [`Hub::max_queued_bytes`](crate::Hub::max_queued_bytes). What is buffered already stays where the
/// bound falls below it.
///
/// ```
/// blocking_ws::set_max_buffered(256 << 20);
/// ```
pub fn set_max_buffered(bytes: usize) {
    BUDGET.most.store(bytes, Ordering::Relaxed);
    SPARE.most.store(bytes / PARTS, Ordering::Relaxed);
}

/// Returns how many bytes count against [`set_max_buffered`] now.
#[must_use]
pub fn buffered() -> usize {
    BUDGET.taken.load(Ordering::Relaxed)
}

impl Process {
    const fn new(most: usize) -> Self {
        Self { most: AtomicUsize::new(most), taken: AtomicUsize::new(0) }
    }
}

impl Budget for Process {
    fn take(&self, bytes: usize) -> bool {
        let most = self.most.load(Ordering::Relaxed);
        let enough = |taken: usize| taken.checked_add(bytes).filter(|sum| *sum <= most);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, enough).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.taken.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::message::Grant;

    static SMALL: Process = Process::new(100);

    #[test]
    fn grants_are_taken_once_and_given_back() {
        let taken = || SMALL.taken.load(Ordering::Relaxed);
        let (mut one, mut other) = (Grant::new(Some(&SMALL)), Grant::new(Some(&SMALL)));
        assert!(one.cover(60) && one.cover(60) && one.cover(10));
        assert!(!other.cover(41) && taken() == 60);
        assert!(other.cover(40) && taken() == 100);
        assert!(!one.cover(61) && !one.cover(usize::MAX));
        drop(one);
        assert!(other.cover(100));
        drop(other);
        assert_eq!(taken(), 0);
        assert!(Grant::new(None).cover(usize::MAX));
    }
}
