//! [`Expiry`]: when a connection ends because no message came for too long, or because it has been
//! open for too long. There is no clock here.

use std::time::{Duration, Instant};

/// A look at the clock is never further away than this part of a time.
const LOOKS: u32 = 8;

/// How long a connection may last.
#[derive(Debug, Default)]
pub(crate) struct Expiry {
    idle: Option<Idle>,
    /// How long the connection may be open, and until when.
    lifetime: Option<(Duration, Option<Instant>)>,
}

#[derive(Debug)]
struct Idle {
    most: Duration,
    since: Instant,
    /// How much had come then.
    progress: u64,
    /// The last look at the clock, if it saw that the time is over.
    overdue: Option<Overdue>,
}

#[derive(Clone, Copy, Debug)]
struct Overdue {
    looked: Instant,
    /// How long reads have brought no message since the first such look.
    lasts: Duration,
}

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expired {
    Idle,
    Lifetime,
}

impl Expired {
    /// The reason in the Close frame.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Lifetime => "open for max_lifetime",
        }
    }
}

impl Expiry {
    /// Sets how long no message may come. See [`note`](Self::note) for `progress`.
    pub(crate) fn set_idle(&mut self, most: Option<Duration>, progress: u64, now: Instant) {
        self.idle = most.map(|most| Idle { most, since: now, progress, overdue: None });
    }

    /// Sets how long the connection may be open from now on.
    pub(crate) fn set_lifetime(&mut self, most: Option<Duration>, now: Instant) {
        self.lifetime = most.map(|most| (most, now.checked_add(most)));
    }

    pub(crate) fn is_off(&self) -> bool {
        self.idle.is_none() && self.lifetime.is_none()
    }

    /// Notes how much has come: `progress` is another number once a message or a part of one was
    /// received, which was at the time `at`, or before. With `is_arriving` a message is on its way.
    pub(crate) fn note(&mut self, progress: u64, is_arriving: bool, at: Instant) {
        if let Some(idle) = &mut self.idle {
            if idle.progress != progress || is_arriving {
                (idle.progress, idle.since) = (progress, idle.since.max(at));
                idle.overdue = None;
            }
        }
    }

    /// Returns why the connection must end.
    ///
    /// It is idle if a read has just brought nothing: otherwise a message may lie unread. A peer
    /// that sends pings without pause is never silent. So it is idle too if reads have brought no
    /// message for an eighth of its time after a look saw that the time is over. Between two looks
    /// the program may have been away, so each counts for little of that, however late it comes.
    pub(crate) fn expired(&mut self, is_silent: bool, now: Instant) -> Option<Expired> {
        let has_passed = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if has_passed(self.ends_at()) {
            return Some(Expired::Lifetime);
        }
        if !has_passed(self.idle_at()) {
            return None;
        }
        let idle = self.idle.as_mut()?;
        let more = idle.most / LOOKS;
        let before = idle.overdue.unwrap_or(Overdue { looked: now, lasts: Duration::ZERO });
        let passed = now.saturating_duration_since(before.looked).min(more / LOOKS);
        let lasts = before.lasts + passed;
        idle.overdue = Some(Overdue { looked: now, lasts });
        (is_silent || lasts >= more).then_some(Expired::Idle)
    }

    /// When the clock must be looked at.
    pub(crate) fn due_at(&self) -> Option<Instant> {
        self.idle_at().into_iter().chain(self.ends_at()).min()
    }

    /// The longest time between two looks at the clock, if reads bring data.
    pub(crate) fn pace(&self) -> Option<Duration> {
        let idle = self.idle.as_ref().map(|idle| idle.most);
        let lifetime = self.lifetime.map(|(most, _)| most);
        idle.into_iter().chain(lifetime).min().map(|least| least / LOOKS)
    }

    fn idle_at(&self) -> Option<Instant> {
        let idle = self.idle.as_ref()?;
        idle.since.checked_add(idle.most)
    }

