//! [`Lane`]: one direction of a connection under a plan. It moves no bytes and does not look at the
//! clock: it is asked what may pass, and told what has passed.
//!
//! ```text
//! demand -- a fault that was reached and is not over --> the caller obeys
//!    |
//!    v  nothing
//! piece --> the caller passes it on --> passed, or vanished --> demand
//! ```

use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::io::{self, IoSlice};
use std::time::{Duration, Instant};

use super::dice::Dice;
use super::fault::{Ending, Fault};
use super::place::Place;
use super::plan::Faults;

/// The most faults that a lane remembers, for a report.
const REMEMBERED: usize = 20;
/// With a rate, no more bytes pass at once than in this time.
const BURSTS_PER_SECOND: usize = 50;
/// How late a caller may come, so that the line counts as busy all the time.
const LATE: Duration = Duration::from_millis(40);

/// One direction of a connection under a plan.
#[derive(Debug)]
pub(crate) struct Lane {
    /// What reports call it, such as `writes`.
    name: &'static str,
    /// Which connection it belongs to. The first is 1.
    connection: usize,
    plan: Faults,
    dice: Dice,
    /// How many bytes have passed or vanished.
    at: u64,
    /// The places that have not been reached.
    ahead: Vec<(Place, Fault)>,
    /// The faults whose place was reached, and which wait for those before them.
    reached: VecDeque<Fault>,
    /// Bytes that a fault has inserted, and which have not passed.
    own: VecDeque<u8>,
    is_stalled: bool,
    xor: u8,
    vanishing: usize,
    /// How much may pass until the next piece begins.
    chunk_left: usize,
    /// When the line is free again, at the rate of the plan.
    is_free: Option<Instant>,
    /// The faults that have happened, and how many more there were.
    past: Vec<String>,
    forgotten: usize,
    /// How many of them were [`news`](Self::news).
    told: usize,
}

/// What comes before any further byte.
#[derive(Debug)]
pub(crate) enum Demand {
    /// The connection ends.
    End(Ending),
    /// This call fails.
    Fail(io::Error),
    /// Nothing passes until [`Lane::resume`].
    Stall,
    /// The bytes of [`Lane::own`] pass.
    Own,
}

/// What happens to the next bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece {
    /// Nothing before this moment.
    Later(Instant),
    /// This number of them vanishes.
    Vanish(usize),
    /// This byte passes in place of the next.
    Changed(u8),
    /// This number of them passes.
    Pass(usize),
}

