//! The allocation of a message that was only lent, for the next one.
//!
//! A large one saves the system from finding the same memory again for each message, which costs
//! more than all else about it. It is kept only as long as large messages come.

use super::budget::{Budget, Grant};
use super::message::Message;

/// Up to this size a message takes nothing from the budget: each connection has that much anyway.
pub(crate) const FREE: usize = 64 << 10;
/// A large allocation goes after so many reads without a large message.
pub(crate) const PATIENCE: u32 = 1000;
/// A message that is this many times smaller than its allocation does not need it.
const FACTOR: usize = 4;

/// An allocation, and what it takes from the budget.
#[derive(Debug, Default)]
pub(crate) struct Room {
    pub(crate) bytes: Vec<u8>,
    pub(crate) grant: Grant,
}

/// Where a connection keeps it.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    /// Where there is one for the memory of messages.
    budget: Option<&'static dyn Budget>,
    keeps_large: bool,
    kept: Option<Room>,
    /// Reads since it is kept.
    reads: u32,
}

impl Room {
    fn size(&self) -> usize {
        self.bytes.capacity()
    }

    fn is_large(&self) -> bool {
        self.size() > FREE
    }
}

impl Rooms {
    /// Takes the memory of messages from a budget from now on.
    pub(crate) fn set_budget(&mut self, budget: &'static dyn Budget) {
        self.budget = Some(budget);
    }

    /// Keeps large ones from now on.
    pub(crate) fn keep_large(&mut self) {
        self.keeps_large = true;
    }

    /// Whether large ones are kept.
    pub(crate) fn keeps_large(&self) -> bool {
        self.keeps_large
    }

    /// Room for a message, of whatever size.
    pub(crate) fn take(&mut self) -> Room {
        let fresh = || Room { bytes: Vec::new(), grant: Grant::new(self.budget) };
        self.kept.take().unwrap_or_else(fresh)
    }

    /// Keeps that of a message that nobody needs any more.
    pub(crate) fn keep(&mut self, message: Message, grant: Grant) {
        let fits = fits(&message);
        let room = Room { bytes: message.into_bytes(), grant };
        let keeps = !room.is_large() || self.keeps_large && fits && room.grant.is_spare();
        (self.kept, self.reads) = (keeps.then_some(room), 0);
    }

    /// Counts a read.
    pub(crate) fn note_read(&mut self) {
        self.reads += 1;
        if self.reads >= PATIENCE {
            self.reads = 0;
            self.kept.take_if(|room| room.is_large());
        }
    }

    /// Tells whether a large one is kept.
    pub(crate) fn has_large(&self) -> bool {
        self.kept.as_ref().is_some_and(Room::is_large)
    }

    /// Gives it back.
    pub(crate) fn rest(&mut self) {
        self.kept = None;
    }

    /// The size of the one that is kept.
    #[cfg(test)]
    pub(crate) fn kept(&self) -> usize {
        self.kept.as_ref().map_or(0, Room::size)
    }
}

/// Tells whether a message needs its allocation: it may be that of a larger one before.
pub(crate) fn fits(message: &Message) -> bool {
    let (len, capacity) = match message {
        Message::Text(text) => (text.len(), text.capacity()),
        Message::Binary(bytes) => (bytes.len(), bytes.capacity()),
    };
    capacity <= FREE || capacity / FACTOR <= len
}
