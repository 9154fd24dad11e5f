//! The mutex of the outbox and of what is delivered through it, and a flag and a condition variable
//! beside it, so that the model checker `loom` can stand in for std's.
//!
//! A poisoned lock is used on: nothing panics while one is held, but a stream of the user's, and
//! what that leaves behind is whole frames or a writer that is marked broken.

use std::sync::{PoisonError, TryLockError};

#[cfg(loom)]
use loom::sync::{
    Condvar, Mutex, MutexGuard,
    atomic::{AtomicBool, Ordering},
};
#[cfg(not(loom))]
use std::sync::{
    Condvar, Mutex, MutexGuard,
    atomic::{AtomicBool, Ordering},
};

/// A value that one thread at a time may use.
#[derive(Debug, Default)]
pub(crate) struct Lock<T>(Mutex<T>);

pub(crate) type Guard<'a, T> = MutexGuard<'a, T>;

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Waits for its turn.
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` where another thread has it.
    pub(crate) fn try_lock(&self) -> Option<Guard<'_, T>> {
        match self.0.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// Where threads wait for a change of what a lock guards.
#[derive(Debug, Default)]
pub(crate) struct Change(Condvar);

impl Change {
    /// Gives the lock back until a change is told; at times it returns without one.
    pub(crate) fn wait<'a, T>(&self, guard: Guard<'a, T>) -> Guard<'a, T> {
        self.0.wait(guard).unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tell(&self) {
        self.0.notify_all();
    }
}

/// A flag of which a thread that [`read`](Self::read)s it learns all that was done before it was
/// [`set`](Self::set), and the other way round: who sets it after it was read learns what was done
/// before that. For this, both exchange its value; a plain load may come too early.
#[derive(Debug)]
pub(crate) struct Sign(AtomicBool);

impl Sign {
    pub(crate) fn new(value: bool) -> Self {
        Self(AtomicBool::new(value))
    }

    pub(crate) fn set(&self, value: bool) {
        self.0.swap(value, Ordering::AcqRel);
    }

    pub(crate) fn read(&self) -> bool {
        self.0.compare_exchange(true, true, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// The value as this thread knows it; others may have set it meanwhile.
    pub(crate) fn peek(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
