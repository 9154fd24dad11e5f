//! [`StopHandle`]: a wait that another thread can end.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::io::Deadline;
use crate::process::lock;

/// Stops a [`Reconnecting`](crate::Reconnecting) from any thread. See
/// [`Reconnecting::stop_handle`](crate::Reconnecting::stop_handle) for an example.
#[derive(Clone, Debug, Default)]
pub struct StopHandle(Arc<Stop>);

#[derive(Debug, Default)]
struct Stop {
    stopped: Mutex<bool>,
    /// Notified when `stopped` becomes true.
    told: Condvar,
}

impl StopHandle {
    /// Stops the iterator for good: its next item is `None`.
    ///
    /// Never blocks. A wait ends at once. An attempt that is being made still runs until it fails
    /// or succeeds. An open connection stays open; [`Sender::close`](crate::Sender::close) closes
    /// it. See [`Reconnecting::stop_handle`](crate::Reconnecting::stop_handle) for an example.
    pub fn stop(&self) {
        *self.lock() = true;
        self.0.told.notify_all();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        *self.lock()
    }

    /// Waits until the deadline or until [`stop`](Self::stop) is called.
    pub(crate) fn wait(&self, deadline: Deadline) {
        let mut stopped = self.lock();
        while !*stopped && !deadline.has_passed() {
            stopped = deadline.wait(&self.0.told, stopped);
        }
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        lock(&self.0.stopped)
    }
}
