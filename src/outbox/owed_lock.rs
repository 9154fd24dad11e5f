//! [`OwedLock`]: [`Owed`] behind a lock, and outside the lock a flag that says whether anything is
//! owed.
//!
//! Each message that is sent looks at the flag. Something is owed so rarely that the lock is seldom
//! taken.

use std::ops::{Deref, DerefMut};

use super::owed::Owed;
use super::writer::Progress;
use crate::process::{Guard, Lock, Sign};

/// What is owed on a connection, for all its threads.
#[derive(Debug)]
pub(crate) struct OwedLock {
    owed: Lock<Owed>,
    /// The flag: [`Owed::is_settled`] after the last change.
    is_settled: Sign,
}

/// Gives access for a change. Its drop updates the flag.
pub(crate) struct OwedGuard<'a> {
    guard: Guard<'a, Owed>,
    is_settled: &'a Sign,
}

/// The result of `Out::settle_all`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settled {
    pub(crate) paid: Progress,
    /// The writer's buffer is empty, and larger than small messages need.
    pub(crate) holds_much: bool,
}

impl OwedLock {
    pub(crate) fn new() -> Self {
        Self { owed: Lock::default(), is_settled: Sign::new(true) }
    }

    /// Locks [`Owed`] for reading. The wait is short: no thread holds this lock for long.
    pub(crate) fn look(&self) -> impl Deref<Target = Owed> {
        self.owed.lock()
    }

    /// Locks [`Owed`] for a change. The wait is short: no thread holds this lock for long.
    pub(crate) fn open(&self) -> OwedGuard<'_> {
        OwedGuard { guard: self.owed.lock(), is_settled: &self.is_settled }
    }

    /// Returns `true` if nothing is owed and a message may follow. This thread may not see yet what
    /// another has just changed.
    pub(crate) fn seems_settled(&self) -> bool {
        self.is_settled.peek()
    }

    /// Returns `true` if nothing is owed and a message may follow, with a guarantee: if A publishes
    /// a debt and then fails `try_lock`, the holder B, which checks after unlocking, is guaranteed
    /// to see it.
    pub(crate) fn is_settled(&self) -> bool {
        self.is_settled.read()
    }
}

impl Deref for OwedGuard<'_> {
    type Target = Owed;

    fn deref(&self) -> &Owed {
        &self.guard
    }
}

impl DerefMut for OwedGuard<'_> {
    fn deref_mut(&mut self) -> &mut Owed {
        &mut self.guard
    }
}

impl Drop for OwedGuard<'_> {
    fn drop(&mut self) {
        self.is_settled.set(self.guard.is_settled());
    }
}
