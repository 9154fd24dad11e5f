//! [`Times`]: how often something is to happen.

use std::fmt;
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// How often a rule of [`Rules`](crate::testing::Rules) is to be used: a number, or a range such as
/// `1..` or `..=3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub(super) least: usize,
    /// The last number that is allowed.
    pub(super) most: usize,
}

impl Times {
    pub(super) const ANY: Self = Self { least: 0, most: usize::MAX };
    /// Of an empty range.
    const NONE: Self = Self { least: 1, most: 0 };
}

impl From<usize> for Times {
    fn from(exactly: usize) -> Self {
        Self { least: exactly, most: exactly }
    }
}

impl From<RangeInclusive<usize>> for Times {
    fn from(range: RangeInclusive<usize>) -> Self {
        Self { least: *range.start(), most: *range.end() }
    }
}

impl From<Range<usize>> for Times {
    fn from(range: Range<usize>) -> Self {
        range.end.checked_sub(1).map_or(Self::NONE, |most| Self { least: range.start, most })
    }
}

impl From<RangeFrom<usize>> for Times {
    fn from(range: RangeFrom<usize>) -> Self {
        Self { least: range.start, ..Self::ANY }
    }
}

impl From<RangeTo<usize>> for Times {
    fn from(range: RangeTo<usize>) -> Self {
        Self::from(0..range.end)
    }
}

impl From<RangeToInclusive<usize>> for Times {
    fn from(range: RangeToInclusive<usize>) -> Self {
        Self { most: range.end, ..Self::ANY }
    }
}

impl From<RangeFull> for Times {
    fn from(_: RangeFull) -> Self {
        Self::ANY
    }
}

/// As reports have it.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self { least: 0, most: usize::MAX } => f.write_str("any number of times"),
            Self { least, most: usize::MAX } => write!(f, "at least {}", times(least)),
            Self { least, most } if least == most => f.write_str(&times(least)),
            Self { least: 0, most } => write!(f, "at most {}", times(most)),
            Self { least, most } => write!(f, "{least} to {}", times(most)),
        }
    }
}

/// A number of times in words.
pub(super) fn times(number: usize) -> String {
    if number == 1 { "1 time".to_owned() } else { format!("{number} times") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ranges() {
        for (times, least, most, shown) in [
            (Times::from(0), 0, 0, "0 times"),
            (Times::from(1), 1, 1, "1 time"),
            (Times::from(2..), 2, usize::MAX, "at least 2 times"),
            (Times::from(1..=3), 1, 3, "1 to 3 times"),
            (Times::from(1..3), 1, 2, "1 to 2 times"),
            (Times::from(..3), 0, 2, "at most 2 times"),
            (Times::from(..=1), 0, 1, "at most 1 time"),
            (Times::from(..), 0, usize::MAX, "any number of times"),
        ] {
            assert_eq!((times, times.to_string()), (Times { least, most }, shown.to_owned()));
        }
    }
}
