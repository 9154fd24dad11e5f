//! [`Patience`]: how long to wait for a program.

use std::time::Duration;

/// How long to wait for a program: the times of the cases, stretched for slow programs and machines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Patience {
    /// How many times as long as the case says.
    pub(crate) scale: f64,
    /// The longest of the round trips that were measured.
    pub(crate) round_trip: Duration,
}

/// With round trips up to this, times are as the cases say.
const QUICK: Duration = Duration::from_millis(25);
/// A program that is slower than this is not waited for longer, unless the user says so.
const MOST: f64 = 10.0;
/// The factors that a user can ask for.
const LEAST_FACTOR: f64 = 0.01;
const MOST_FACTOR: f64 = 1000.0;
/// An answer can be expected after this many round trips.
const ROUND_TRIPS: u32 = 20;
/// An answer is not given less time than this, because programs have other things to do as well.
const LEAST: Duration = Duration::from_millis(50);

impl Patience {
    /// Has as much patience as this round trip needs.
    pub(crate) fn measured(round_trip: Duration) -> Self {
        let scale = (round_trip.as_secs_f64() / QUICK.as_secs_f64()).clamp(1.0, MOST);
        Self { scale, round_trip }
    }

    /// Stretches times by this factor, within reason.
    pub(crate) fn scaled(self, scale: f64) -> Self {
        let scale = if scale.is_nan() { 1.0 } else { scale.clamp(LEAST_FACTOR, MOST_FACTOR) };
        Self { scale, ..self }
    }

    /// How long to wait for something that a case gives this time.
    pub(crate) fn of(self, time: Duration) -> Duration {
        time.mul_f64(self.scale)
    }

    /// How long to wait until a program has had the time to answer, and has not.
    pub(crate) fn until_answered(self) -> Duration {
        self.of(LEAST).max(self.round_trip * ROUND_TRIPS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_programs_get_more_time() {
        let second = Duration::from_secs(1);
        let of = |millis| Patience::measured(Duration::from_millis(millis));
        assert_eq!(of(1).of(second), second);
        assert_eq!(of(25).of(second), second);
        assert_eq!(of(100).of(second), 4 * second);
        assert_eq!(of(1).until_answered(), Duration::from_millis(50));
        assert_eq!(of(5).until_answered(), Duration::from_millis(100));
        assert_eq!(of(100).scaled(0.5).of(second), second / 2);
    }
}
