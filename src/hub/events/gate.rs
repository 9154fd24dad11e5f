//! [`Gate`]: where a connection's thread waits for room.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::process::lock;

/// Where one thread waits for room, until the program makes some, or waiting has no use any more.
#[derive(Debug, Default)]
pub(super) struct Gate {
    way: Mutex<Way>,
    opened: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Way {
    #[default]
    Open,
    Shut,
    /// It cannot be shut any more.
    OpenForGood,
}

impl Gate {
    /// Makes the next [`wait`](Self::wait) wait.
    pub(super) fn shut(&self) {
        let mut way = lock(&self.way);
        if *way == Way::Open {
            *way = Way::Shut;
        }
    }

    /// Lets the thread go on.
    pub(super) fn open(&self) {
        let mut way = lock(&self.way);
        if *way == Way::Shut {
            *way = Way::Open;
            self.opened.notify_one();
        }
    }

    /// Lets the thread go on, now and always.
    pub(super) fn open_for_good(&self) {
        *lock(&self.way) = Way::OpenForGood;
        self.opened.notify_one();
    }

    /// Waits while the gate is shut. Returns `false` if it is open for good.
    pub(super) fn wait(&self) -> bool {
        let is_shut = |way: &mut Way| *way == Way::Shut;
        let way = self.opened.wait_while(lock(&self.way), is_shut);
        *way.unwrap_or_else(PoisonError::into_inner) == Way::Open
    }

    /// Waits while the gate is shut, for `most` at most, and opens it then.
    pub(super) fn wait_at_most(&self, most: Duration) {
        let is_shut = |way: &mut Way| *way == Way::Shut;
        let waited = self.opened.wait_timeout_while(lock(&self.way), most, is_shut);
        let (mut way, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if *way == Way::Shut {
            *way = Way::Open;
        }
    }
}