    fn ends_at(&self) -> Option<Instant> {
        self.lifetime?.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is noted, or looked at.
    enum Step {
        /// How much has come, and whether more is arriving.
        Note(u64, bool),
        /// The end that is seen after a read that brought nothing, and after one that did.
        Ends(Option<Expired>, Option<Expired>),
        /// How long from now on nothing is due.
        Due(Option<u64>),
    }
    use Expired::*;
    use Step::*;

    fn follows(rule: &str, idle: Option<u64>, lifetime: Option<u64>, steps: &[(u64, Step)]) {
        let (start, mut expiry) = (Instant::now(), Expiry::default());
        assert!(expiry.is_off(), "{rule}");
        expiry.set_idle(idle.map(Duration::from_millis), 0, start);
        expiry.set_lifetime(lifetime.map(Duration::from_millis), start);
        assert_eq!(expiry.is_off(), idle.or(lifetime).is_none(), "{rule}");
        for (at, step) in steps {
            let now = start + Duration::from_millis(*at);
            match step {
                Note(progress, is_arriving) => expiry.note(*progress, *is_arriving, now),
                Ends(silent, busy) => {
                    assert_eq!(expiry.expired(false, now), *busy, "{rule}, busy at {at}");
                    assert_eq!(expiry.expired(true, now), *silent, "{rule}, silent at {at}");
                }
                Due(wait) => {
                    let due = wait.map(|wait| now + Duration::from_millis(wait));
                    assert_eq!(expiry.due_at(), due, "{rule}, at {at}");
                }
            }
        }
    }

    #[test]
    fn an_end_comes_when_it_is_due_and_not_before() {
        let none = || Ends(None, None);
        follows("off", None, None, &[(0, Due(None)), (9999, none())]);
        follows("silence", Some(100), None, &[(99, Due(Some(1))), (99, none())]);
        let idle = || Ends(Some(Idle), None);
        follows("what lies unread is seen first", Some(100), None, &[(100, idle()), (200, idle())]);
        let messages = [(50, Note(1, false)), (60, Due(Some(90))), (149, none()), (150, idle())];
        follows("a message", Some(100), None, &messages);
        let others = [(50, Note(0, false)), (90, Note(0, false)), (100, idle())];
        follows("what is no message", Some(100), None, &others);
        let arriving = [(90, Note(0, true)), (180, Note(0, true)), (279, none()), (280, idle())];
        follows("a message that arrives", Some(100), None, &arriving);
        let old = || Ends(Some(Lifetime), Some(Lifetime));
        let busy = [(90, Note(9, true)), (99, none()), (99, Due(Some(1))), (100, old())];
        follows("a lifetime, however busy", None, Some(100), &busy);
        let busy = |ends| Ends(Some(Idle), ends);
        // Looks that are a millisecond apart, until more than an eighth of 160 has passed.
        let mut floods: Vec<_> = (160..180).map(|at| (at, busy(None))).collect();
        floods.extend([(180, busy(Some(Idle))), (180, Note(1, false)), (339, none())]);
        floods.extend([(340, busy(None)), (341, busy(None))]);
        follows("pings without pause", Some(160), None, &floods);
        // After each look the program is away.
        let mut away: Vec<_> = (1..9).map(|time| (200 * time, busy(None))).collect();
        away.extend([(1800, busy(Some(Idle)))]);
        follows("a program that is slow", Some(160), None, &away);
        let comes = [(200, busy(None)), (201, busy(None)), (900, busy(None)), (901, busy(None))];
        follows("two looks close together", Some(160), None, &comes);
        follows("the earlier counts", Some(50), Some(100), &[(0, Due(Some(50))), (50, idle())]);
        follows(
            "both",
            Some(50),
            Some(60),
            &[(20, Note(1, false)), (20, Due(Some(40))), (99, old())],
        );
    }
}
