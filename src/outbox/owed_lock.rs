//! The [`Slot`] as all threads of a connection use it: behind a lock, with a sign outside that tells
//! whether there is any need to look inside.
//!
//! A sender comes by here with each message, and there is hardly ever anything for it.

use std::ops::{Deref, DerefMut};

use super::owed::Slot;
use super::terms::Paid;
use crate::process::{Guard, Lock, Sign};

/// What is owed on a connection, for all its threads.
#[derive(Debug)]
pub(crate) struct Account {
    slot: Lock<Slot>,
    /// That of [`Slot::is_settled`] when it was last changed.
    is_settled: Sign,
}

/// The slot while it is changed.
pub(crate) struct Open<'a> {
    slot: Guard<'a, Slot>,
    is_settled: &'a Sign,
}

/// How the reader settled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settled {
    pub(crate) paid: Paid,
    /// The queue is empty, and larger than small messages need.
    pub(crate) holds_much: bool,
}

impl Account {
    pub(crate) fn new() -> Self {
        Self { slot: Lock::default(), is_settled: Sign::new(true) }
    }

    /// Lets the slot be looked at. Waits for its turn, which is never long.
    pub(crate) fn look(&self) -> impl Deref<Target = Slot> {
        self.slot.lock()
    }

    /// Lets the slot be changed. Waits for its turn, which is never long.
    pub(crate) fn open(&self) -> Open<'_> {
        Open { slot: self.slot.lock(), is_settled: &self.is_settled }
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

impl Deref for Open<'_> {
    type Target = Slot;

    fn deref(&self) -> &Slot {
        &self.slot
    }
}

impl DerefMut for Open<'_> {
    fn deref_mut(&mut self) -> &mut Slot {
        &mut self.slot
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.is_settled.set(self.slot.is_settled());
    }
}
