//! The [`Owed`] as all threads of a connection use it: behind a lock, with a sign outside that tells
//! whether there is any need to look inside.
//!
//! A sender comes by here with each message, and there is hardly ever anything for it.

use std::ops::{Deref, DerefMut};

use super::owed::Owed;
use super::writer::Progress;
use crate::process::{Guard, Lock, Sign};

/// What is owed on a connection, for all its threads.
#[derive(Debug)]
pub(crate) struct OwedLock {
    owed: Lock<Owed>,
    /// That of [`Owed::is_settled`] when it was last changed.
    is_settled: Sign,
}

/// The owed while it is changed.
pub(crate) struct OwedGuard<'a> {
    guard: Guard<'a, Owed>,
    is_settled: &'a Sign,
}

/// How the reader settled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settled {
    pub(crate) paid: Progress,
    /// The queue is empty, and larger than small messages need.
    pub(crate) holds_much: bool,
}

impl OwedLock {
    pub(crate) fn new() -> Self {
        Self { owed: Lock::default(), is_settled: Sign::new(true) }
    }

    /// Lets the owed be looked at. Waits for its turn, which is never long.
    pub(crate) fn look(&self) -> impl Deref<Target = Owed> {
        self.owed.lock()
    }

    /// Lets the owed be changed. Waits for its turn, which is never long.
    pub(crate) fn open(&self) -> OwedGuard<'_> {
        OwedGuard { guard: self.owed.lock(), is_settled: &self.is_settled }
    }

    /// Returns `true` if nothing is owed and a message may follow, as far as this thread knows.
    pub(crate) fn seems_settled(&self) -> bool {
        self.is_settled.peek()
    }

    /// Returns the same, and for certain in this sense: of a thread that leaves something here and then
    /// finds a lock taken, and another that gives the lock back and then comes by, the latter sees it.
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
