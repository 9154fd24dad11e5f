//! [`StreamGate`]: where senders wait for the end of a streamed message.
//!
//! ```text
//! Free --begin--> Taken --end--> Free
//! Free, Taken --close--> Over
//! ```

use crate::process::{Change, Lock};

/// Whether a streamed message is under way. Senders of other messages wait here for its end.
#[derive(Debug, Default)]
pub(crate) struct StreamGate {
    state: Lock<Gate>,
    changed: Change,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Gate {
    #[default]
    Free,
    Taken,
    /// No message can follow any more.
    Over,
}

impl StreamGate {
    /// Notes that a streamed message is under way.
    pub(crate) fn begin(&self) {
        self.change(|state| if state == Gate::Over { state } else { Gate::Taken });
    }

    /// Notes that the streamed message has ended.
    pub(crate) fn end(&self) {
        self.change(|state| if state == Gate::Over { state } else { Gate::Free });
    }

    /// Wakes all threads that wait, and lets none wait again.
    pub(crate) fn close(&self) {
        self.change(|_| Gate::Over);
    }

    fn change(&self, next: impl FnOnce(Gate) -> Gate) {
        let mut state = self.state.lock();
        *state = next(*state);
        drop(state);
        self.changed.tell();
    }

    /// Waits for the end of a message that is under way. Returns `false` if no other may follow.
    pub(crate) fn wait(&self) -> bool {
        let mut state = self.state.lock();
        while *state == Gate::Taken {
            state = self.changed.wait(state);
        }
        *state == Gate::Free
    }
}
