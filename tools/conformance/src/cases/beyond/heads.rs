//! What the cases about opening handshakes share: heads that differ from a good one, and their ids.

use crate::case::{Case, CaseId};
use crate::cases::notation::id;

/// The lines of a good head, with one replaced by others.
pub(super) fn with(good: &[&str], line: usize, by: &[&str]) -> Vec<String> {
    let lines = good
        .iter()
        .enumerate()
        .flat_map(|(at, good)| if at == line { by.to_vec() } else { vec![*good] });
    lines.map(str::to_owned).collect()
}

/// A good head, with more lines at its end.
pub(super) fn and(good: &[&str], more: &[&str]) -> Vec<String> {
    good.iter().chain(more).map(|line| (*line).to_owned()).collect()
}

/// Makes cases of the rows with these letters. A row with several parameters numbers them.
pub(super) fn cases<R>(
    letters: &str,
    rows: impl IntoIterator<Item = (u16, Vec<R>)>,
    case: impl Fn(R, CaseId) -> Case,
) -> Vec<Case> {
    let mut cases = Vec::new();
    for (row, parameters) in rows {
        let is_alone = parameters.len() == 1;
        for (at, parameter) in (1..).zip(parameters) {
            let name =
                if is_alone { format!("{letters}{row}") } else { format!("{letters}{row}.{at}") };
            cases.push(case(parameter, id(&name)));
        }
    }
    cases
}
