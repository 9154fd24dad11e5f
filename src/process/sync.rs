//! The mutex of the outbox and of what is delivered through it, and a flag and a condition variable
//! beside it, so that the model checker `loom` can stand in for them.
//!
//! The mutex is fair in the end: a thread that takes it again and again lets one that waits have it
//! after half a millisecond. It knows no poison. Streams are the user's and may panic while it is
//! held: what that leaves behind is a writer that is broken for good.

#[cfg(loom)]
use loom::sync::atomic::{AtomicBool, Ordering};
use std::sync::PoisonError;
#[cfg(not(loom))]
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sys::{Condvar, Mutex, MutexGuard};

/// The mutexes as they are where the program runs.
#[cfg(not(loom))]
mod sys {
    pub(super) use parking_lot::{Condvar, Mutex, MutexGuard};
    use std::time::Duration;

    pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock()
    }

    pub(super) fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
        mutex.try_lock()
    }

    pub(super) fn lock_within<T>(mutex: &Mutex<T>, most: Duration) -> Option<MutexGuard<'_, T>> {
        mutex.try_lock_for(most)
    }

    pub(super) fn wait<'a, T>(
        condvar: &Condvar,
        mut guard: MutexGuard<'a, T>,
    ) -> MutexGuard<'a, T> {
        condvar.wait(&mut guard);
        guard
    }
}

/// Those of the model checker, which knows no time.
#[cfg(loom)]
mod sys {
    pub(super) use loom::sync::{Condvar, Mutex, MutexGuard};
    use std::sync::PoisonError;
    use std::time::Duration;

    pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
        mutex.try_lock().ok()
    }

    pub(super) fn lock_within<T>(mutex: &Mutex<T>, _: Duration) -> Option<MutexGuard<'_, T>> {
        Some(lock(mutex))
    }

    pub(super) fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        condvar.wait(guard).unwrap_or_else(PoisonError::into_inner)
    }
}

/// Locks a mutex of std's, whatever its poison says: nothing panics while such a lock is held.
pub(crate) fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

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
        sys::lock(&self.0)
    }

    /// `None` where another thread has it.
    pub(crate) fn try_lock(&self) -> Option<Guard<'_, T>> {
        sys::try_lock(&self.0)
    }

    /// Waits for its turn; `None` where that takes longer than `most`.
    pub(crate) fn lock_within(&self, most: Duration) -> Option<Guard<'_, T>> {
        sys::lock_within(&self.0, most)
    }
}

/// Where threads wait for a change of what a lock guards.
#[derive(Debug, Default)]
pub(crate) struct Change(Condvar);

impl Change {
    /// Gives the lock back until a change is told; at times it returns without one.
    pub(crate) fn wait<'a, T>(&self, guard: Guard<'a, T>) -> Guard<'a, T> {
        sys::wait(&self.0, guard)
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
