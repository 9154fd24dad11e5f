//! [`Fault`]: what is wrong with an opening handshake, and the verdict on it.

use blocking_ws::Role;

use super::super::unmet::blank;
use crate::case::{Case, Level};
use crate::report::{Behavior, BehaviorClose, CaseReport, Outcome};

/// What is wrong with an opening handshake, in a sentence.
pub(super) enum Fault {
    /// It breaks the rule.
    Breaks(String),
    /// It is legal, and not as it should be.
    Lax(String),
}

/// Makes the report of a case with the verdict on what was found. Where the rule leaves the choice, the
/// report tells what was seen.
pub(super) fn judged(case: &Case, role: Role, found: Result<String, Fault>) -> CaseReport {
    let outcome = match (&found, case.level) {
        (Ok(_), Level::Must | Level::Should) => Outcome::Pass,
        (Err(Fault::Breaks(_)), Level::Must) => Outcome::Fail,
        (_, Level::Info) => Outcome::Info,
        (Err(_), _) => Outcome::NonStrict,
    };
    let (behavior, behavior_close) = match outcome {
        Outcome::Pass => (Behavior::Ok, BehaviorClose::Ok),
        Outcome::NonStrict => (Behavior::NonStrict, BehaviorClose::Ok),
        Outcome::Info => (Behavior::Informational, BehaviorClose::Informational),
        _ => (Behavior::Failed, BehaviorClose::Failed),
    };
    let reasons = match found {
        Ok(told) if outcome == Outcome::Info => vec![told],
        Ok(_) => Vec::new(),
        Err(Fault::Breaks(why) | Fault::Lax(why)) => vec![format!("{}: {why}", case.rule)],
    };
    CaseReport { behavior, behavior_close, outcome, reasons, ..blank(case, role) }
}
