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

/// The most faults that a lane remembers for a report, beside the last one.
const REMEMBERED: usize = 20;
/// The most faults that wait to be told. A stream without a proxy has nobody to tell.
const MOST_NEWS: usize = 1000;
/// Later than any test goes on, and early enough for the clock of every system.
const NEVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
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
    /// For the sizes of pieces, and for times. Each has its own, because it depends on the system in
    /// how many reads bytes come.
    sizes: Dice,
    times: Dice,
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
    /// The first faults that have happened, how many more there were, and the last of these.
    past: Vec<String>,
    more: usize,
    last: String,
    /// Those of them that have not been told.
    news: Vec<String>,
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
            sizes: Dice::new(plan.seed, connection, direction),
            times: Dice::new(plan.seed, connection, direction + 2),
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
            more: 0,
            last: String::new(),
            news: Vec::new(),
            plan,
        };
        lane.go_on(&[]);
        lane
    }

    /// Begins another plan, from here on. What the old one has done stays in the report.
    pub(crate) fn follow(&mut self, plan: Faults, direction: u64) {
        let mut next = Self::new(plan, self.connection, (self.name, direction));
        (next.at, next.more) = (self.at, self.more);
        next.past = std::mem::take(&mut self.past);
        next.last = std::mem::take(&mut self.last);
        next.news = std::mem::take(&mut self.news);
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
        if self.vanishing > 0 {
            return Piece::Vanish(self.before_places(self.vanishing, slices));
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
            self.chunk_left = usize::try_from(self.sizes.roll(chunk)).unwrap_or(usize::MAX);
        }
        let chunk = self.plan.chunk.as_ref().map(|_| self.chunk_left);
        let burst = self.plan.rate.map(|rate| (rate / BURSTS_PER_SECOND).max(1));
        let most = [chunk, burst].into_iter().flatten().fold(usize::MAX, usize::min);
        Piece::Pass(self.before_places(most, slices))
    }

    /// How many of the first `most` bytes are before the next place. No more are looked at, so that
    /// small pieces of something large cost no more than they must.
    fn before_places(&self, most: usize, slices: &[IoSlice<'_>]) -> usize {
        let front = || {
            slices.iter().scan(most, |left, slice| {
                let take = slice.len().min(*left);
                *left -= take;
                Some(&slice[..take])
            })
        };
        let distances = self.ahead.iter().filter_map(|(place, _)| place.distance(front()));
        distances.min().unwrap_or_else(|| front().map(<[u8]>::len).sum())
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
            self.is_free = Some(after(was_free, time));
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
        let more = Duration::from_nanos(self.times.roll(0..=jitter));
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
        let line = format!("{what} at byte {}", self.at);
        if self.news.len() < MOST_NEWS {
            self.news.push(line.clone());
        }
        if self.past.len() < REMEMBERED {
            self.past.push(line);
        } else {
            self.more += 1;
            self.last = line;
        }
    }

    /// What has happened since the last call.
    pub(crate) fn news(&mut self) -> Vec<String> {
        std::mem::take(&mut self.news)
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
        if self.more > 0 {
            // A String takes everything.
            let _ = write!(report, ", and {} more, the last: {}", self.more, self.last);
        }
        Some(report)
    }
}

