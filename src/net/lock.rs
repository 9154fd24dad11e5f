//! The mutex of the outbox and of what is delivered through it, so that the model checker `loom`
//! can stand in for std's.
//!
//! A poisoned lock is used on: nothing panics while one is held, but a stream of the user's, and
//! what that leaves behind is whole frames or a writer that is marked broken.

use std::sync::{PoisonError, TryLockError};

#[cfg(loom)]
use loom::sync::{Mutex, MutexGuard};
#[cfg(not(loom))]
use std::sync::{Mutex, MutexGuard};

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
