//! [`Keepalive`]: when to ping the peer, and when to drop it (RFC 6455 §5.5.2, §5.5.3).
//!
//! ```text
//!            ping: it is time           written
//! Answered -------------------> Owed -----------> Out
//!    ^                           ^ |               | |
//!    |   pong, before the writer | |               | |
//!    +---has told of it----------|-+               | |
//!    |                           +-----------------+ |
//!    +--------------------------- ping: time again --+ pong
//! ```
//!
//! There is no IO here, and no clock: `driver` passes in the time. It looks at the clock only after
//! a read that brought nothing, and now and then while much is read. A number of reads is no time,
//! so while not every read looks, no read waits for long. Any byte proves life, even a part of
//! something that cannot be read yet. A peer is dropped if nothing at all has come since a ping was
//! written.

use std::time::{Duration, Instant};

use super::expiry::{Expired, Expiry};
use crate::proto::frame::ControlPayload;

/// On a busy connection, one read of this many looks at the clock. Until then a read waits for at
/// most this part of the longest time between two looks. If one waits for longer, nothing has come,
/// and from then on every read looks.
const READS: u32 = 16;

/// The pings of a connection, and what became of them.
#[derive(Debug, Default)]
pub(crate) struct Keepalive {
    /// How long the peer may be silent after a ping.
    timeout: Option<Duration>,
    /// `None` if there is nothing to watch for.
    watch: Option<Silence>,
    /// The number of the latest ping, which is its payload.
    number: u64,
    latency: Option<Duration>,
}

#[derive(Debug)]
struct Silence {
    /// `None` if pings are off.
    interval: Option<Duration>,
    /// `None` if the connection may last.
    expiry: Option<Box<Expiry>>,
    /// The longest time between two looks at the clock, if many reads bring data.
    pace: Duration,
    ping: Ping,
    /// When a ping was written after which nothing has come; the first if there are several.
    silent_since: Option<Instant>,
    /// When something may be due.
    any: Due,
    /// The same without pings.
    end: Due,
    /// The last look at the clock.
    looked: Instant,
    /// How many reads have brought something since then.
    reads: u32,
    /// After how many reads the clock is looked at again.
    most_reads: u32,
}

/// When something may be due.
#[derive(Clone, Copy, Debug, Default)]
struct Due {
    /// How long each read may wait after the last look at the clock.
    wait: Option<Duration>,
    at: Option<Instant>,
}

/// Where the latest ping is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ping {
    /// Not written yet, as far as is known.
    Owed,
    /// Written, from this time on.
    Out(Instant),
    /// Written, from this time on, and its pong has come. Also the state before the first ping.
    Answered(Instant),
}

impl Keepalive {
    /// Sets how often to ping from now on; `None` for never.
    pub(crate) fn set_interval(&mut self, interval: Option<Duration>, now: Instant) {
        let expiry = self.watch.take().and_then(|watch| watch.expiry);
        self.begin(interval, expiry, now);
    }

    /// Sets how long no message may come. See [`Expiry::note`] for `progress`.
    pub(crate) fn set_idle(&mut self, most: Option<Duration>, progress: u64, now: Instant) {
        self.change_expiry(now, |expiry| expiry.set_idle(most, progress, now));
    }

    /// Sets how long the connection may be open from now on.
    pub(crate) fn set_lifetime(&mut self, most: Option<Duration>, now: Instant) {
        self.change_expiry(now, |expiry| expiry.set_lifetime(most, now));
    }

    fn change_expiry(&mut self, now: Instant, change: impl FnOnce(&mut Expiry)) {
        let mut watch = self.watch.take();
        let mut expiry = watch.as_mut().and_then(|watch| watch.expiry.take()).unwrap_or_default();
        change(&mut expiry);
        let expiry = Some(expiry).filter(|expiry| !expiry.is_off());
        match watch.filter(|watch| watch.interval.is_some()) {
            Some(mut watch) => {
                watch.expiry = expiry;
                watch.set_pace();
                watch.plan(self.timeout, now);
                self.watch = Some(watch);
            }
            None => self.begin(None, expiry, now),
        }
    }