/// The moment that is later by `delay`, which is never if that is beyond all clocks.
pub(crate) fn after(now: Instant, delay: Duration) -> Instant {
    now + delay.min(NEVER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(plan: Faults) -> Lane {
        Lane::new(plan.seed(7), 1, ("writes", 1))
    }

    /// The sizes of pieces of 1000 bytes, of which `shown` can be seen at once.
    fn sizes(lane: &mut Lane, shown: usize, mut each: impl FnMut(&mut Lane)) -> Vec<usize> {
        let (now, mut left, mut sizes) = (Instant::now(), 1000, Vec::new());
        while left > 0 {
            each(lane);
            let bytes = vec![0; shown.min(left)];
            let Piece::Pass(n) = lane.piece(now, &[IoSlice::new(&bytes)]) else { panic!() };
            lane.passed(now, &bytes[..n]);
            left -= n;
            sizes.push(n);
        }
        sizes
    }

    #[test]
    fn sizes_depend_on_nothing_but_the_seed() {
        let plan = || Faults::new().chunk(1..=9).jitter(Duration::from_secs(1));
        let want = sizes(&mut lane(plan()), 1000, |_| {});
        let late = sizes(&mut lane(plan()), 1000, |lane| {
            let _ = lane.delay();
        });
        assert_eq!(late, want, "times are random for themselves");
        // A piece that is there only in part is gone on with.
        let ends = |sizes: &[usize]| {
            let sums = sizes.iter().scan(0, |sum, size| {
                *sum += size;
                Some(*sum)
            });
            sums.collect::<Vec<_>>()
        };
        let parts = ends(&sizes(&mut lane(plan()), 2, |_| {}));
        assert!(ends(&want).iter().all(|end| parts.contains(end)), "{parts:?}");
    }

    #[test]
    fn a_rate_is_kept_to_the_byte() {
        for rate in [1, 20_000, 1 << 20] {
            let mut lane = lane(Faults::new().rate(rate));
            let began = Instant::now();
            let (mut now, mut left) = (began, rate * 10);
            while left > 0 {
                let bytes = vec![0; left.min(4096)];
                match lane.piece(now, &[IoSlice::new(&bytes)]) {
                    Piece::Later(moment) => now = moment,
                    Piece::Pass(n) => {
                        lane.passed(now, &bytes[..n]);
                        left -= n;
                    }
                    other => panic!("{other:?}"),
                }
            }
            // The last piece has not to wait.
            let took = (now - began).as_secs_f64();
            assert!((8.9..=10.01).contains(&took), "{rate}: {took}");
        }
    }

    #[test]
    fn jitter_is_up_to_its_time() {
        let (latency, jitter) = (Duration::from_secs(1), Duration::from_secs(2));
        let mut lane = lane(Faults::new().latency(latency).jitter(jitter));
        let delays: Vec<_> = (0..100).map(|_| lane.delay()).collect();
        assert!(delays.iter().all(|delay| (latency..=latency + jitter).contains(delay)));
        assert!(delays.iter().any(|delay| *delay < latency + jitter / 4));
        assert!(delays.iter().any(|delay| *delay > latency + jitter * 3 / 4));
    }

    #[test]
    fn the_first_faults_and_the_last_one_are_told() {
        let plan = (0..30).fold(Faults::new(), |plan, _| plan.after(0, Fault::Corrupt(0)));
        let mut lane = lane(plan.after(0, Fault::Cut));
        assert!(matches!(lane.demand(), Some(Demand::End(Ending::Cut))));
        let news = lane.news();
        assert_eq!((news.len(), news[30].as_str()), (31, "cut at byte 0"));
        assert!(lane.news().is_empty());
        let report = lane.report().unwrap();
        assert!(report.ends_with(", and 11 more, the last: cut at byte 0"), "{report}");
    }

    #[test]
    fn a_time_beyond_all_clocks_is_never() {
        let now = Instant::now();
        assert!(after(now, Duration::MAX) > now + Duration::from_secs(1 << 20));
    }

    #[test]
    fn a_small_piece_of_something_large_costs_little() {
        let place = super::super::place::At::start().frame(9);
        let mut lane = lane(Faults::new().chunk(1..=1).after(place, Fault::Cut));
        // A frame that goes on after these bytes. To look at all of them each time takes minutes.
        let mut bytes = vec![0; 1 << 18];
        bytes[..10].copy_from_slice(&[0x82, 127, 0, 0, 0, 0, 1, 0, 0, 0]);
        let now = Instant::now();
        for at in 0..bytes.len() {
            let Piece::Pass(1) = lane.piece(now, &[IoSlice::new(&bytes[at..])]) else { panic!() };
            lane.passed(now, &bytes[at..=at]);
        }
    }
}
