//! [`Queue`]: what is under way in one direction, and when it arrives.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::super::faults::{Ending, after};

/// The most bytes under way, so that a peer that does not read slows the other one down.
const MOST: usize = 1 << 20;

/// The most items under way, which have a cost of their own.
const MOST_ITEMS: usize = 1 << 14;

/// Something that is under way.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    Bytes(Vec<u8>),
    /// The end of the direction.
    End,
    /// The end of the connection, and who wants it.
    Ending(Ending, &'static str),
}

/// What is under way in one direction, in the order in which it arrives.
#[derive(Debug, Default)]
pub(super) struct Queue {
    items: VecDeque<(Instant, Item)>,
    /// How many bytes of the first item have been taken.
    taken: usize,
    bytes: usize,
}

impl Queue {
    /// Sends an item on its way. It arrives after `delay`, but not before those that were sent
    /// earlier. An item without a byte is none.
    pub(super) fn push(&mut self, now: Instant, delay: Duration, item: Item) {
        let due = after(now, delay);
        let due = self.items.back().map_or(due, |(before, _)| due.max(*before));
        if let Item::Bytes(bytes) = &item {
            if bytes.is_empty() {
                return;
            }
            self.bytes += bytes.len();
        }
        self.items.push_back((due, item));
    }

    /// The first item, and when it arrives.
    pub(super) fn first(&self) -> Option<(Instant, &Item)> {
        self.items.front().map(|(due, item)| (*due, item))
    }

    /// The bytes that are left of the first item.
    pub(super) fn bytes(&self) -> &[u8] {
        match self.items.front() {
            Some((_, Item::Bytes(bytes))) => &bytes[self.taken..],
            _ => &[],
        }
    }

    /// Removes `len` bytes of the first item, and the item if nothing is left of it.
    pub(super) fn take(&mut self, len: usize) {
        if let Some((_, Item::Bytes(bytes))) = self.items.front() {
            self.taken += len;
            self.bytes -= len;
            if self.taken < bytes.len() {
                return;
            }
        }
        self.taken = 0;
        self.items.pop_front();
    }

    pub(super) fn has_room(&self) -> bool {
        self.bytes < MOST && self.items.len() < MOST_ITEMS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_stays_and_there_is_a_bound() {
        let mut queue = Queue::default();
        let (now, second) = (Instant::now(), Duration::from_secs(1));
        queue.push(now, second, Item::Bytes(b"abc".to_vec()));
        queue.push(now, Duration::ZERO, Item::Bytes(vec![0; MOST - 3]));
        queue.push(now, second * 2, Item::End);
        assert!(!queue.has_room());
        queue.take(1);
        assert!(queue.has_room());
        assert_eq!(queue.first().map(|(due, _)| due), Some(now + second));
        assert_eq!(queue.bytes(), b"bc");
        queue.take(2);
        assert_eq!(queue.first().map(|(due, _)| due), Some(now + second), "not before the first");
        queue.take(MOST - 3);
        assert_eq!(queue.first(), Some((now + second * 2, &Item::End)));
        queue.take(0);
        assert_eq!(queue.first(), None);
        queue.push(now, Duration::MAX, Item::Bytes(Vec::new()));
        assert_eq!(queue.first(), None, "nothing is no item");
        for _ in 0..MOST_ITEMS {
            assert!(queue.has_room());
            queue.push(now, Duration::MAX, Item::Bytes(vec![0]));
        }
        assert!(!queue.has_room());
        assert!(queue.first().is_some_and(|(due, _)| due > now + second), "it is never due");
    }

    #[test]
    fn something_large_is_taken_byte_by_byte() {
        let mut queue = Queue::default();
        queue.push(Instant::now(), Duration::ZERO, Item::Bytes(vec![0; 1 << 20]));
        for left in (0..1 << 20).rev() {
            queue.take(1);
            assert_eq!(queue.bytes().len(), left);
        }
    }
}