    fn begin(&mut self, interval: Option<Duration>, expiry: Option<Box<Expiry>>, now: Instant) {
        if interval.is_some() || expiry.is_some() {
            self.watch.insert(Silence::new(interval, expiry, now)).plan(self.timeout, now);
        }
    }

    /// Sets how long the peer may be silent after a ping.
    pub(crate) fn set_timeout(&mut self, timeout: Option<Duration>, now: Instant) {
        self.timeout = timeout;
        if let Some(watch) = &mut self.watch {
            watch.plan(timeout, now);
        }
    }

    /// Stops pinging, and lets the connection last.
    pub(crate) fn stop(&mut self) {
        self.watch = None;
    }

    /// How long the last answered ping and its pong took together.
    pub(crate) fn latency(&self) -> Option<Duration> {
        self.latency
    }

    /// How long a read may wait before something may be due, or before the clock must be looked at.
    /// This is not counted down while reads bring data. Pings are due only if `may_ping`.
    pub(crate) fn wait(&self, may_ping: bool) -> Option<Duration> {
        self.watch.as_ref()?.due(may_ping).wait
    }

    /// How long a read may wait from `now` on, after a read that brought nothing. A signal may have
    /// cut that read short: if each wait began anew, more signals could prolong it without end.
    pub(crate) fn wait_from(&self, may_ping: bool, now: Instant) -> Option<Duration> {
        let at = self.watch.as_ref()?.due(may_ping).at?;
        Some(at.saturating_duration_since(now))
    }

    /// Returns `true` if enough reads have passed that it is time to look at the clock: to call
    /// [`expired`](Self::expired) and [`ping`](Self::ping).
    pub(crate) fn wants_clock(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.reads >= watch.most_reads)
    }

    /// Returns `true` if the latest ping is not written yet, as far as is known.
    pub(crate) fn is_owed(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.ping == Ping::Owed)
    }

    /// Notes that a read brought something. Called for each such read, so it must be fast.
    pub(crate) fn heard(&mut self) {
        if let Some(watch) = &mut self.watch {
            watch.silent_since = None;
            watch.reads = watch.reads.saturating_add(1);
        }
    }

    /// Notes that bytes came at the time `at`, although nothing can be read of them yet.
    pub(crate) fn heard_at(&mut self, at: Instant) {
        if let Some(watch) = &mut self.watch {
            if watch.silent_since.is_some_and(|since| since <= at) {
                watch.silent_since = None;
            }
        }
    }

    /// Notes when the owed ping was written. Its pong may come at any time after `from`. The peer
    /// may be silent until `to`.
    pub(crate) fn written(&mut self, from: Instant, to: Instant) {
        if let Some(watch) = self.watch.as_mut().filter(|watch| watch.ping == Ping::Owed) {
            watch.ping = Ping::Out(from);
            watch.silent_since.get_or_insert(to);
            watch.plan(self.timeout, to);
        }
    }

    /// Notes a pong. Only an answer to the latest ping counts.
    pub(crate) fn pong(&mut self, payload: &ControlPayload, now: Instant) {
        let Some(watch) = &mut self.watch else { return };
        if *payload != ControlPayload::of_number(self.number) {
            return;
        }
        match watch.ping {
            Ping::Out(at) => {
                self.latency = Some(now.saturating_duration_since(at));
                watch.ping = Ping::Answered(at);
            }
            // When the ping was written is not known, so there is no latency.
            Ping::Owed => watch.ping = Ping::Answered(now),
            Ping::Answered(_) => {}
        }
    }

    /// Returns `true` if the peer must be dropped. Valid only just after a read that timed out:
    /// otherwise the peer's answer may have arrived unread.
    pub(crate) fn is_dead(&self, now: Instant) -> bool {
        let dead_at = self.watch.as_ref().and_then(|watch| watch.dead_at(self.timeout));
        dead_at.is_some_and(|at| at <= now)
    }

    /// Notes how much has come. See [`Expiry::note`].
    pub(crate) fn note_messages(&mut self, progress: u64, is_arriving: bool, at: Instant) {
        if let Some(expiry) = self.watch.as_mut().and_then(|watch| watch.expiry.as_mut()) {
            expiry.note(progress, is_arriving, at);
        }
    }

    /// Returns why the connection must end. See [`Expiry::expired`].
    pub(crate) fn expired(&mut self, is_silent: bool, now: Instant) -> Option<Expired> {
        self.watch.as_mut()?.expiry.as_mut()?.expired(is_silent, now)
    }

    /// Notes a look at the clock, and plans the next one. Returns the number of a new ping if it is
    /// time to ping and `may_ping`. The ping counts as owed until [`written`](Self::written) is
    /// called.
    pub(crate) fn ping(&mut self, may_ping: bool, now: Instant) -> Option<u64> {
        let watch = self.watch.as_mut()?;
        let is_due = may_ping && watch.ping_at().is_some_and(|at| at <= now);
        if is_due {
            watch.ping = Ping::Owed;
            self.number += 1;
        }
        watch.look(now);
        watch.plan(self.timeout, now);
        is_due.then_some(self.number)
    }
}

