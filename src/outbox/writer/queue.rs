//! [`MessageQueue`]: what waits for one member of a hub, and how much may wait.

use std::collections::VecDeque;
use std::sync::Arc;

use super::prepared_message::PreparedMessage;
use crate::proto::close::CloseFrame;

/// How much may wait for one member.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

impl Bounds {
    /// One message may always wait, however large.
    pub(crate) fn allow(&self, messages: usize, bytes: usize) -> bool {
        messages <= 1 || messages <= self.messages && bytes <= self.bytes
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Excused {
    messages: usize,
    bytes: usize,
}

impl Excused {
    fn add(&mut self, message: &PreparedMessage) {
        self.messages += 1;
        self.bytes += message.payload().len();
    }
}

/// The queue of one member.
#[derive(Debug, Default)]
pub(crate) struct MessageQueue {
    messages: VecDeque<Arc<PreparedMessage>>,
    /// The size of their payloads together.
    bytes: usize,
    /// Messages that exceeded the bounds while this side held the queue back. They do not count
    /// against the bounds as long as they wait.
    excused: Excused,
    /// How many messages that no hub sent had [ended](super::watch::Watch::ended) when a writer
    /// last took messages out, or found none.
    pub(crate) delivered_after: u64,
    /// A thread delivers the queue, or will.
    pub(crate) is_due: bool,
    /// The queue takes no more messages, and has none.
    is_closed: bool,
    /// The queue takes no more messages, and this frame follows the last one.
    farewell: Option<CloseFrame>,
    /// The seat is dropped: the connection itself takes care of unsent data.
    pub(crate) is_left: bool,
}

impl MessageQueue {
    /// Returns `true` if `message` has room.
    pub(crate) fn has_room(&self, message: &PreparedMessage, bounds: &Bounds) -> bool {
        let bytes = self.bytes.saturating_add(message.payload().len());
        let Excused { messages, bytes: excused } = self.excused;
        bounds.allow(self.messages.len() + 1 - messages, bytes - excused)
    }

    /// Adds a message that has no room, if the member is not to blame for that.
    pub(crate) fn excuse(&mut self, message: Arc<PreparedMessage>) {
        self.excused.add(&message);
        self.push(message);
    }

    /// Drops the oldest messages until `message` has room. Returns how many.
    pub(crate) fn make_room(&mut self, message: &PreparedMessage, bounds: &Bounds) -> usize {
        let before = self.messages.len();
        while !self.has_room(message, bounds) {
            self.pop();
        }
        before - self.messages.len()
    }

    pub(crate) fn push(&mut self, message: Arc<PreparedMessage>) {
        self.bytes += message.payload().len();
        self.messages.push_back(message);
    }

    /// Takes the oldest message out if its size `fits`.
    pub(crate) fn pop_if(
        &mut self,
        fits: impl FnOnce(usize) -> bool,
    ) -> Option<Arc<PreparedMessage>> {
        let len = self.messages.front()?.payload().len();
        if fits(len) { self.pop() } else { None }
    }

    /// Undoes the last `pop_if`, unless the queue was closed since. The message is excused, because
    /// this side makes it wait.
    pub(crate) fn put_back(&mut self, message: Arc<PreparedMessage>) {
        if !self.is_closed {
            self.bytes += message.payload().len();
            self.excused.add(&message);
            self.messages.push_front(message);
        }
    }

    fn pop(&mut self) -> Option<Arc<PreparedMessage>> {
        let message = self.messages.pop_front()?;
        self.bytes -= message.payload().len();
        // Excused messages are the last ones, so they stay excused until the others are out.
        self.excused.messages = self.excused.messages.min(self.messages.len());
        self.excused.bytes = self.excused.bytes.min(self.bytes);
        Some(message)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Drops what waits, and takes no more messages. Returns the Close frame that was to follow.
    pub(crate) fn close(&mut self) -> Option<CloseFrame> {
        self.messages = VecDeque::new();
        (self.bytes, self.excused) = (0, Excused::default());
        self.is_closed = true;
        self.farewell.take()
    }

    /// Takes no more messages; `farewell` follows what waits.
    pub(crate) fn close_after(&mut self, farewell: CloseFrame) {
        self.farewell = Some(farewell);
    }

    /// Returns the Close frame that is due now, and closes the queue. `None` if there is none, or
    /// if messages still wait.
    pub(crate) fn take_farewell(&mut self) -> Option<CloseFrame> {
        let farewell = if self.is_empty() { self.farewell.take() } else { None };
        self.is_closed |= farewell.is_some();
        farewell
    }

    pub(crate) fn takes_more(&self) -> bool {
        !self.is_closed && self.farewell.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(sizes: &[usize]) -> MessageQueue {
        let mut queue = MessageQueue::default();
        for size in sizes {
            queue.push(message(*size));
        }
        queue
    }

    fn message(size: usize) -> Arc<PreparedMessage> {
        Arc::new(PreparedMessage::new(&vec![0; size]).unwrap())
    }

    #[test]
    fn both_bounds_hold_and_one_message_always_has_room() {
        for (rule, messages, bytes, there, next, room) in [
            ("empty", 0, 0, &[][..], 99, true),
            ("as many as may be", 3, 100, &[1, 1], 1, true),
            ("one too many", 2, 100, &[1, 1], 1, false),
            ("as large as may be", 9, 100, &[50], 50, true),
            ("one byte too many", 9, 100, &[50], 51, false),
            ("empty ones count", 1, 100, &[0], 0, false),
        ] {
            let bounds = Bounds { messages, bytes };
            assert_eq!(queue(there).has_room(&message(next), &bounds), room, "{rule}");
        }
    }

    #[test]
    fn what_is_excused_counts_against_nobody_as_long_as_it_waits() {
        let bounds = Bounds { messages: 2, bytes: 100 };
        let mut queue = queue(&[10, 10]);
        assert!(!queue.has_room(&message(10), &bounds));
        (0..3).for_each(|_| queue.excuse(message(90)));
        assert!(!queue.has_room(&message(10), &bounds), "as full as before");
        queue.pop();
        assert!(queue.has_room(&message(10), &bounds), "one of its own is out");
        queue.pop();
        let first = queue.pop_if(|_| true).unwrap();
        queue.put_back(first);
        assert!(queue.has_room(&message(50), &bounds), "what is put back is excused");
        while queue.pop().is_some() {}
        queue.push(message(10));
        queue.push(message(10));
        assert!(!queue.has_room(&message(10), &bounds), "nothing is left of it");
    }

    #[test]
    fn room_is_made_by_dropping_the_oldest_and_no_more_than_needed() {
        let bounds = Bounds { messages: 3, bytes: 100 };
        for (rule, there, next, dropped, left) in [
            ("there is room", &[1, 2][..], 3, 0, &[1, 2][..]),
            ("one message", &[1, 2, 3], 3, 1, &[2, 3]),
            ("bytes", &[60, 30, 10], 70, 2, &[10]),
            ("all, for a huge one", &[1, 2, 3], 500, 3, &[]),
        ] {
            let mut queue = queue(there);
            assert_eq!(queue.make_room(&message(next), &bounds), dropped, "{rule}");
            assert_eq!(queue.bytes, left.iter().sum::<usize>(), "{rule}");
            let sizes: Vec<_> =
                std::iter::from_fn(|| queue.pop().map(|p| p.payload().len())).collect();
            assert_eq!(sizes, left, "{rule}");
        }
    }
}
