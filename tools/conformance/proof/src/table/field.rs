//! [`Field`]: the two verdicts on a case.

use std::fmt;

use serde_json::Value;

use crate::original::Verdict;

/// A verdict on a case, as the files of the suites name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// `behavior`: on what was received.
    Behavior,
    /// `behaviorClose`: on how the connection ended.
    BehaviorClose,
}

impl Field {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Behavior, Self::BehaviorClose];

    /// The word for what a suite has said, such as `NON-STRICT`.
    #[must_use]
    pub fn word(self, verdict: Verdict) -> String {
        let word = match self {
            Self::Behavior => serde_json::to_value(verdict.behavior),
            Self::BehaviorClose => serde_json::to_value(verdict.close),
        };
        match word {
            Ok(Value::String(word)) => word,
            other => unreachable!("a verdict is one word, not {other:?}"),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Behavior => "behavior",
            Self::BehaviorClose => "behaviorClose",
        })
    }
}
