//! The allocation of a lent message, kept for the next message.
//!
//! If a large allocation is kept, the system need not find the same memory again for each message,
//! which costs more than all other work on the message. The allocation is kept while large messages
//! arrive. Meanwhile it takes nothing from the budget, so that no other message is refused because
//! of it.

use super::assembled::Assembled;
use crate::proto::bytes::{Budget, FREE, Grant};

/// A large allocation is freed after this many reads without a large message.
pub(crate) const KEPT_FOR_READS: u32 = 100;

/// Memory for a message, and what that takes from the budget.
#[derive(Debug, Default)]
pub(crate) struct Allocation {
    pub(crate) bytes: Vec<u8>,
    pub(crate) grant: Grant,
}

/// The allocations of one connection.
#[derive(Debug, Default)]
pub(crate) struct Allocations {
    /// The budget for the memory of messages, if there is a limit.
    budget: Option<&'static dyn Budget>,
    /// The budget for large allocations that are kept for the next message, if they are kept.
    spare: Option<&'static dyn Budget>,
    kept: Option<Allocation>,
    /// Reads since `kept` was set.
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

    /// Keeps large allocations from now on, as far as `spare` allows.
    pub(crate) fn keep_large(&mut self, spare: &'static dyn Budget) {
        self.spare = Some(spare);
    }

    /// Returns `true` if large allocations are kept.
    pub(crate) fn keeps_large(&self) -> bool {
        self.spare.is_some()
    }

    /// Returns an allocation for the next message, whose size may be known. The kept allocation is
    /// left for another message if it is much too large for this message.
    pub(crate) fn take(&mut self, size: Option<u64>) -> Allocation {
        let mut grant = Grant::new(self.budget);
        let is_small = size.is_some_and(|size| size <= FREE as u64);
        let kept = if is_small && self.has_large() { None } else { self.kept.take() };
        let fits =
            |allocation: &Allocation| !allocation.is_large() || grant.cover(allocation.size());
        let bytes = kept.filter(fits).map_or_else(Vec::new, |allocation| allocation.bytes);
        Allocation { bytes, grant }
    }

    /// Keeps the allocation of a message that is no longer needed.
    pub(crate) fn keep(&mut self, message: Assembled) {
        let fits = message.fits();
        let mut allocation =
            Allocation { bytes: message.into_memory(), grant: Grant::new(self.spare) };
        let keeps = !allocation.is_large()
            || self.keeps_large() && fits && allocation.grant.cover(allocation.bytes.capacity());
        // A small allocation is found again at no cost.
        if keeps && !allocation.is_large() && self.has_large() {
            return;
        }
        (self.kept, self.reads) = (keeps.then_some(allocation), 0);
    }

    /// Counts a read.
    pub(crate) fn note_read(&mut self) {
        self.reads += 1;
        if self.reads >= KEPT_FOR_READS {
            self.reads = 0;
            self.kept.take_if(|allocation| allocation.is_large());
        }
    }

    /// Returns `true` if a large allocation is kept.
    pub(crate) fn has_large(&self) -> bool {
        self.kept.as_ref().is_some_and(Allocation::is_large)
    }

    /// Frees the kept allocation.
    pub(crate) fn rest(&mut self) {
        self.kept = None;
    }

    /// The size of the kept allocation.
    #[cfg(test)]
    pub(crate) fn kept(&self) -> usize {
        self.kept.as_ref().map_or(0, Allocation::size)
    }
}
