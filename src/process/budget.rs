//! How much the connections of this process may buffer together.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::proto::bytes::Budget;

/// The limit of [`set_max_buffered`].
pub(crate) static BUDGET: Process = Process::new(1 << 30);
/// The limit of spare memory: what is kept for the next large message, and what busy connections
/// have beyond small buffers. No message is refused because of it.
pub(crate) static SPARE: Process = Process::new((1 << 30) / PARTS);

/// The limit of [`SPARE`] is that of [`BUDGET`] divided by this.
const PARTS: usize = 4;

#[derive(Debug)]
pub(crate) struct Process {
    most: AtomicUsize,
    taken: AtomicUsize,
}

/// Limits the bytes that all connections of this process buffer together; 1 GiB by default.
///
/// These count:
///
/// * A message that is arriving or [lent](crate::WebSocket::recv_ref), from 64 KiB on. A compressed
///   message counts with its inflated size.
/// * A message in the queues of a [`Hub`](crate::Hub). It counts once for all members, and once
///   more for each way in which it is compressed. While a member's own frame is written, it counts
///   once more if the member is a client or compresses with takeover.
///
/// * A message that waits in [`Events`](crate::Events).
///
/// A message that would exceed the limit is refused: a peer gets Close 1013 (try again later), and
/// [`Hub::broadcast`](crate::Hub::broadcast) fails with [`Error::Full`](crate::Error::Full). Events
/// then hold one message of each connection, and read no more of it.
/// Messages that are buffered already stay when the limit is lowered.
///
/// Two kinds of memory do not count, and are together at most a quarter of the limit:
///
/// * Servers and clients keep the memory of large lent messages for the next message. It is freed
///   when a hundred reads have brought no other large message.
/// * The two buffers of a busy connection grow from 64 KiB to 260 KiB. They shrink when little is
///   received or sent.
///
/// Both are freed when nothing has arrived for a second. Freed memory goes to the allocator, which
/// may keep it for the process.
///
/// The limits of a single connection are
/// [`set_max_message_size`](crate::WebSocket::set_max_message_size) and
/// [`Hub::max_queued_bytes`](crate::Hub::max_queued_bytes).
///
/// ```
/// blocking_ws::set_max_buffered(256 << 20);
/// ```
pub fn set_max_buffered(bytes: usize) {
    BUDGET.most.store(bytes, Ordering::Relaxed);
    SPARE.most.store(bytes / PARTS, Ordering::Relaxed);
}

/// Returns how many bytes count against [`set_max_buffered`] at this moment.
///
/// ```
/// println!("{} bytes are buffered", blocking_ws::buffered());
/// ```
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
    use crate::proto::bytes::Grant;

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
