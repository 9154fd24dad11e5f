//! [`FaultHandle`]: the remote control of a [`Faulty`](super::faulty::Faulty) stream.

use std::fmt;
use std::sync::{Arc, Weak};

use super::super::faults::{Ending, Faults};
use super::shared::{Patience, READS, Shared, WRITES};
use crate::io::Duplex;

/// The remote control of a [`Faulty`](crate::testing::Faulty) stream, for any thread.
///
/// It does not keep the stream open. When the stream is gone, its methods do nothing.
///
/// ```
/// use std::io::{ErrorKind, Read, Write};
/// use std::time::Duration;
///
/// use blocking_ws::Duplex;
/// use blocking_ws::testing::{Faulty, Pipe};
///
/// let (near, mut far) = Pipe::new(64);
/// let mut near = Faulty::new(near)?;
/// let handle = near.handle();
/// far.write_all(b"hello")?;
/// near.set_read_timeout(Some(Duration::from_millis(10)))?;
/// let mut buf = [0; 5];
/// handle.stall();
/// assert_eq!(near.read(&mut buf).unwrap_err().kind(), ErrorKind::WouldBlock);
/// handle.resume();
/// assert_eq!(near.read(&mut buf)?, 5);
/// handle.cut();
/// assert_eq!(near.read(&mut buf)?, 0);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone)]
pub struct FaultHandle {
    remote: Weak<dyn Remote>,
    /// Those at the time when the handle was made.
    seeds: (u64, u64),
}

/// A stream of any type.
trait Remote: Send + Sync {
    fn set_stalled(&self, is_stalled: bool);
    fn end_by_hand(&self, ending: Ending);
    fn follow_reading(&self, faults: Faults);
    fn follow_writing(&self, faults: Faults);
    fn seeds(&self) -> (u64, u64);
}

impl FaultHandle {
    pub(super) fn of<S: Duplex + Send + 'static>(shared: &Arc<Shared<S>>) -> Self {
        let seeds = shared.seeds();
        let remote: Weak<Shared<S>> = Arc::downgrade(shared);
        Self { remote, seeds }
    }

    /// Lets nothing pass any more in both directions, until [`resume`](Self::resume). A call that
    /// waits in the stream below may still take what comes there; it does not pass it on.
    pub fn stall(&self) {
        self.with(|remote| remote.set_stalled(true));
    }

    /// Ends a stall in both directions: one by [`stall`](Self::stall), or one by a plan.
    pub fn resume(&self) {
        self.with(|remote| remote.set_stalled(false));
    }

    /// Ends the connection in order, as [`Fault::Cut`](crate::testing::Fault::Cut) does.
    pub fn cut(&self) {
        self.with(|remote| remote.end_by_hand(Ending::Cut));
    }

    /// Resets the connection, as [`Fault::Reset`](crate::testing::Fault::Reset) does.
    ///
    /// On Windows, a write that waits in a `TcpStream` goes on to wait, up to its timeout.
    pub fn reset(&self) {
        self.with(|remote| remote.end_by_hand(Ending::Reset));
    }

    /// Replaces the plan for what is read. Its places count from here on, and a stall ends.
    ///
    /// A cut or a reset at the start ends a read that waits. Any other fault does not: a read that
    /// waits in the stream below sees it when something comes there.
    pub fn set_reading(&self, faults: Faults) {
        self.with(|remote| remote.follow_reading(faults));
    }

    /// Replaces the plan for what is written. Its places count from here on, and a stall ends.
    pub fn set_writing(&self, faults: Faults) {
        self.with(|remote| remote.follow_writing(faults));
    }

    /// Returns the seeds of the plans: of the one for reading, and of the one for writing.
    #[must_use]
    pub fn seeds(&self) -> (u64, u64) {
        self.remote.upgrade().map_or(self.seeds, |remote| remote.seeds())
    }

    fn with(&self, call: impl FnOnce(&dyn Remote)) {
        if let Some(remote) = self.remote.upgrade() {
            call(&*remote);
        }
    }
}

impl<S: Duplex + Send + 'static> Remote for Shared<S> {
    fn set_stalled(&self, is_stalled: bool) {
        let mut locked = self.lock();
        let state = &mut *locked;
        for lane in [&mut state.reading.lane, &mut state.writing.lane] {
            if is_stalled { lane.stall() } else { lane.resume() }
        }
        self.changed.notify_all();
        if !is_stalled {
            // The faults behind the stall happen now.
            self.settle_reading(locked);
            self.settle_writing(self.lock(), Patience::Now);
        }
    }

    fn end_by_hand(&self, ending: Ending) {
        let mut state = self.lock();
        if state.end.is_some() {
            return;
        }
        let text = format!("{ending} by a FaultHandle");
        let lane = &mut state.writing.lane;
        lane.note(&text);
        let text = format!(
            "{text} at byte {}; the plan of faults for writing has seed {}",
            lane.at(),
            lane.seed()
        );
        drop(self.end(state, ending, text));
    }

    fn follow_reading(&self, faults: Faults) {
        let mut state = self.lock();
        state.reading.lane.follow(faults, READS.1);
        self.changed.notify_all();
        self.settle_reading(state);
    }

    fn follow_writing(&self, faults: Faults) {
        let mut state = self.lock();
        state.writing.lane.follow(faults, WRITES.1);
        self.changed.notify_all();
        self.settle_writing(state, Patience::Now);
    }

    fn seeds(&self) -> (u64, u64) {
        let state = self.lock();
        (state.reading.lane.seed(), state.writing.lane.seed())
    }
}

impl fmt::Debug for FaultHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultHandle").field("seeds", &self.seeds()).finish_non_exhaustive()
    }
}
