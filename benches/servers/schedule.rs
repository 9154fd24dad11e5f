//! When messages are due, and on which connection. The times are a Poisson process: many clients that are
//! independent of each other send like that. The schedule never waits for an answer.

use std::time::Duration;

use test_support::random::Random;

/// A message that is due.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Due {
    /// Since the schedule began.
    pub(crate) after: Duration,
    pub(crate) connection: usize,
}

/// Messages without end, in the order in which they are due.
pub(crate) struct Schedule {
    random: Random,
    /// Between two messages, on average, in seconds.
    gap: f64,
    connections: usize,
    last: f64,
}

impl Schedule {
    /// `rate` is in messages a second. The same seed gives the same schedule.
    pub(crate) fn new(rate: f64, connections: usize, seed: u64) -> Self {
        Self { random: Random::new(seed), gap: 1.0 / rate, connections, last: 0.0 }
    }

    pub(crate) fn next(&mut self) -> Due {
        // The gaps of a Poisson process have an exponential distribution. The logarithm's argument is
        // greater than 0.
        self.last -= (1.0 - self.random.fraction()).ln() * self.gap;
        Due {
            after: Duration::from_secs_f64(self.last),
            connection: self.random.below(self.connections),
        }
    }
}
