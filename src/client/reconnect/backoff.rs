//! How long a client waits before it connects again, and which refusals end its attempts (RFC 6455
//! §7.2.3).
//!
//! ```text
//! attempt     waits between
//!    1        0       and  first
//!    2        first   and  2 first
//!    3        2 first and  4 first
//!   ...       largest / 2 and largest
//! ```
//!
//! So clients that lost their server together come back one by one. Each wait is longer than the
//! one before, up to the largest.

// `Duration` of `core` is only a number; of `std` it would come with the clock.
use core::time::Duration;

use http::StatusCode;

/// The longest wait that a server can ask for. A server that asks for more has made a mistake, or
/// will have forgotten it by then.
pub(crate) const LONGEST_ASKED: Duration = Duration::from_secs(60 * 60);

/// The bounds of the waits between attempts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    pub(crate) first: Duration,
    pub(crate) largest: Duration,
}

impl Default for Backoff {
    /// In a second a server can take back the 10,000 clients that it may have lost. Half a minute
    /// is about as long as people wait.
    fn default() -> Self {
        Self { first: Duration::from_secs(1), largest: Duration::from_secs(30) }
    }
}

impl Backoff {
    /// Returns how long to wait before an attempt. The first attempt in a row is number 1.
    ///
    /// `chance` is a random number. `asked` is the wait that the server asked for (RFC 9110
    /// §10.2.3): the result is no shorter than that plus a random part of `first`, because the
    /// server has asked other clients for the same wait.
    pub(crate) fn wait(self, attempt: u32, chance: u32, asked: Option<Duration>) -> Duration {
        let longest = self.longest(attempt);
        let shortest = if attempt > 1 { longest / 2 } else { Duration::ZERO };
        let wait = shortest.saturating_add(part(longest.saturating_sub(shortest), chance));
        asked.map_or(wait, |asked| {
            let spread = part(self.first.min(self.largest), chance);
            wait.max(asked.min(LONGEST_ASKED).saturating_add(spread))
        })
    }

    /// Returns `true` if a connection has lived as long as the next wait could be, so that the
    /// failures before it no longer count. With a shorter bound, a server that accepts connections
    /// and drops them would be tried again without a growing wait.
    pub(crate) fn starts_anew(self, attempt: u32, lived: Duration) -> bool {
        lived >= self.longest(attempt)
    }

    fn longest(self, attempt: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        self.first.saturating_mul(doubled).min(self.largest)
    }
}

/// A random part of `whole`.
fn part(whole: Duration, chance: u32) -> Duration {
    const CHANCES: f64 = 4_294_967_296.0;
    whole.mul_f64(f64::from(chance) / CHANCES)
}

/// Returns `true` if the same request would be refused again.
///
/// A redirect leads elsewhere. A 4xx says that the client must change something, except for the
/// three statuses that depend on time. A 5xx may pass, and a 2xx comes from a stand-in for the
/// server.
pub(crate) fn is_final(status: StatusCode) -> bool {
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            false
        }
        status => status.is_redirection() || status.is_client_error(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;
    const HOUR: u64 = 3_600_000;
    const HALF: u32 = 1 << 31;

    #[test]
    fn section_7_2_3_waits_begin_random_and_double() {
        let backoff = Backoff { first: MS(100), largest: MS(1000) };
        for (attempt, least, half, most) in [
            (1, 0, 50, 100),
            (2, 100, 150, 200),
            (3, 200, 300, 400),
            (4, 400, 600, 800),
            (5, 500, 750, 1000),
            (32, 500, 750, 1000),
            (33, 500, 750, 1000),
            (u32::MAX, 500, 750, 1000),
        ] {
            assert_eq!(backoff.wait(attempt, 0, None), MS(least), "{attempt}");
            assert_eq!(backoff.wait(attempt, HALF, None), MS(half), "{attempt}");
            let longest = backoff.wait(attempt, u32::MAX, None);
            assert!(longest <= MS(most) && longest > MS(most - 1), "{attempt}: {longest:?}");
        }
    }

    #[test]
    fn waits_of_any_size_can_be_told() {
        let (least, most) = (Duration::from_nanos(1), Duration::MAX);
        for (first, largest) in [(most, most), (most, MS(5)), (least, most), (least, least)] {
            for attempt in [0, 1, 2, 3, 64, u32::MAX] {
                for chance in [0, HALF, u32::MAX] {
                    let backoff = Backoff { first, largest };
                    for asked in [None, Some(Duration::ZERO), Some(most)] {
                        let wait = backoff.wait(attempt, chance, asked);
                        assert!(wait <= largest.saturating_add(LONGEST_ASKED), "{wait:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn rfc_9110_section_10_2_3_a_server_says_when_to_come_back() {
        let backoff = Backoff { first: MS(100), largest: MS(1000) };
        for (rule, attempt, chance, asked, want) in [
            ("not before", 1, 0, 2_000, 2_000),
            ("and not all at once", 1, HALF, 2_000, 2_050),
            ("nor later than that, however often it failed", 9, HALF, 2_000, 2_050),
            ("at once does not end the backoff", 9, HALF, 0, 750),
            ("nor does a little", 9, 0, 300, 500),
            ("an hour", 1, 0, HOUR, HOUR),
            ("not longer than an hour", 1, 0, 2 * HOUR, HOUR),
            ("not for ever", 1, HALF, u64::MAX, HOUR + 50),
        ] {
            assert_eq!(backoff.wait(attempt, chance, Some(MS(asked))), MS(want), "{rule}");
        }
        let small = Backoff { first: MS(1000), largest: MS(10) };
        assert_eq!(small.wait(1, HALF, Some(MS(2_000))), MS(2_005), "on top is what is usual");
    }

    #[test]
    fn what_lived_as_long_as_the_next_wait_is_forgiven() {
        let backoff = Backoff { first: MS(100), largest: MS(1000) };
        for (attempt, lived, anew) in [
            (1, 99, false),
            (1, 100, true),
            (3, 399, false),
            (3, 400, true),
            (40, 999, false),
            (40, 1000, true),
        ] {
            assert_eq!(backoff.starts_anew(attempt, MS(lived)), anew, "{attempt}: {lived} ms");
        }
    }

    #[test]
    fn refusals_that_are_final() {
        for (status, want) in [
            (200, false),
            (300, true),
            (302, true),
            (308, true),
            (400, true),
            (401, true),
            (403, true),
            (404, true),
            (407, true),
            (408, false),
            (410, true),
            (425, false),
            (426, true),
            (429, false),
            (500, false),
            (501, false),
            (502, false),
            (503, false),
            (504, false),
            (599, false),
            (999, false),
        ] {
            assert_eq!(is_final(StatusCode::from_u16(status).unwrap()), want, "{status}");
        }
    }
}
