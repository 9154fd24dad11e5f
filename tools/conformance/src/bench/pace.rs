//! [`Pace`]: how quick a program has been lately.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::patience::Patience;

/// How many answers are remembered. One slow answer stretches the next cases, and not the whole run.
const REMEMBERED: usize = 16;

/// How quick a program has been lately. A machine that is busy for a while makes every program slow, and
/// that is no fault of the program.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<VecDeque<Duration>>);

impl Pace {
    /// Notes how long an answer took.
    pub(crate) fn note(&self, answer: Duration) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() == REMEMBERED {
            answers.pop_front();
        }
        answers.push_back(answer);
    }

    /// How much patience the slowest of the last answers asks for.
    pub(crate) fn patience(&self) -> Patience {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Patience::measured(answers.iter().max().copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_answer_counts_for_a_while() {
        let pace = Pace::default();
        let millis = Duration::from_millis;
        assert_eq!(pace.patience(), Patience::measured(Duration::ZERO));
        pace.note(millis(1));
        pace.note(millis(300));
        assert_eq!(pace.patience(), Patience::measured(millis(300)));
        for _ in 0..REMEMBERED - 1 {
            pace.note(millis(2));
        }
        assert_eq!(pace.patience(), Patience::measured(millis(300)));
        pace.note(millis(2));
        assert_eq!(pace.patience(), Patience::measured(millis(2)));
    }
}
