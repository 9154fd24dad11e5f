//! [`RoundTrips`]: the pings that threads wait for the answers to (RFC 6455 §5.5.2, §5.5.3).
//!
//! ```text
//! begin --owed--> queued: the time runs --pong--> over
//! ```
//!
//! These pings have numbers. The number is part of the payload, behind random bytes, so no other
//! pong is taken for an answer. A peer may answer only the most recent of several pings (§5.5.3).
//! So a pong answers the ping with its number and all pings before that. For the same reason, one
//! ping is enough for all threads that begin to wait before it is written. A ping of the keepalive
//! has no such number, so the last one that was queued before it is kept here.

use std::io;
use std::time::{Duration, Instant};

use crate::process::{Change, Lock, random};
use crate::proto::frame::ControlPayload;

/// The threads that wait for pongs.
#[derive(Debug, Default)]
pub(crate) struct RoundTrips {
    state: Lock<State>,
    changed: Change,
}

#[derive(Debug, Default)]
struct State {
    /// What the payloads of this connection begin with; `None` before the first ping.
    tag: Option<[u8; 8]>,
    /// The number of the latest ping, and of the latest that was queued.
    latest: u64,
    queued: u64,
    /// The number of the keepalive's latest ping, and of the ping that was queued before it.
    keepalive: Option<(u64, u64)>,
    waits: Vec<Wait>,
    is_over: bool,
}

#[derive(Debug)]
struct Wait {
    number: u64,
    /// When the ping was queued.
    since: Option<Instant>,
    took: Option<Duration>,
}

/// A thread's wait for the answer to its ping. The drop ends it.
#[derive(Debug)]
pub(crate) struct RoundTrip<'a> {
    trips: &'a RoundTrips,
    number: u64,
}

/// What a thread knows of its ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    NotYet,
    After(Duration),
    /// The connection is over.
    Never,
}

impl RoundTrips {
    /// Begins to wait for the answer to a ping, whose number `owe` gets.
    ///
    /// # Errors
    /// The system has no random bytes.
    pub(crate) fn begin(&self, owe: impl FnOnce(u64)) -> io::Result<RoundTrip<'_>> {
        let mut state = self.state.lock();
        if state.tag.is_none() {
            state.tag = Some(random()?);
        }
        state.latest += 1;
        let number = state.latest;
        state.waits.push(Wait { number, since: None, took: None });
        // With the lock held, so that debts come in the order of the numbers.
        owe(number);
        Ok(RoundTrip { trips: self, number })
    }

    /// Notes that the ping with this number is queued now, which also stands for those before it.
    /// Returns its payload.
    pub(crate) fn queued(&self, number: u64, now: Instant) -> ControlPayload {
        let mut state = self.state.lock();
        state.queued = state.queued.max(number);
        for wait in state.waits.iter_mut().filter(|wait| wait.number <= number) {
            wait.since.get_or_insert(now);
        }
        payload(state.tag.unwrap_or_default(), number)
    }

    /// Notes that a ping of the keepalive is queued now.
    pub(crate) fn keepalive_queued(&self, number: u64) {
        let mut state = self.state.lock();
        state.keepalive = Some((number, state.queued));
    }

    /// Notes a pong. Returns `true` if it answers pings that threads wait for.
    pub(crate) fn pong(&self, pong: &ControlPayload, now: Instant) -> bool {
        let mut state = self.state.lock();
        let Some(answered) = state.answered_by(pong) else { return false };
        let mut is_news = false;
        for wait in state.waits.iter_mut().filter(|wait| wait.number <= answered) {
            if let (Some(since), None) = (wait.since, wait.took) {
                wait.took = Some(now.saturating_duration_since(since));
                is_news = true;
            }
        }
        drop(state);
        self.changed.tell();
        is_news
    }

    /// Wakes all threads that wait, because no pong follows.
    pub(crate) fn end(&self) {
        self.state.lock().is_over = true;
        self.changed.tell();
    }
}

impl State {
    /// The number of the latest ping that a pong answers.
    fn answered_by(&self, pong: &ControlPayload) -> Option<u64> {
        if self.waits.is_empty() {
            return None;
        }
        if let Some((number, before)) = self.keepalive {
            if *pong == ControlPayload::of_number(number) {
                return Some(before);
            }
        }
        let (tag, number) = pong.as_slice().split_first_chunk::<8>()?;
        let number = u64::from_be_bytes(number.try_into().ok()?);
        (Some(*tag) == self.tag && number <= self.queued).then_some(number)
    }

    fn answer(&self, number: u64) -> Answer {
        let took = self.waits.iter().find(|wait| wait.number == number).and_then(|wait| wait.took);
        match took {
            Some(took) => Answer::After(took),
            None if self.is_over => Answer::Never,
            None => Answer::NotYet,
        }
    }
}

impl RoundTrip<'_> {
    pub(crate) fn answer(&self) -> Answer {
        self.trips.state.lock().answer(self.number)
    }

    /// Waits for the answer, for `most` at most. May return earlier.
    pub(crate) fn wait(&self, most: Option<Duration>) -> Answer {
        let state = self.trips.state.lock();
        match state.answer(self.number) {
            Answer::NotYet => self.trips.changed.wait_within(state, most).answer(self.number),
            known => known,
        }
    }
}

