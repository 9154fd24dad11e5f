//! [`Clock`]: when something has passed, by the clock on the wall and since the log began.

use std::time::{Duration, Instant, SystemTime};

/// When a log began, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    began: Instant,
    time: SystemTime,
}

/// When something has passed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp {
    /// Since the log began.
    pub(super) since: Duration,
    pub(super) time: SystemTime,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), time: SystemTime::now() }
    }

    pub(super) fn stamp(&self, at: Instant) -> Stamp {
        let since = at.saturating_duration_since(self.began);
        Stamp { since, time: self.time + since }
    }
}

impl Stamp {
    /// As in RFC 3339, in UTC: `2026-11-29T12:03:44.517Z`.
    pub(super) fn date(&self) -> String {
        humantime::format_rfc3339_millis(self.time).to_string()
    }

    /// The time of day, in UTC: `12:03:44.517`.
    pub(super) fn time_of_day(&self) -> String {
        let date = self.date();
        date.split_once('T').map_or("", |(_, time)| time.trim_end_matches('Z')).to_owned()
    }

    /// Seconds since 1970.
    pub(super) fn unix(&self) -> f64 {
        self.time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
    }
}
