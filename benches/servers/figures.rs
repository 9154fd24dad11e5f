//! Statistics: percentiles of the times in one run, the spread of several runs, and comparisons.

use std::time::Duration;

/// Times in ascending order.
pub(crate) struct Sorted(Vec<Duration>);

impl Sorted {
    /// `None` if there are no times.
    pub(crate) fn new(mut times: Vec<Duration>) -> Option<Self> {
        times.sort_unstable();
        (!times.is_empty()).then_some(Self(times))
    }

    /// Returns a percentile in microseconds, by the nearest rank. It is given in thousandths: 500 is the
    /// median, and 1000 is the longest time.
    pub(crate) fn percentile(&self, thousandths: usize) -> f64 {
        let rank = (self.0.len() * thousandths).div_ceil(1000);
        let index = rank.clamp(1, self.0.len()) - 1;
        self.0[index].as_secs_f64() * 1e6
    }
}

/// The values of one figure in several runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) lowest: f64,
    pub(crate) highest: f64,
}

impl Spread {
    /// `None` if there are no runs. The median of an even number of runs is the mean of the middle two.
    pub(crate) fn of(runs: &[f64]) -> Option<Self> {
        let mut runs = runs.to_vec();
        runs.sort_unstable_by(f64::total_cmp);
        let (lowest, highest) = (*runs.first()?, *runs.last()?);
        let middle = [runs[(runs.len() - 1) / 2], runs[runs.len() / 2]];
        Some(Self { median: f64::midpoint(middle[0], middle[1]), lowest, highest })
    }
}

/// Which of two values of a figure is better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Better {
    More,
    Less,
    /// The value is not the server's.
    Neither,
}

impl Better {
    /// Returns the best of several runs. It is the run that other programs disturbed least.
    pub(crate) fn best(self, runs: &Spread) -> f64 {
        if self == Self::More { runs.highest } else { runs.lowest }
    }

    /// Returns how many times as good as another value this value is. `None` if values are not compared, or
    /// if there is no multiple because a value is not positive.
    pub(crate) fn times_as_good(self, value: f64, other: f64) -> Option<f64> {
        let ratio = match self {
            Self::More => value / other,
            Self::Less => other / value,
            Self::Neither => return None,
        };
        (value > 0.0 && other > 0.0).then_some(ratio)
    }
}