impl Silence {
    fn new(interval: Option<Duration>, expiry: Option<Box<Expiry>>, now: Instant) -> Self {
        let mut new = Self {
            interval,
            expiry,
            pace: Duration::MAX,
            ping: Ping::Answered(now),
            silent_since: None,
            any: Due::default(),
            end: Due::default(),
            looked: now,
            reads: 0,
            most_reads: 1,
        };
        new.set_pace();
        new
    }

    fn set_pace(&mut self) {
        let expiry = self.expiry.as_ref().and_then(|expiry| expiry.pace());
        let pace = self.interval.into_iter().chain(expiry).min();
        self.pace = pace.unwrap_or(Duration::MAX);
    }

    fn due(&self, may_ping: bool) -> Due {
        if may_ping { self.any } else { self.end }
    }

    fn ping_at(&self) -> Option<Instant> {
        match self.ping {
            Ping::Owed => None,
            Ping::Out(at) | Ping::Answered(at) => at.checked_add(self.interval?),
        }
    }

    fn dead_at(&self, timeout: Option<Duration>) -> Option<Instant> {
        self.silent_since?.checked_add(timeout?)
    }

    fn look(&mut self, now: Instant) {
        if now.saturating_duration_since(self.looked) >= self.pace / READS {
            self.most_reads = 1;
        } else if self.reads >= self.most_reads {
            // Step by step: a few reads close together do not mean that many follow.
            self.most_reads = READS.min(self.most_reads * 2);
        }
        (self.looked, self.reads) = (now, 0);
    }

    /// Plans when something may be due. Whether an owed ping was written is looked at before its
    /// pong can be late.
    fn plan(&mut self, timeout: Option<Duration>, now: Instant) {
        let mut ping = self.ping_at().into_iter().chain(self.dead_at(timeout)).min();
        if ping.is_none() && self.ping == Ping::Owed {
            ping = timeout.or(self.interval).and_then(|wait| now.checked_add(wait));
        }
        let end = self.expiry.as_ref().and_then(|expiry| expiry.due_at());
        self.any = self.due_by(ping.into_iter().chain(end).min(), now);
        self.end = self.due_by(end, now);
    }

