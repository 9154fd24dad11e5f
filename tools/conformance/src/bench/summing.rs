//! [`sum_up`]: a case that judges the frames of all cases.

use crate::report::{Behavior, CaseReport, Outcome, WireEvent};

/// The case that judges every frame of every case.
const EVERY_FRAME: &str = "F11";

/// The most breaches that are named.
const NAMED: usize = 20;

/// Adds to the case about every frame what the other cases have shown. It fails if the program has
/// broken a rule in any of them.
pub(crate) fn sum_up(cases: &mut [CaseReport]) {
    let mut broken: Vec<String> = Vec::new();
    for case in cases.iter().filter(|case| case.id.to_string() != EVERY_FRAME) {
        for entry in &case.wire {
            if let WireEvent::Breach { rule } = &entry.what {
                broken.push(format!("{rule} (in {})", case.id));
            }
        }
    }
    let Some(case) = cases.iter_mut().find(|case| case.id.to_string() == EVERY_FRAME) else {
        return;
    };
    if broken.is_empty() {
        return;
    }
    (case.behavior, case.outcome) = (Behavior::Failed, Outcome::Fail);
    let more = broken.len().saturating_sub(NAMED);
    case.reasons.extend(broken.into_iter().take(NAMED));
    if more > 0 {
        case.reasons.push(format!("{more} more frames break a rule"));
    }
}
