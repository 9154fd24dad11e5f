//! The allocation of a message that was only lent, for the next one.
//!
//! A large one saves the system from finding the same memory again for each message, which costs
//! more than all else about it. It is kept while large messages come, and takes nothing from the
//! budget meanwhile, so that no other message is refused for it.

use super::budget::{Budget, Grant};
use super::message::Message;

/// Up to this size a message takes nothing from the budget: each connection has that much anyway.
pub(crate) const FREE: usize = 64 << 10;
/// A large allocation goes after so many reads without a large message.
pub(crate) const PATIENCE: u32 = 100;
/// A message that is this many times smaller than its allocation does not need it.
const WASTE: usize = 4;

/// An allocation for a message, and what that takes from the budget.
#[derive(Debug, Default)]
pub(crate) struct Allocation {
    pub(crate) bytes: Vec<u8>,
    pub(crate) grant: Grant,
}

/// Where a connection keeps one.
#[derive(Debug, Default)]
pub(crate) struct Allocations {
    /// Where the memory of messages comes from, if there is a bound.
    budget: Option<&'static dyn Budget>,
    /// Where that of large ones that wait comes from, if they are kept.
    spare: Option<&'static dyn Budget>,
    kept: Option<Allocation>,
    /// Reads since it is kept.
    reads: u32,
}

impl Allocation {
    fn size(&self) -> usize {
        self.bytes.capacity()
    }

    fn is_large(&self) -> bool {
        self.size() > FREE
    }
}

impl Allocations {
    /// Takes the memory of messages from a budget from now on.
    pub(crate) fn set_budget(&mut self, budget: &'static dyn Budget) {
        self.budget = Some(budget);
    }

    /// Keeps large ones from now on, as far as `spare` has room for them.
    pub(crate) fn keep_large(&mut self, spare: &'static dyn Budget) {
        self.spare = Some(spare);
    }

    /// Whether large ones are kept.
    pub(crate) fn keeps_large(&self) -> bool {
        self.spare.is_some()
    }

    /// Allocation for a message, of whatever size.
    pub(crate) fn take(&mut self) -> Allocation {
        let mut grant = Grant::new(self.budget);
        let kept = self.kept.take();
        let fits =
            |allocation: &Allocation| !allocation.is_large() || grant.cover(allocation.size());
        let bytes = kept.filter(fits).map_or_else(Vec::new, |allocation| allocation.bytes);
        Allocation { bytes, grant }
    }

    /// Keeps that of a message that nobody needs any more.
    pub(crate) fn keep(&mut self, message: Message) {
        let fits = fits_allocation(&message);
        let mut allocation =
            Allocation { bytes: message.into_bytes(), grant: Grant::new(self.spare) };
        let keeps = !allocation.is_large()
            || self.keeps_large() && fits && allocation.grant.cover(allocation.bytes.capacity());
        (self.kept, self.reads) = (keeps.then_some(allocation), 0);
    }

    /// Counts a read.
    pub(crate) fn note_read(&mut self) {
        self.reads += 1;
        if self.reads >= PATIENCE {
            self.reads = 0;
            self.kept.take_if(|allocation| allocation.is_large());
        }
    }

    /// Returns `true` if a large one is kept.
    pub(crate) fn has_large(&self) -> bool {
        self.kept.as_ref().is_some_and(Allocation::is_large)
    }

    /// Gives it back.
    pub(crate) fn rest(&mut self) {
        self.kept = None;
    }

    /// The size of the one that is kept.
    #[cfg(test)]
    pub(crate) fn kept(&self) -> usize {
        self.kept.as_ref().map_or(0, Allocation::size)
    }
}

/// Returns `true` if a message needs its allocation: it may be that of a larger one before.
pub(crate) fn fits_allocation(message: &Message) -> bool {
    let (len, capacity) = match message {
        Message::Text(text) => (text.len(), text.capacity()),
        Message::Binary(bytes) => (bytes.len(), bytes.capacity()),
    };
    capacity <= FREE || capacity / WASTE <= len
}