    fn due_by(&self, at: Option<Instant>, now: Instant) -> Due {
        let until = at.map(|at| at.saturating_duration_since(now));
        let to_look = (self.most_reads > 1).then(|| self.pace / READS);
        Due { wait: until.into_iter().chain(to_look).min(), at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens, and the expected result. Times are milliseconds.
    #[derive(Debug)]
    enum Step {
        /// A read times out: the number of the new ping, and how long the next read may wait.
        Silence(Option<u64>, Option<u64>),
        /// A read times out, and the peer must be dropped.
        Dead,
        /// A read brings something: whether it is time to look at the clock.
        Heard(bool),
        /// A look at the clock although no read timed out: the number of the new ping.
        Look(Option<u64>),
        /// A writer tells from when to when it wrote the ping.
        Written(u64, u64),
        /// A pong with this number: the latency then.
        Pong(u64, Option<u64>),
        Timeout(Option<u64>, u64),
        Stop,
    }
    use Step::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn follows(rule: &str, interval: u64, timeout: Option<u64>, steps: &[(u64, Step)]) {
        let start = Instant::now();
        let mut alive = Keepalive::default();
        alive.set_interval(Some(ms(interval)), start);
        alive.set_timeout(timeout.map(ms), start);
        assert_eq!(alive.wait(true), Some(ms(interval)), "{rule}");
        for (at, step) in steps {
            let (now, case) = (start + ms(*at), format!("{rule}: {step:?} at {at}"));
            match *step {
                Silence(ping, wait) => {
                    assert!(!alive.is_dead(now), "{case}");
                    assert_eq!(alive.ping(true, now), ping, "{case}");
                    assert_eq!(alive.wait(true), wait.map(ms), "{case}");
                }
                Dead => assert!(alive.is_dead(now), "{case}"),
                Heard(curious) => {
                    alive.heard();
                    assert_eq!(alive.wants_clock(), curious, "{case}");
                }
                Look(ping) => {
                    assert_eq!(alive.ping(true, now), ping, "{case}");
                    assert!(!alive.wants_clock(), "{case}");
                }
                Written(from, to) => {
                    assert!(alive.is_owed(), "{case}");
                    alive.written(start + ms(from), start + ms(to));
                    assert!(!alive.is_owed(), "{case}");
                }
                Pong(n, latency) => {
                    alive.heard();
                    alive.pong(&ControlPayload::of_number(n), now);
                    assert_eq!(alive.latency(), latency.map(ms), "{case}");
                }
                Timeout(timeout, wait) => {
                    alive.set_timeout(timeout.map(ms), now);
                    assert_eq!(alive.wait(true), Some(ms(wait)), "{case}");
                }
                Stop => alive.stop(),
            }
        }
    }

    /// A read times out, and a ping is written at once.
    fn pinged(at: u64, n: u64, wait: u64) -> [(u64, Step); 2] {
        [(at, Silence(Some(n), Some(wait))), (at, Written(at, at))]
    }

    #[test]
    fn section_5_5_2_a_peer_that_answers_is_pinged_at_the_interval() {
        let mut steps = vec![(5, Silence(None, Some(15)))];
        steps.extend(pinged(20, 1, 30));
        steps.extend([(22, Pong(1, Some(2))), (38, Silence(None, Some(2)))]);
        steps.extend(pinged(41, 2, 30));
        steps.extend([(46, Pong(2, Some(5))), (60, Silence(None, Some(1)))]);
        follows("it answers", 20, Some(30), &steps);
    }

    #[test]
    fn a_peer_is_given_up_where_nothing_came_since_a_ping() {
        let mut silent = Vec::from(pinged(20, 1, 30));
        silent.extend([(30, Silence(None, Some(10)))]);
        silent.extend(pinged(40, 2, 10));
        silent.extend([(49, Silence(None, Some(1))), (50, Dead)]);
        follows("more pings give no more time", 20, Some(30), &silent);

        let mut talks = Vec::from(pinged(20, 1, 10));
        talks.extend([(29, Heard(true)), (30, Silence(None, Some(10)))]);
        talks.extend(pinged(40, 2, 10));
        talks.extend([(50, Dead)]);
        follows("any byte proves life, until the next ping", 20, Some(10), &talks);

        let mut patient = Vec::from(pinged(20, 1, 20));
        patient.extend(pinged(40, 2, 20));
        patient.extend(pinged(900, 3, 20));
        follows("no timeout, no end", 20, None, &patient);

        let mut changed = Vec::from(pinged(20, 1, 20));
        changed.extend([(22, Timeout(Some(10), 8)), (24, Timeout(None, 16))]);
        changed.extend([(40, Silence(Some(2), Some(20))), (41, Timeout(Some(5), 0)), (41, Dead)]);
        follows("another timeout holds at once", 20, None, &changed);

        let mut stopped = Vec::from(pinged(20, 1, 10));
        stopped.extend([(25, Stop), (99, Silence(None, None))]);
        follows("nothing once it is stopped", 20, Some(10), &stopped);
    }

    #[test]
    fn a_ping_that_waits_for_a_writer_gives_the_peer_its_time() {
        follows(
            "from when it is written",
            20,
            Some(10),
            &[
                (20, Silence(Some(1), Some(10))),
                (99, Silence(None, Some(10))),
                (101, Written(85, 95)),
                (101, Silence(None, Some(4))),
                (102, Silence(None, Some(3))),
                (105, Dead),
            ],
        );
        follows(
            "and so does the next one",
            20,
            None,
            &[
                (20, Silence(Some(1), Some(20))),
                (90, Written(90, 91)),
                (95, Silence(None, Some(15))),
            ],
        );
        follows(
            "the pong may overtake the writer's word",
            20,
            Some(10),
            &[
                (20, Silence(Some(1), Some(10))),
                (21, Pong(1, None)),
                (30, Silence(None, Some(11))),
                (41, Silence(Some(2), Some(10))),
            ],
        );
    }

    #[test]
    fn section_5_5_3_a_pong_that_nobody_asked_for_tells_nothing() {
        let mut steps = vec![(1, Pong(0, None)), (2, Pong(1, None))];
        steps.extend(pinged(20, 1, 20));
        steps.extend([(21, Pong(2, None)), (23, Pong(1, Some(3))), (29, Pong(1, Some(3)))]);
        steps.extend(pinged(40, 2, 20));
        steps.extend([(42, Pong(1, Some(3))), (44, Pong(2, Some(4)))]);
        follows("only the latest ping's, and once", 20, None, &steps);
    }

    #[test]
    fn the_clock_is_looked_at_now_and_then() {
        let mut steps = vec![(0, Heard(true)), (0, Look(None))];
        for (i, few) in [2, 4, 8, 16, 16].into_iter().enumerate() {
            let at = 5 * i as u64;
            steps.extend((1..few).map(|_| (at, Heard(false))));
            steps.extend([(at, Heard(true)), (at, Look(None))]);
        }
        steps.extend((1..16).map(|_| (21, Heard(false))));
        steps.extend([(160, Heard(true)), (160, Look(Some(1)))]);
        // Sixteen reads took longer than a sixteenth of the interval.
        steps.extend([(161, Written(161, 161)), (170, Heard(true)), (170, Look(None))]);
        steps.extend([(199, Heard(true)), (199, Look(None)), (240, Heard(true))]);
        follows("more often where less comes", 160, None, &steps);
    }

    /// Reads come at once, so that not every read looks at the clock. Then each comes `gap` after
    /// the one before. Returns the longest time between two looks from then on.
    fn longest_without_a_look(interval: Duration, gap: Duration) -> Duration {
        let (start, mut alive) = (Instant::now(), Keepalive::default());
        let mut looks = vec![start];
        let mut look = |alive: &mut Keepalive, now| {
            looks.push(now);
            if alive.ping(true, now).is_some() {
                alive.written(now, now);
            }
        };
        alive.set_interval(Some(interval), start);
        for _ in 0..100 {
            alive.heard();
            if alive.wants_clock() {
                look(&mut alive, start);
            }
        }
        for read in 1..50 {
            let (mut now, next) = (start + gap * (read - 1), start + gap * read);
            let mut wait = alive.wait(true);
            // What comes too late for a read comes for a later one.
            while let Some(short) = wait.filter(|wait| now + *wait < next) {
                now += short;
                look(&mut alive, now);
                wait = alive.wait_from(true, now);
            }
            alive.heard();
            if alive.wants_clock() {
                look(&mut alive, next);
            }
        }
        looks.windows(2).map(|two| two[1] - two[0]).max().unwrap()
    }

    #[test]
    fn a_number_of_reads_is_no_time() {
        for interval in [160, 1600, 20_000].map(ms) {
            for part in [1000, 100, 33, 17, 16, 15, 9, 5, 3, 2, 1] {
                let gap = interval / part;
                let longest = longest_without_a_look(interval, gap);
                assert!(longest <= interval, "{longest:?} of {interval:?}, a read each {gap:?}");
            }
        }
    }
}
