//! Counts memory against a budget that many owners share.
//!
//! `proto` knows no process and no lock, so the budget itself is in `process`.

use std::fmt;

/// Up to this size a message takes nothing from the budget: each connection has that much anyway.
pub(crate) const FREE: usize = 64 << 10;

/// A limit on memory that several owners share.
pub(crate) trait Budget: fmt::Debug + Sync {
    /// Takes `bytes` more. Returns `false`, and takes nothing, if the limit would be exceeded.
    fn take(&self, bytes: usize) -> bool;
    fn give_back(&self, bytes: usize);
}

/// What one owner has taken from a budget. Dropping it gives that back.
#[derive(Debug, Default)]
pub(crate) struct Grant {
    budget: Option<&'static dyn Budget>,
    bytes: usize,
}

impl Grant {
    /// Takes nothing yet. Without a budget there is no limit.
    pub(crate) fn new(budget: Option<&'static dyn Budget>) -> Self {
        Self { budget, bytes: 0 }
    }

    /// Takes what is missing to `bytes`. Returns `true` if the budget had that much.
    #[must_use]
    pub(crate) fn cover(&mut self, bytes: usize) -> bool {
        let missing = bytes.saturating_sub(self.bytes);
        let Some(budget) = self.budget.filter(|_| missing > 0) else { return true };
        if budget.take(missing) {
            self.bytes += missing;
            return true;
        }
        false
    }

    /// Gives all back.
    pub(crate) fn give_back(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        if let Some(budget) = self.budget.filter(|_| bytes > 0) {
            budget.give_back(bytes);
        }
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        self.give_back();
    }
}
