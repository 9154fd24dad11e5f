//! [`Faults`]: a plan of what goes wrong in one direction of a connection.

use std::ops::{Bound, RangeBounds, RangeInclusive};
use std::time::Duration;

use super::fault::Fault;
use super::place::At;
use crate::process::random;

/// A plan of what goes wrong in one direction of a connection.
///
/// A plan does nothing until it is told something. It is given to a
/// [`Faulty`](crate::testing::Faulty) stream or to a [`FaultyProxy`](crate::testing::FaultyProxy),
/// and can be used again.
///
/// What is random in it, which is the sizes of [`chunk`](Self::chunk) and the
/// [`jitter`](Self::jitter), follows from its [`seed`](Self::seed). The seed stands in the text of
/// every failure that a plan causes, so that it can be had again.
///
/// There is no loss of packets, and packets do not change their order: on a stream, such as TCP, a
/// packet that is lost is sent again, and all that a program sees of it is
/// [`latency`](Self::latency).
///
/// ```
/// use std::time::Duration;
///
/// use blocking_ws::testing::{At, Fault, Faults};
///
/// let slow = Faults::new().latency(Duration::from_millis(50)).rate(64 << 10);
/// let cut = Faults::new().chunk(1..=3).after(At::head().frame(3).byte(1), Fault::Cut);
/// let stalled = Faults::new().after(1000, Fault::Stall);
/// # let _ = (slow, cut, stalled);
/// ```
#[derive(Clone, Debug)]
pub struct Faults {
    pub(super) seed: u64,
    pub(super) chunk: Option<RangeInclusive<usize>>,
    pub(super) latency: Duration,
    pub(super) jitter: Duration,
    pub(super) rate: Option<usize>,
    pub(super) slow_close: Duration,
    pub(super) places: Vec<(At, Fault)>,
    pub(super) connections: RangeInclusive<usize>,
}

impl Faults {
    /// Makes a plan that does nothing, with a random seed.
    #[must_use]
    pub fn new() -> Self {
        Self {
            // A system without random numbers fails elsewhere. Seed 0 is as good as any.
            seed: random().map_or(0, u64::from_le_bytes),
            chunk: None,
            latency: Duration::ZERO,
            jitter: Duration::ZERO,
            rate: None,
            slow_close: Duration::ZERO,
            places: Vec::new(),
            connections: 0..=usize::MAX,
        }
    }

    /// Sets the seed of all that is random in the plan. By default it is random itself.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Limits each read and each write to a number of bytes, chosen at random from the range each
    /// time.
    ///
    /// # Panics
    /// The range is empty or ends at 0.
    #[must_use]
    #[track_caller]
    pub fn chunk(mut self, bytes: impl RangeBounds<usize>) -> Self {
        let (first, last) = numbers(&bytes);
        self.chunk = Some(first.max(1)..=last);
        self
    }

    /// Makes bytes arrive later, by this time.
    ///
    /// A [`FaultyProxy`](crate::testing::FaultyProxy) sends on meanwhile. A
    /// [`Faulty`](crate::testing::Faulty) stream has no thread: each call waits for this time. A
    /// call that writes the rest of what the call before it was given does not wait again.
    #[must_use]
    pub fn latency(mut self, time: Duration) -> Self {
        self.latency = time;
        self
    }

    /// Adds a random time to the [`latency`](Self::latency), up to this one. The order stays the
    /// same.
    #[must_use]
    pub fn jitter(mut self, most: Duration) -> Self {
        self.jitter = most;
        self
    }

    /// Limits how many bytes pass in a second.
    ///
    /// # Panics
    /// It is 0: that is [`Fault::Stall`] at the start.
    #[must_use]
    #[track_caller]
    pub fn rate(mut self, bytes_per_second: usize) -> Self {
        assert!(bytes_per_second > 0, "at a rate of 0 nothing passes: use Fault::Stall");
        self.rate = Some(bytes_per_second);
        self
    }

    /// Passes the end of the direction on later, by this time. On a
    /// [`Faulty`](crate::testing::Faulty) stream, `shutdown` waits for this time before it ends
    /// what this side sends, but no longer than the write timeout.
    #[must_use]
    pub fn slow_close(mut self, time: Duration) -> Self {
        self.slow_close = time;
        self
    }

