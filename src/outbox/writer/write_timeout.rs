//! How fast a peer must take what is written: it has the write timeout for each 64 KiB, and for a
//! smaller rest at the end.
//!
//! A stream's own timeout bounds one call. It does not count how long the peer has taken before,
//! and a peer that takes a little now and then would never exceed it. So the time that is left is
//! counted here. If it has become much shorter, the stream's timeout is set again.

use std::time::{Duration, Instant};

use crate::io::{Controls, Deadline};

/// The peer has the whole timeout for this many bytes.
pub(crate) const WINDOW: usize = 64 << 10;

/// How much longer a single call may take than the time that is left. Less with short timeouts.
const SLACK: Duration = Duration::from_secs(1);

/// How long a peer may take for each [`WINDOW`], and how to set the stream's timeout.
pub(crate) type WriteTimeout<S> = (Duration, Controls<S>);

/// How much the peer has taken of the current window, and when that window began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    since: Instant,
    taken: usize,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), taken: 0 }
    }

    /// Notes that the peer has taken `bytes`. Its time begins anew with each window.
    pub(super) fn took(&mut self, bytes: usize) {
        self.taken += bytes;
        if self.taken >= WINDOW {
            *self = Self::new();
        }
    }

    /// Leaves out the time after `since`, in which no thread tried to write: the peer is not to
    /// blame.
    pub(super) fn skip(&mut self, since: Instant) {
        let gap = since.elapsed();
        if gap > SLACK {
            self.since += gap;
        }
    }

    /// When the current window began.
    pub(super) fn since(&self) -> Instant {
        self.since
    }

    /// When the peer times out if it has `timeout` for a window.
    pub(super) fn deadline(&self, timeout: Option<Duration>) -> Deadline {
        Deadline::at(self.since, timeout)
    }
}

/// Unsent data: how long the peer has made no room, and which thread comes back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unsent {
    pub(super) pace: Pace,
    pub(super) keeper: Keeper,
    /// When a thread last tried.
    pub(super) tried: Instant,
}

/// Which thread comes back for unsent data, in order of reliability: a reader comes back while the
/// program receives, a hub's thread always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Keeper {
    Nobody,
    Reader,
    Hub,
}

/// How long a thread goes on waiting for room, and the timeout that the stream has meanwhile.
pub(crate) struct Patience<S> {
    pub(super) pace: Pace,
    bound: Option<WriteTimeout<S>>,
    /// The stream's timeout, if it is not the one in `bound`.
    armed: Option<Duration>,
}

impl<S> Patience<S> {
    /// Begins with a `bound` that is the stream's timeout already.
    pub(super) fn new(pace: Pace, bound: Option<WriteTimeout<S>>) -> Self {
        Self { pace, bound, armed: None }
    }

    pub(super) fn is_bounded(&self) -> bool {
        self.bound.is_some()
    }

    pub(super) fn controls(&self) -> Option<Controls<S>> {
        self.bound.map(|(_, controls)| controls)
    }

    /// Sets the stream's timeout to the time that is left. Returns `false` if none is left.
    pub(super) fn go_on(&mut self, stream: &S) -> bool {
        let Some((most, controls)) = self.bound else { return true };
        let Ok(Some(left)) = self.pace.deadline(Some(most)).remaining() else { return false };
        // Much shorter than before, or longer again after a window was taken.
        if self.armed.unwrap_or(most).abs_diff(left) > SLACK.min(most / 8) {
            self.arm(left, controls, stream);
        }
        true
    }

    /// The same before a flush, if the stream's timeout is not the one in `bound`: a window may have
    /// begun since it was set.
    pub(super) fn renew(&mut self, stream: &S) {
        if self.armed.is_some() {
            self.go_on(stream);
        }
    }

    /// Sets the stream's timeout back to `bound`.
    pub(super) fn end(&mut self, stream: &S) {
        if let Some((most, controls)) = self.bound.filter(|_| self.armed.is_some()) {
            self.arm(most, controls, stream);
        }
    }

    fn arm(&mut self, time: Duration, controls: Controls<S>, stream: &S) {
        // A stream that does not take a timeout any more does not block any more.
        let _ = controls.set_write_timeout(stream, Some(time));
        self.armed = Some(time);
    }
}