impl Drop for RoundTrip<'_> {
    fn drop(&mut self) {
        self.trips.state.lock().waits.retain(|wait| wait.number != self.number);
    }
}

fn payload(tag: [u8; 8], number: u64) -> ControlPayload {
    let bytes = [tag, number.to_be_bytes()].concat();
    ControlPayload::new(&bytes).expect("16 bytes are no more than 125")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens. The numbers are those of pings, which begin with 1.
    #[derive(Clone, Copy, Debug)]
    enum Step {
        Begin,
        /// The ping is queued at this time, in milliseconds.
        Queued(u64, u64),
        Keepalive(u64),
        /// A pong comes for the ping, at this time.
        Pong(u64, u64),
        /// The same for the keepalive.
        KeepalivePong(u64, u64),
        /// A pong with another payload.
        Other(&'static [u8]),
        End,
    }
    use Answer::*;
    use Step::*;

    const fn after(milliseconds: u64) -> Answer {
        After(Duration::from_millis(milliseconds))
    }

    #[test]
    fn section_5_5_3_which_pong_answers_which_ping() {
        // (rule, what happens, what the threads know of their pings)
        let rows: [(&str, &[Step], &[Answer]); 16] = [
            ("no pong", &[Begin, Queued(1, 5)], &[NotYet]),
            ("its pong", &[Begin, Queued(1, 5), Pong(1, 7)], &[after(2)]),
            (
                "only the first pong counts",
                &[Begin, Queued(1, 5), Pong(1, 7), Pong(1, 9)],
                &[after(2)],
            ),
            ("a pong before the ping", &[Begin, Pong(1, 7), Queued(1, 9)], &[NotYet]),
            ("an empty pong", &[Begin, Queued(1, 5), Other(b"")], &[NotYet]),
            ("the number alone", &[Begin, Queued(1, 5), Other(b"\0\0\0\0\0\0\0\x01")], &[NotYet]),
            (
                "no random bytes",
                &[Begin, Queued(1, 5), Other(b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01")],
                &[NotYet],
            ),
            (
                "an older pong",
                &[Begin, Queued(1, 1), Begin, Queued(2, 5), Pong(1, 7)],
                &[after(6), NotYet],
            ),
            (
                "only the most recent is answered",
                &[Begin, Queued(1, 1), Begin, Queued(2, 5), Pong(2, 7)],
                &[after(6), after(2)],
            ),
            (
                "one ping for two threads",
                &[Begin, Begin, Queued(2, 5), Pong(2, 7)],
                &[after(2), after(2)],
            ),
            (
                "a number that is not out",
                &[Begin, Queued(1, 5), Begin, Pong(2, 7)],
                &[NotYet, NotYet],
            ),
            (
                "only the keepalive's later ping is answered",
                &[Begin, Queued(1, 1), Keepalive(4), KeepalivePong(4, 7)],
                &[after(6)],
            ),
            (
                "the keepalive's earlier ping",
                &[Begin, Queued(1, 1), Keepalive(1), Begin, Queued(2, 5), KeepalivePong(1, 7)],
                &[after(6), NotYet],
            ),
            (
                "the keepalive's number is another",
                &[Begin, Queued(1, 1), Keepalive(4), KeepalivePong(1, 7)],
                &[NotYet],
            ),
            ("the end", &[Begin, Queued(1, 1), End], &[Never]),
            ("a pong before the end", &[Begin, Queued(1, 1), Pong(1, 2), End], &[after(1)]),
        ];
        for (rule, steps, want) in rows {
            let (trips, start) = (RoundTrips::default(), Instant::now());
            let at = |time| start + Duration::from_millis(time);
            let (mut waiting, mut owed) = (Vec::new(), 0);
            for step in steps {
                let tag = trips.state.lock().tag.unwrap_or_default();
                match *step {
                    Begin => waiting.push(trips.begin(|number| owed = number).unwrap()),
                    Queued(number, time) => {
                        assert_eq!(trips.queued(number, at(time)), payload(tag, number), "{rule}");
                    }
                    Keepalive(number) => trips.keepalive_queued(number),
                    Pong(number, time) => {
                        let _ = trips.pong(&payload(tag, number), at(time));
                    }
                    KeepalivePong(number, time) => {
                        let _ = trips.pong(&ControlPayload::of_number(number), at(time));
                    }
                    Other(bytes) => {
                        let pong = ControlPayload::new(bytes).unwrap();
                        assert!(!trips.pong(&pong, at(9)), "{rule}");
                    }
                    End => trips.end(),
                }
            }
            assert_eq!(owed, waiting.len() as u64, "{rule}");
            let known: Vec<_> = waiting.iter().map(RoundTrip::answer).collect();
            assert_eq!(known, want, "{rule}");
            let waited = waiting[0].wait(Some(Duration::ZERO));
            assert_eq!(waited, want[0], "{rule}");
            drop(waiting);
            assert!(trips.state.lock().waits.is_empty(), "{rule}");
        }
    }
}
