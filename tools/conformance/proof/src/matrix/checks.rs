//! [`complaints`] and [`idle`]: what is wrong with a matrix.

use std::collections::BTreeSet;

use blocking_ws::Role;
use ws_conformance::case::{CaseId, Level};
use ws_conformance::cases;

use super::beyond::BEYOND;
use super::named::named;
use super::rows::{Matrix, Row};
use crate::mutant::{Flag, oracle};
use crate::original::{Verdict, Verdicts};
use crate::table::Comparison;

/// Says what is wrong with what the new suite says of mutants, a sentence each: a mutant that its
/// case does not find, a mutant without a flag that fails, or a verdict that is not the one that was
/// measured of the original.
#[must_use]
pub fn complaints(matrix: &Matrix) -> Vec<String> {
    let mut complaints = Vec::new();
    for row in &matrix.0 {
        if let Some(why) = &row.unfinished {
            complaints.push(format!("{}: not all cases were run: {why}", row.name()));
        }
        complaints.extend(match row.flag {
            None => strict(row),
            Some(flag) => found(row, flag),
        });
        if row.role == Role::Server {
            complaints.extend(measured(row));
        }
    }
    complaints
}

/// Without a flag all cases are passed.
fn strict(row: &Row) -> Option<String> {
    let found = list(row.found_by());
    (!found.is_empty()).then(|| format!("{}: no rule is broken, but {found} says so", row.name()))
}

/// A flag is found by the case that is named for it.
fn found(row: &Row, flag: Flag) -> Option<String> {
    let name = row.name();
    let found = row.found_by();
    let is_beyond =
        BEYOND.iter().any(|beyond| beyond.flag == flag && beyond.roles.contains(&row.role));
    if is_beyond {
        let is_found = !found.is_empty();
        return is_found.then(|| format!("{name}: no case is said to find it: {}", list(found)));
    }
    let case: Option<CaseId> = named(flag).and_then(|case| case.parse().ok());
    let Some(case) = case else { return Some(format!("{name}: no case is named for it")) };
    // It may be left out of a selection.
    let is_missed = row.verdicts.0.contains_key(&case) && !found.contains(&case);
    is_missed.then(|| format!("{name}: {case} must find it, which is done by: {}", list(found)))
}

/// Says which cases find no mutant, a sentence for each role. The matrix should have all flags. A
/// mutant that fails most cases does not count.
#[must_use]
pub fn idle(matrix: &Matrix) -> Vec<String> {
    let mut complaints = Vec::new();
    for role in [Role::Server, Role::Client] {
        let rows = || matrix.0.iter().filter(|row| row.role == role && row.flag.is_some());
        // A mutant that does not close well fails most cases. Group 7 is about that.
        let counts = |row: &Row, id: &CaseId| {
            let is_of_closing = matches!(row.flag, Some(Flag::IgnoreClose | Flag::CloseOtherCode));
            row.is_narrow() || is_of_closing && id.group() == "7"
        };
        let found = |row| Row::found_by(row).into_iter().filter(move |id| counts(row, id));
        let finding: BTreeSet<&CaseId> = rows().flat_map(found).collect();
        let run: BTreeSet<&CaseId> = rows().flat_map(|row| row.verdicts.0.keys()).collect();
        let has_answer = |id: &CaseId| {
            let case = cases::all().iter().find(|case| case.id == *id);
            case.is_some_and(|case| case.level != Level::Info)
        };
        let idle: Vec<&CaseId> =
            run.difference(&finding).copied().filter(|id| has_answer(id)).collect();
        if !idle.is_empty() {
            complaints.push(format!("these cases find no mutant as a {role:?}: {}", list(idle)));
        }
    }
    complaints
}

/// The verdicts are those that were measured of the original, or the difference has a reason.
fn measured(row: &Row) -> Vec<String> {
    let known = oracle().into_iter().filter(|known| known.flag == row.flag).filter_map(|known| {
        let id: CaseId = known.case.parse().ok()?;
        let verdict = Verdict { behavior: known.behavior, close: known.close, code: None };
        row.verdicts.0.contains_key(&id).then_some((id, verdict))
    });
    let known = Verdicts(known.collect());
    let name = format!("mutant {}", row.name());
    let differences = Comparison::new(&name, &known, &row.verdicts).differences;
    let unexplained = differences.iter().filter(|difference| difference.explained.is_none());
    unexplained.map(|difference| format!("{name}, as it was measured: {difference}")).collect()
}

/// The first of these ids.
fn list<'a>(ids: impl IntoIterator<Item = &'a CaseId>) -> String {
    /// How many are shown.
    const SHOWN: usize = 20;
    let ids: Vec<String> = ids.into_iter().map(ToString::to_string).collect();
    match ids.len().checked_sub(SHOWN) {
        None | Some(0) => ids.join(" "),
        Some(more) => format!("{} and {more} more", ids[..SHOWN].join(" ")),
    }
}
