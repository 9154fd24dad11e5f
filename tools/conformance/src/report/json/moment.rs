//! Times and durations, as JSON has them.

use std::time::{Duration, SystemTime};

/// A date and time by RFC 3339, in UTC, with microseconds.
pub(super) mod date {
    use super::SystemTime;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        time: &SystemTime,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        // Dates before 1970 and after 9999 have no such form.
        let first = SystemTime::UNIX_EPOCH;
        let time = if *time < first { first } else { *time };
        to.collect_str(&humantime::format_rfc3339_micros(time))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<SystemTime, D::Error> {
        let text = String::deserialize(from)?;
        humantime::parse_rfc3339(&text).map_err(|e| D::Error::custom(format!("{text:?}: {e}")))
    }
}

/// Seconds, with microseconds.
pub(super) fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e6
}

/// Milliseconds, with microseconds.
pub(super) fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// Zero if the number is negative, no number, or more than a duration can have.
pub(super) fn from_seconds(seconds: f64) -> Duration {
    // Whole microseconds: 0.001 is not exactly a thousandth.
    Duration::try_from_secs_f64((seconds * 1e6).round() / 1e6)
        .map(|time| {
            Duration::from_micros(u64::try_from((time.as_nanos() + 500) / 1000).unwrap_or(0))
        })
        .unwrap_or_default()
}

/// Zero if the number is negative, no number, or more than a duration can have.
pub(super) fn from_millis(millis: f64) -> Duration {
    from_seconds(millis / 1e3)
}
