//! How fast a peer takes what is written: it has the write timeout for each 64 KiB, and for what is
//! less than that at the end.
//!
//! A stream's own timeout bounds one call, and tells neither how long the peer has taken before nor
//! whether it takes a little now and then. So the time that is left is counted here, and set anew
//! where it has become much shorter.

use std::time::{Duration, Instant};

use crate::io::{Controls, Deadline};

/// For so many bytes a peer has the whole timeout.
pub(crate) const WINDOW: usize = 64 << 10;

/// How much longer than what is left a single call may take. A part of short timeouts.
const SLACK: Duration = Duration::from_secs(1);

/// How long a peer may take for each [`WINDOW`], and how to tell the stream so.
pub(crate) type WriteTimeout<S> = (Duration, Controls<S>);

/// How much the peer has taken, and since when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    since: Instant,
    taken: usize,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), taken: 0 }
    }

    /// Notes that the peer has taken so much; its time begins anew with each window.
    pub(super) fn took(&mut self, bytes: usize) {
        self.taken += bytes;
        if self.taken >= WINDOW {
            *self = Self::new();
        }
    }

    /// Leaves out a while in which nobody tried: it is not the peer's.
    pub(super) fn skip(&mut self, since: Instant) {
        let gap = since.elapsed();
        if gap > SLACK {
            self.since += gap;
        }
    }

    /// Since when it has not taken a window.
    pub(super) fn since(&self) -> Instant {
        self.since
    }

    /// When a peer is given up that has `timeout` for a window.
    pub(super) fn deadline(&self, timeout: Option<Duration>) -> Deadline {
        Deadline::at(self.since, timeout)
    }
}

/// What there was no room for, and who comes back for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unsent {
    pub(super) pace: Pace,
    pub(super) keeper: Keeper,
    /// When somebody tried last.
    pub(super) tried: Instant,
}

/// Who comes back for what there was no room for. A hub's thread is there at all times, a reader when
/// it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Keeper {
    Nobody,
    Reader,
    Hub,
}

/// The patience of a thread that waits for room: a pace, and the timeout that the stream has.
pub(crate) struct Patience<S> {
    pub(super) pace: Pace,
    bound: Option<WriteTimeout<S>>,
    /// Where that is not the bound.
    armed: Option<Duration>,
}

impl<S> Patience<S> {
    /// Begins with a bound that the stream has been told.
    pub(super) fn new(pace: Pace, bound: Option<WriteTimeout<S>>) -> Self {
        Self { pace, bound, armed: None }
    }

    pub(super) fn is_bounded(&self) -> bool {
        self.bound.is_some()
    }

    pub(super) fn controls(&self) -> Option<Controls<S>> {
        self.bound.map(|(_, controls)| controls)
    }

    /// Tells the stream what is left; `false` where nothing is.
    pub(super) fn go_on(&mut self, stream: &S) -> bool {
        let Some((most, controls)) = self.bound else { return true };
        let Ok(Some(left)) = self.pace.deadline(Some(most)).remaining() else { return false };
        // Shorter than before, or longer again where a window was taken.
        if self.armed.unwrap_or(most).abs_diff(left) > SLACK.min(most / 8) {
            self.arm(left, controls, stream);
        }
        true
    }

    /// Gives the stream its bound back.
    pub(super) fn end(&mut self, stream: &S) {
        if let Some((most, controls)) = self.bound.filter(|_| self.armed.is_some()) {
            self.arm(most, controls, stream);
        }
    }

    fn arm(&mut self, time: Duration, controls: Controls<S>, stream: &S) {
        // A stream that takes no timeout any more does not block either.
        let _ = controls.set_write_timeout(stream, Some(time));
        self.armed = Some(time);
    }
}