impl Lane {
    /// `direction` is 0 or 1 and makes the random numbers differ.
    pub(crate) fn new(
        plan: Faults,
        connection: usize,
        (name, direction): (&'static str, u64),
    ) -> Self {
        let plan = plan.of_connection(connection);
        let ahead = plan.places.iter().map(|(at, fault)| (Place::new(at.clone()), fault.clone()));
        let mut lane = Self {
            name,
            connection,
            dice: Dice::new(plan.seed, connection, direction),
            at: 0,
            ahead: ahead.collect(),
            reached: VecDeque::new(),
            own: VecDeque::new(),
            is_stalled: false,
            xor: 0,
            vanishing: 0,
            chunk_left: 0,
            is_free: None,
            past: Vec::new(),
            forgotten: 0,
            told: 0,
            plan,
        };
        lane.go_on(&[]);
        lane
    }

    /// Begins another plan, from here on. What the old one has done stays in the report.
    pub(crate) fn follow(&mut self, plan: Faults, direction: u64) {
        let mut next = Self::new(plan, self.connection, (self.name, direction));
        (next.at, next.told, next.forgotten) = (self.at, self.told, self.forgotten);
        next.past = std::mem::take(&mut self.past);
        // A fault that is under way is not undone.
        next.own = std::mem::take(&mut self.own);
        *self = next;
    }

    /// What must be done before anything else passes. `None` if [`piece`](Self::piece) is next.
    pub(crate) fn demand(&mut self) -> Option<Demand> {
        if let Some(ending) = self.ending() {
            return Some(Demand::End(ending));
        }
        if !self.own.is_empty() {
            return Some(Demand::Own);
        }
        if self.is_stalled {
            return Some(Demand::Stall);
        }
        let Some(Fault::Error(kind)) = self.reached.pop_front() else { return None };
        self.note(&Fault::Error(kind));
        Some(Demand::Fail(io::Error::new(kind, self.told(&"failed"))))
    }

    /// Lets the faults happen whose place was reached, up to one that lasts. Returns how the
    /// connection ends, if that is one of them.
    pub(crate) fn ending(&mut self) -> Option<Ending> {
        while self.own.is_empty() && !self.is_stalled {
            if let Some(Fault::Error(_)) = self.reached.front() {
                // It waits for the next call.
                return None;
            }
            let fault = self.reached.pop_front()?;
            self.note(&fault);
            match fault {
                Fault::Cut => return Some(Ending::Cut),
                Fault::Reset => return Some(Ending::Reset),
                Fault::Stall => self.is_stalled = true,
                Fault::Corrupt(xor) => self.xor ^= xor,
                Fault::Insert(bytes) => self.own.extend(bytes),
                Fault::Drop(bytes) => self.vanishing = self.vanishing.saturating_add(bytes),
                Fault::Error(_) => {}
            }
        }
        None
    }

    /// What happens to the next bytes, of which there is one at least. Only if there is no demand.
    pub(crate) fn piece(&mut self, now: Instant, slices: &[IoSlice<'_>]) -> Piece {
        let len = slices.iter().map(|slice| slice.len()).sum();
        let distances = self
            .ahead
            .iter()
            .filter_map(|(place, _)| place.distance(slices.iter().map(|slice| &**slice)));
        let most = distances.min().unwrap_or(len);
        if self.vanishing > 0 {
            return Piece::Vanish(most.min(self.vanishing));
        }
        if let Some(moment) = self.is_free.filter(|moment| *moment > now) {
            return Piece::Later(moment);
        }
        if self.xor != 0 {
            let first = slices.iter().find_map(|slice| slice.first());
            return Piece::Changed(first.copied().unwrap_or_default() ^ self.xor);
        }
        if let (0, Some(chunk)) = (self.chunk_left, &self.plan.chunk) {
            let chunk = *chunk.start() as u64..=*chunk.end() as u64;
            self.chunk_left = usize::try_from(self.dice.roll(chunk)).unwrap_or(usize::MAX);
        }
        let chunk = self.plan.chunk.as_ref().map(|_| self.chunk_left);
        let burst = self.plan.rate.map(|rate| (rate / BURSTS_PER_SECOND).max(1));
        Piece::Pass([chunk, burst].into_iter().flatten().fold(most, usize::min))
    }

    /// Notes that these bytes, of the last [`piece`](Self::piece), have passed.
    pub(crate) fn passed(&mut self, now: Instant, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.xor = 0;
        self.chunk_left = self.chunk_left.saturating_sub(bytes.len());
        if let Some(rate) = self.plan.rate {
            let nanos = bytes.len() as u128 * 1_000_000_000 / rate as u128;
            let time = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
            // A caller that comes a little late does not slow the line down.
            let was_free = self.is_free.filter(|moment| *moment + LATE > now).unwrap_or(now);
            self.is_free = was_free.checked_add(time);
        }
        self.go_on(bytes);
    }

    /// Notes that these bytes, of the last [`piece`](Self::piece), have vanished.
    pub(crate) fn vanished(&mut self, bytes: &[u8]) {
        self.vanishing = self.vanishing.saturating_sub(bytes.len());
        self.go_on(bytes);
    }

    fn go_on(&mut self, bytes: &[u8]) {
        self.at += bytes.len() as u64;
        let (reached, ahead): (Vec<_>, Vec<_>) = self
            .ahead
            .drain(..)
            .map(|(mut place, fault)| (place.pass(bytes), place, fault))
            .partition(|(is_reached, ..)| *is_reached);
        self.ahead = ahead.into_iter().map(|(_, place, fault)| (place, fault)).collect();
        self.reached.extend(reached.into_iter().map(|(_, _, fault)| fault));
    }

    /// The bytes that are due by [`Demand::Own`].
    pub(crate) fn own(&mut self) -> &[u8] {
        self.own.make_contiguous()
    }

    /// Notes that the first `len` of them have passed.
    pub(crate) fn own_passed(&mut self, len: usize) {
        self.own.drain(..len);
    }

    pub(crate) fn stall(&mut self) {
        self.is_stalled = true;
        self.note(&"stalled by the handle");
    }

    pub(crate) fn resume(&mut self) {
        self.is_stalled = false;
    }

    /// By how much bytes are late that come now.
    pub(crate) fn delay(&mut self) -> Duration {
        let jitter = u64::try_from(self.plan.jitter.as_nanos()).unwrap_or(u64::MAX);
        if jitter == 0 {
            return self.plan.latency;
        }
        let more = Duration::from_nanos(self.dice.roll(0..=jitter));
        self.plan.latency.saturating_add(more)
    }

    /// By how much the end is late.
    pub(crate) fn end_delay(&self) -> Duration {
        self.plan.slow_close
    }

    /// How many bytes have passed or vanished.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    pub(crate) fn seed(&self) -> u64 {
        self.plan.seed
    }

    /// Remembers that something has happened here.
    pub(crate) fn note(&mut self, what: &dyn fmt::Display) {
        if self.past.len() == REMEMBERED {
            self.forgotten += 1;
            return;
        }
        self.past.push(format!("{what} at byte {}", self.at));
    }

    /// What has happened since the last call.
    pub(crate) fn news(&mut self) -> Vec<String> {
        let news = self.past[self.told..].to_vec();
        self.told = self.past.len();
        news
    }

    /// What has happened here, and by which seed.
    pub(crate) fn told(&self, what: &dyn fmt::Display) -> String {
        format!("{what} at byte {} by a plan of faults with seed {}", self.at, self.seed())
    }

    /// The seed and what has happened, in a few words. `None` if the plan does nothing and nothing
    /// has happened.
    pub(crate) fn report(&self) -> Option<String> {
        if self.plan.is_empty() && self.past.is_empty() {
            return None;
        }
        let mut report = format!("{} with seed {}: ", self.name, self.seed());
        if self.past.is_empty() {
            report.push_str("no fault yet");
        }
        report.push_str(&self.past.join(", "));
        if self.forgotten > 0 {
            // A String takes everything.
            let _ = write!(report, ", and {} more", self.forgotten);
        }
        Some(report)
    }
}