    /// Makes something go wrong as soon as a place is reached: an [`At`], or a number of bytes.
    ///
    /// It does not wait for a byte behind that place. Faults at the same place happen in the order
    /// in which they were added, each as soon as the one before it is over.
    ///
    /// A [`Faulty`](crate::testing::Faulty) stream has no thread, so that two faults need a call.
    /// [`Fault::Error`] is what the next call returns. [`Fault::Insert`] comes with the next read,
    /// and in what is written at once if there is room. On a stream below that cannot write without
    /// waiting, such as std's sockets on Windows, it goes out with the next write or flush, and a
    /// shutdown loses it.
    ///
    /// ```
    /// use blocking_ws::testing::{At, Fault, Faults};
    ///
    /// // A frame of the test's own after the handshake, and then the end.
    /// let faults = Faults::new()
    ///     .after(At::head(), Fault::Insert(b"\x81\x02hi".to_vec()))
    ///     .after(At::head(), Fault::Cut);
    /// # let _ = faults;
    /// ```
    #[must_use]
    pub fn after(mut self, at: impl Into<At>, fault: Fault) -> Self {
        self.places.push((at.into(), fault));
        self
    }

    /// Uses the plan for these connections of a [`FaultyProxy`](crate::testing::FaultyProxy) only.
    /// The first one is 1, and a [`Faulty`](crate::testing::Faulty) stream is connection 1.
    ///
    /// # Panics
    /// The range is empty or ends at 0.
    #[must_use]
    #[track_caller]
    pub fn on_connections(mut self, connections: impl RangeBounds<usize>) -> Self {
        let (first, last) = numbers(&connections);
        self.connections = first..=last;
        self
    }

    /// The plan for a connection: the same, or one that does nothing.
    pub(super) fn of_connection(self, number: usize) -> Self {
        if self.connections.contains(&number) {
            return self;
        }
        Self { seed: self.seed, ..Self::new() }
    }

    /// Returns `true` if the plan does nothing.
    pub(super) fn is_empty(&self) -> bool {
        let times = [self.latency, self.jitter, self.slow_close];
        self.places.is_empty()
            && self.chunk.is_none()
            && self.rate.is_none()
            && times.iter().all(Duration::is_zero)
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self::new()
    }
}

/// The first and the last number of a range that has one above 0.
#[track_caller]
fn numbers(range: &impl RangeBounds<usize>) -> (usize, usize) {
    let first = match range.start_bound() {
        Bound::Included(&first) => first,
        Bound::Excluded(&before) => before.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let last = match range.end_bound() {
        Bound::Included(&last) => last,
        Bound::Excluded(&end) => end.saturating_sub(1),
        Bound::Unbounded => usize::MAX,
    };
    assert!(first <= last, "the range is empty: it begins at {first} and ends at {last}");
    assert!(last > 0, "the range has no number above 0");
    (first, last)
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn ranges_of_every_kind() {
        assert_eq!(Faults::new().chunk(1..=3).chunk, Some(1..=3));
        assert_eq!(Faults::new().chunk(0..3).chunk, Some(1..=2));
        assert_eq!(Faults::new().chunk(..=1).chunk, Some(1..=1));
        assert_eq!(Faults::new().chunk(2..).chunk, Some(2..=usize::MAX));
        for wrong in [0..0, 0..1, 2..2] {
            assert!(catch_unwind(|| Faults::new().chunk(wrong.clone())).is_err(), "{wrong:?}");
        }
        let empty = RangeInclusive::new(5, 3);
        let panic = catch_unwind(|| Faults::new().on_connections(empty)).unwrap_err();
        let text = panic.downcast_ref::<String>().map(String::as_str);
        assert_eq!(text, Some("the range is empty: it begins at 5 and ends at 3"));
        assert!(catch_unwind(|| Faults::new().rate(0)).is_err());
    }

    #[test]
    fn a_plan_is_for_its_connections() {
        let plan = Faults::new().seed(7).chunk(1..=1).on_connections(2..=3);
        for (number, is_empty) in [(1, true), (2, false), (3, false), (4, true)] {
            let of = plan.clone().of_connection(number);
            assert_eq!((of.is_empty(), of.seed), (is_empty, 7), "{number}");
        }
    }

    #[test]
    fn seeds_are_random_unless_they_are_set() {
        assert_ne!(Faults::new().seed, Faults::default().seed);
        let plan = Faults::new();
        assert_eq!(plan.clone().seed, plan.seed);
    }
}
