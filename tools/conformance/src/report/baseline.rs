//! [`Baseline`]: what a run is compared with, so that only what is worse fails.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::json::BadReport;
use super::record::{Behavior, BehaviorClose, CaseReport, Outcome};
use super::run::Report;
use crate::case::CaseId;

/// The verdicts of an earlier run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    verdicts: BTreeMap<CaseId, Verdict>,
}

/// All verdicts on a case. The better one is less: the outcome counts first, then what was received,
/// then how the connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Verdict {
    /// The one verdict.
    pub outcome: Outcome,
    /// The verdict on what was received.
    pub behavior: Behavior,
    /// The verdict on how the connection ended.
    pub behavior_close: BehaviorClose,
}

/// How a run differs from a [`Baseline`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Cases with a worse verdict than before.
    pub worse: Vec<Change>,
    /// Cases with a better verdict than before.
    pub better: Vec<Change>,
    /// Cases that the baseline does not have.
    pub new: Vec<(CaseId, Verdict)>,
    /// Cases that only the baseline has.
    pub gone: Vec<(CaseId, Verdict)>,
}

/// A case whose verdict is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The case.
    pub id: CaseId,
    /// Its verdict in the baseline.
    pub before: Verdict,
    /// Its verdict now.
    pub now: Verdict,
}

/// A file that is no baseline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBaseline {
    /// It is a JSON report that cannot be read.
    #[error(transparent)]
    Report(#[from] BadReport),
    /// It is neither a report nor an index.
    #[error(
        "this is neither a JSON report of ws-conformance nor an index.json of the Autobahn test \
         suite: {0}"
    )]
    Neither(String),
    /// An index.json has several agents, and none of them has the name that is asked for.
    #[error("the index.json has no agent {wanted:?}; it has {has}: choose with --agent")]
    NoAgent {
        /// The name that is asked for.
        wanted: String,
        /// The names that there are.
        has: String,
    },
}

/// One case of an index.json of the Autobahn test suite.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Indexed {
    behavior: Behavior,
    behavior_close: BehaviorClose,
}

impl Verdict {
    /// The verdicts on a case.
    #[must_use]
    pub fn of(case: &CaseReport) -> Self {
        let CaseReport { outcome, behavior, behavior_close, .. } = *case;
        Self { outcome, behavior, behavior_close }
    }

    /// The one verdict of two words of the Autobahn test suite, which has no word for a limit: such a
    /// case has failed there.
    fn from_words(behavior: Behavior, behavior_close: BehaviorClose) -> Self {
        let outcome = match (behavior, behavior_close) {
            (Behavior::Unimplemented, _) => Outcome::Unimplemented,
            (Behavior::Informational, _) => Outcome::Info,
            (Behavior::Ok, BehaviorClose::Ok) => Outcome::Pass,
            (Behavior::NonStrict, BehaviorClose::Ok) => Outcome::NonStrict,
            _ => Outcome::Fail,
        };
        Self { outcome, behavior, behavior_close }
    }
}

impl Baseline {
    /// Reads a JSON report of this program, or an `index.json` of the Autobahn test suite. If that has
    /// several agents, `agent` chooses.
    ///
    /// # Errors
    /// It is neither, or the `index.json` has several agents and not this one.
    pub fn from_json(json: &str, agent: &str) -> Result<Self, BadBaseline> {
        let value: serde_json::Value =
            serde_json::from_str(json).map_err(|e| BadBaseline::Neither(e.to_string()))?;
        if value.get("format").is_some_and(serde_json::Value::is_u64) {
            return Ok(Self::from(&Report::from_json(json)?));
        }
        let mut index: BTreeMap<String, BTreeMap<CaseId, Indexed>> =
            serde_json::from_str(json).map_err(|e| BadBaseline::Neither(e.to_string()))?;
        let cases = match index.remove(agent) {
            Some(cases) => cases,
            None if index.len() == 1 => index.into_values().next().unwrap_or_default(),
            None => {
                let has: Vec<String> = index.keys().map(|name| format!("{name:?}")).collect();
                let has = if has.is_empty() { "none".to_owned() } else { has.join(", ") };
                return Err(BadBaseline::NoAgent { wanted: agent.to_owned(), has });
            }
        };
        let verdict = |case: Indexed| Verdict::from_words(case.behavior, case.behavior_close);
        Ok(Self { verdicts: cases.into_iter().map(|(id, case)| (id, verdict(case))).collect() })
    }
}

impl From<&Report> for Baseline {
    fn from(report: &Report) -> Self {
        let verdict = |case: &CaseReport| (case.id.clone(), Verdict::of(case));
        Self { verdicts: report.cases.iter().map(verdict).collect() }
    }
}

impl Report {
    /// Compares the verdicts with those of an earlier run.
    #[must_use]
    pub fn against(&self, baseline: &Baseline) -> Difference {
        Baseline::from(self).against(baseline)
    }
}

impl Baseline {
    fn against(&self, baseline: &Self) -> Difference {
        let mut difference = Difference::default();
        for (id, now) in &self.verdicts {
            let Some(before) = baseline.verdicts.get(id) else {
                difference.new.push((id.clone(), *now));
                continue;
            };
            let change = || Change { id: id.clone(), before: *before, now: *now };
            match now.cmp(before) {
                Ordering::Less => difference.better.push(change()),
                Ordering::Equal => {}
                Ordering::Greater => difference.worse.push(change()),
            }
        }
        let gone = baseline.verdicts.iter().filter(|(id, _)| !self.verdicts.contains_key(id));
        difference.gone = gone.map(|(id, verdict)| (id.clone(), *verdict)).collect();
        difference
    }
}

impl Difference {
    /// Returns `true` if no case is worse than before. Cases that are new or gone do not count.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.worse.is_empty()
    }

    /// Returns `true` if all cases and verdicts are the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// `fail (FAILED / OK)`.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} / {})", self.outcome, self.behavior, self.behavior_close)
    }
}

/// A line for each case that differs, and a line with the counts.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, changes) in [("worse", &self.worse), ("better", &self.better)] {
            for Change { id, before, now } in changes {
                writeln!(f, "{name:<6}  {id}: {now}, before: {before}")?;
            }
        }
        for (name, cases) in [("new", &self.new), ("gone", &self.gone)] {
            for (id, verdict) in cases {
                writeln!(f, "{name:<6}  {id}: {verdict}")?;
            }
        }
        if self.is_empty() {
            return writeln!(f, "All verdicts are those of the baseline.");
        }
        writeln!(
            f,
            "Against the baseline: {} worse, {} better, {} new, {} gone.",
            self.worse.len(),
            self.better.len(),
            self.new.len(),
            self.gone.len()
        )
    }
}
