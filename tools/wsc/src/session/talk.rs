//! [`Talk`]: what the threads of a conversation tell each other.

use std::process;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use blocking_ws::{CloseStatus, Error};

use crate::exit::{Exit, closed_text};
use crate::options::CloseWith;
use crate::terminal::restore;

/// What the threads of a conversation tell each other. No call waits for another thread, except
/// [`wait`](Self::wait).
#[derive(Debug)]
pub(crate) struct Talk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) input: Input,
    /// A message is being printed, which takes as long as the reader of the output likes.
    pub(super) is_printing: bool,
    /// When the last message was printed, or the input ended.
    pub(super) last: Instant,
    pub(super) ended: Option<Ended>,
    pub(super) output: Output,
    /// The person has asked for this Close frame.
    pub(super) asked: Option<CloseWith>,
    /// A signal has come.
    pub(super) is_stopped: bool,
    /// The main thread is in `conduct`, so it sees a signal.
    is_conducted: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Input {
    Open,
    Ended(Instant),
    Failed(String),
}

#[derive(Clone, Debug)]
pub(super) enum Output {
    Well,
    /// Its reader has gone.
    Gone,
    Failed(String),
}

/// How a connection has ended.
#[derive(Debug)]
pub(crate) enum Ended {
    Closed(Option<CloseStatus>),
    Failed(Error),
}

impl Talk {
    pub(crate) fn new() -> Arc<Self> {
        let state = State {
            sent: 0,
            received: 0,
            input: Input::Open,
            is_printing: false,
            last: Instant::now(),
            ended: None,
            output: Output::Well,
            asked: None,
            is_stopped: false,
            is_conducted: false,
        };
        Arc::new(Self { state: Mutex::new(state), changed: Condvar::new() })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Waits until something has changed, for `most` at most.
    pub(super) fn wait<'a>(
        &self,
        state: MutexGuard<'a, State>,
        most: Option<Duration>,
    ) -> MutexGuard<'a, State> {
        match most {
            None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(most) => {
                let waited = self.changed.wait_timeout(state, most);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }

    /// A message was sent.
    pub(crate) fn sent(&self) {
        self.tell(|state| state.sent += 1);
    }

    /// There is no more input.
    pub(crate) fn input_ended(&self) {
        let now = Instant::now();
        self.tell(|state| (state.input, state.last) = (Input::Ended(now), now));
    }

    pub(crate) fn input_failed(&self, why: String) {
        self.tell(|state| state.input = Input::Failed(why));
    }

    /// A message has come, and is printed now. Returns `false` if it must not be: enough messages
    /// were printed.
    pub(crate) fn prints(&self, expected: Option<u64>) -> bool {
        let mut state = self.lock();
        state.is_printing = expected.is_none_or(|expected| state.received < expected);
        state.is_printing
    }

    pub(crate) fn printed(&self) {
        self.tell(|state| {
            state.received += 1;
            state.is_printing = false;
            state.last = Instant::now();
        });
    }

    /// A message has come that is not printed.
    pub(crate) fn received(&self) {
        self.tell(|state| state.received += 1);
    }

    pub(crate) fn output_gone(&self) {
        self.tell(|state| (state.output, state.is_printing) = (Output::Gone, false));
    }

    pub(crate) fn output_failed(&self, why: String) {
        self.tell(|state| (state.output, state.is_printing) = (Output::Failed(why), false));
    }

    pub(super) fn ended(&self, how: Ended) {
        self.tell(|state| (state.ended, state.is_printing) = (Some(how), false));
    }

    /// The person wants to close the connection.
    pub(crate) fn close(&self, with: CloseWith) {
        self.tell(|state| {
            state.asked.get_or_insert(with);
        });
    }

    /// A signal has come. Returns `false` if no thread acts on it, or one acts on an earlier signal.
    pub(crate) fn stop(&self) -> bool {
        let mut state = self.lock();
        let acts = state.is_conducted && !state.is_stopped;
        state.is_stopped = true;
        self.changed.notify_all();
        acts
    }

    /// Returns `true` if the connection has ended without a Close frame of the peer.
    pub(super) fn is_lost(&self) -> bool {
        matches!(self.lock().ended, Some(Ended::Failed(Error::Lost(_))))
    }

    /// How the connection has ended, as `closed: 1000`, if a Close frame has ended it.
    pub(crate) fn closed(&self) -> Option<String> {
        match &self.lock().ended {
            Some(Ended::Closed(Some(status))) => Some(closed_text(status)),
            _ => None,
        }
    }

    /// The person has typed Ctrl-C. At the second time, or if no thread acts on it, the process ends.
    pub(crate) fn interrupt(&self) {
        if !self.stop() {
            restore();
            process::exit(Exit::Interrupted as i32);
        }
    }

    /// A new connection is open.
    pub(crate) fn begin(&self) {
        self.tell(|state| (state.ended, state.is_conducted) = (None, true));
    }

    /// There is no connection now.
    pub(crate) fn is_over(&self) {
        self.tell(|state| state.is_conducted = false);
    }

    /// How many messages were sent and received.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let state = self.lock();
        (state.sent, state.received)
    }
}
