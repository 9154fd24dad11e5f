//! Memory that a message under way takes, counted against a budget that others share.
//!
//! The core knows no process and no lock, so the budget itself is the shell's.

use std::fmt;

/// Where memory comes from, and where it goes back.
pub(crate) trait Budget: fmt::Debug + Sync {
    /// Takes `bytes` more, and returns `true` if there was room for them.
    fn take(&self, bytes: usize) -> bool;
    fn give_back(&self, bytes: usize);
}

/// What was taken for one message; given back when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Grant {
    budget: Option<&'static dyn Budget>,
    bytes: usize,
}

impl Grant {
    /// Nothing yet. Without a budget there is no end of it.
    pub(crate) fn new(budget: Option<&'static dyn Budget>) -> Self {
        Self { budget, bytes: 0 }
    }

    /// Takes what is missing to `bytes`; tells whether that was there.
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
}

impl Drop for Grant {
    fn drop(&mut self) {
        if let Some(budget) = self.budget.filter(|_| self.bytes > 0) {
            budget.give_back(self.bytes);
        }
    }
}
