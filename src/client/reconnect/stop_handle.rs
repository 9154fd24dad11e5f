//! [`StopHandle`]: a wait that another thread can end.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::io::Deadline;
use crate::process::lock;

/// Stops a [`Reconnecting`](crate::Reconnecting) from any thread; see
/// [`Reconnecting::stop_handle`](crate::Reconnecting::stop_handle).
#[derive(Clone, Debug, Default)]
pub struct StopHandle(Arc<Stop>);

#[derive(Debug, Default)]
struct Stop {
    stopped: Mutex<bool>,
    /// Told when that becomes true.
    told: Condvar,
}

impl StopHandle {
    /// Ends the connections, once and for all: the next item is `None`.
    ///
    /// Never blocks. A wait ends at once, an attempt that is being made when it fails or succeeds. A
    /// connection that is open stays as it is: [`Sender::close`](crate::Sender::close) ends it.
    pub fn stop(&self) {
        *self.lock() = true;
        self.0.told.notify_all();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        *self.lock()
    }

    /// Waits for the deadline or for [`stop`](Self::stop), whichever comes first.
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
