//! [`Report`]: what has come of all cases of a run.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::record::{CaseReport, Outcome};

/// What has come of all cases of a run, against one program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// What was tested.
    pub tested: Tested,
    /// When the run began.
    pub started: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// How it was run.
    pub options: Options,
    /// One for each case, in order of their ids.
    pub cases: Vec<CaseReport>,
    /// Whether each selected case was run. The reason why not, if not.
    pub unfinished: Option<String>,
}

/// The program that was tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    /// Its name.
    pub agent: String,
    /// Its role: `server` or `client`.
    pub role: String,
    /// Where it was met.
    pub url: String,
}

/// How a run was made, as far as verdicts depend on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// All times were as many times as long.
    pub patience: f64,
    /// The round trip that was measured before the first case.
    pub round_trip: Duration,
    /// How many cases ran at a time.
    pub jobs: usize,
    /// All messages of the groups 12 and 13 were sent.
    pub full: bool,
    /// The program was not expected to send messages back.
    pub no_echo: bool,
    /// Of what the made data is made.
    pub seed: u64,
}

/// How many cases had which outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// As wished.
    pub passed: usize,
    /// Not strict.
    pub non_strict: usize,
    /// Without a right answer.
    pub info: usize,
    /// Refused by a limit.
    pub limit: usize,
    /// Not implemented.
    pub unimplemented: usize,
    /// Failed.
    pub failed: usize,
}

/// Which outcomes besides passing are good enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lenient {
    /// What is not strict.
    pub non_strict: bool,
    /// What is not implemented.
    pub unimplemented: bool,
    /// What a limit refuses.
    pub limit: bool,
}

impl Lenient {
    /// Allows all but failures.
    #[must_use]
    pub fn all() -> Self {
        Self { non_strict: true, unimplemented: true, limit: true }
    }

    /// Returns `true` if a case with this outcome is no failure.
    #[must_use]
    pub fn allows(self, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Pass | Outcome::Info => true,
            Outcome::NonStrict => self.non_strict,
            Outcome::Limit => self.limit,
            Outcome::Unimplemented => self.unimplemented,
            Outcome::Fail => false,
        }
    }
}

impl Report {
    /// Returns `true` if all selected cases were run, and none has another outcome than is allowed.
    #[must_use]
    pub fn passes(&self, lenient: Lenient) -> bool {
        self.unfinished.is_none() && self.failures(lenient).next().is_none()
    }

    /// The cases that have an outcome that is not allowed.
    pub fn failures(&self, lenient: Lenient) -> impl Iterator<Item = &CaseReport> {
        self.cases.iter().filter(move |case| !lenient.allows(case.outcome))
    }

    /// Counts the outcomes.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::over(&self.cases)
    }
}

impl Summary {
    /// Counts the outcomes of these cases.
    #[must_use]
    pub fn over(cases: &[CaseReport]) -> Self {
        let mut summary = Self::default();
        for case in cases {
            *match case.outcome {
                Outcome::Pass => &mut summary.passed,
                Outcome::Info => &mut summary.info,
                Outcome::NonStrict => &mut summary.non_strict,
                Outcome::Limit => &mut summary.limit,
                Outcome::Unimplemented => &mut summary.unimplemented,
                Outcome::Fail => &mut summary.failed,
            } += 1;
        }
        summary
    }
}
