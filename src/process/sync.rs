//! The outbox's mutex, condition variable and flag, in a form that the model checker `loom` can
//! replace. Hubs use them too.
//!
//! The mutex is fair in the end: if one thread takes it again and again, a thread that waits gets
//! it after half a millisecond. It is never poisoned. A user's stream may panic while the mutex is
//! held; that leaves a writer that is broken for good.

#[cfg(loom)]
use loom::sync::atomic::{AtomicBool, Ordering};
use std::sync::PoisonError;
#[cfg(not(loom))]
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sys::{Condvar, Mutex, MutexGuard};

/// The locks of a normal build.
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

    pub(super) fn wait_within<'a, T>(
        condvar: &Condvar,
        mut guard: MutexGuard<'a, T>,
        most: Duration,
    ) -> MutexGuard<'a, T> {
        condvar.wait_for(&mut guard, most);
        guard
    }
}

/// The locks of the model checker, which has no clock.
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

    pub(super) fn wait_within<'a, T>(
        condvar: &Condvar,
        guard: MutexGuard<'a, T>,
        _: Duration,
    ) -> MutexGuard<'a, T> {
        wait(condvar, guard)
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

    /// Waits until no other thread has the value.
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        sys::lock(&self.0)
    }

    /// Returns `None` if another thread has the value.
    pub(crate) fn try_lock(&self) -> Option<Guard<'_, T>> {
        sys::try_lock(&self.0)
    }

    /// Waits until no other thread has the value. Returns `None` if that takes longer than `most`.
    pub(crate) fn lock_within(&self, most: Duration) -> Option<Guard<'_, T>> {
        sys::lock_within(&self.0, most)
    }
}

/// A condition variable for the value of a [`Lock`].
#[derive(Debug, Default)]
pub(crate) struct Change(Condvar);

impl Change {
    /// Releases the lock and waits for [`tell`](Self::tell). It may return earlier (spuriously).
    pub(crate) fn wait<'a, T>(&self, guard: Guard<'a, T>) -> Guard<'a, T> {
        sys::wait(&self.0, guard)
    }

    /// Like [`wait`](Self::wait), but returns after `most` at the latest; with `None`, without
    /// limit.
    pub(crate) fn wait_within<'a, T>(
        &self,
        guard: Guard<'a, T>,
        most: Option<Duration>,
    ) -> Guard<'a, T> {
        match most {
            Some(most) => sys::wait_within(&self.0, guard, most),
            None => self.wait(guard),
        }
    }

    pub(crate) fn tell(&self) {
        self.0.notify_all();
    }
}

/// A flag that orders memory in both directions:
///
/// * A thread whose [`read`](Self::read) comes after a [`set`](Self::set) sees all that the setting
///   thread did before.
/// * A thread whose `set` comes after a `read` sees all that the reading thread did before.
///
/// For this, both exchange the value. A plain load may see an older value.
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

    /// Returns the value that this thread knows. Another thread may have set it since.
    pub(crate) fn peek(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
