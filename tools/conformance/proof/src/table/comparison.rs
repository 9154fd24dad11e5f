//! [`Comparison`]: the verdicts of both suites on one program.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ws_conformance::case::CaseId;

use super::explained::{EXPLAINED, Explained};
use super::field::Field;
use crate::original::{Verdict, Verdicts};

/// The verdicts of both suites on one program, compared.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The program and how it was tested, such as `node-ws server-ws`.
    pub peer: String,
    /// How many cases were compared.
    pub compared: usize,
    /// The cells beside the diagonal, case by case.
    pub differences: Vec<Difference>,
    /// The cases that only the original has judged.
    pub only_original: Vec<CaseId>,
    /// The cases that only the new suite has judged. They are no fault: not all that the original says
    /// is stored.
    pub only_ours: Vec<CaseId>,
    cells: BTreeMap<Field, BTreeMap<(String, String), usize>>,
}

/// A verdict that differs.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The case.
    pub id: CaseId,
    /// Which verdict.
    pub field: Field,
    /// What the original says of the case.
    pub original: Verdict,
    /// What the new suite says of it.
    pub ours: Verdict,
    /// Why this is no fault, if it is none.
    pub explained: Option<&'static Explained>,
}

impl Comparison {
    /// Compares what both suites say of a program. `peer` is its name and how it was tested.
    #[must_use]
    pub fn new(peer: &str, original: &Verdicts, ours: &Verdicts) -> Self {
        let mut comparison = Self {
            peer: peer.to_owned(),
            compared: 0,
            differences: Vec::new(),
            only_original: missing(original, ours),
            only_ours: missing(ours, original),
            cells: BTreeMap::new(),
        };
        for (id, &said) in &original.0 {
            let Some(&our) = ours.0.get(id) else { continue };
            comparison.compared += 1;
            for field in Field::ALL {
                comparison.add(id, field, said, our);
            }
        }
        comparison
    }

    fn add(&mut self, id: &CaseId, field: Field, original: Verdict, ours: Verdict) {
        let (one, other) = (field.word(original), field.word(ours));
        if one != other {
            let explained =
                EXPLAINED.iter().find(|entry| entry.covers(&self.peer, id, field, &one, &other));
            let id = id.clone();
            self.differences.push(Difference { id, field, original, ours, explained });
        }
        *self.cells.entry(field).or_default().entry((one, other)).or_default() += 1;
    }

    /// Counts the differences without an explanation, and the cases that only the original has judged.
    #[must_use]
    pub fn unexplained(&self) -> usize {
        let differences = self.differences.iter().filter(|cell| cell.explained.is_none());
        differences.count() + self.only_original.len()
    }

    /// The cases that have a difference, explained or not.
    #[must_use]
    pub fn differing(&self) -> BTreeSet<CaseId> {
        self.differences.iter().map(|cell| cell.id.clone()).collect()
    }
}

/// The cases that one has and the `other` has not.
fn missing(one: &Verdicts, other: &Verdicts) -> Vec<CaseId> {
    one.0.keys().filter(|id| !other.0.contains_key(id)).cloned().collect()
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peer, compared, differences, only_original, only_ours, cells } = self;
        let (differ, unexplained) = (differences.len(), self.unexplained());
        writeln!(
            f,
            "{peer}: {compared} cases, {differ} verdicts differ, {unexplained} unexplained"
        )?;
        for (field, cells) in cells {
            matrix(f, *field, cells)?;
        }
        for difference in differences {
            writeln!(f, "  {difference}")?;
        }
        for (ids, which) in
            [(only_original, "UNEXPLAINED: only the original has"), (only_ours, "only ours")]
        {
            if !ids.is_empty() {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                writeln!(f, "  {which}: {}", ids.join(" "))?;
            }
        }
        Ok(())
    }
}

/// A row for each word of the original, a column for each of ours.
fn matrix(
    f: &mut fmt::Formatter<'_>,
    field: Field,
    cells: &BTreeMap<(String, String), usize>,
) -> fmt::Result {
    let rows: BTreeSet<&String> = cells.keys().map(|(original, _)| original).collect();
    let columns: BTreeSet<&String> = cells.keys().map(|(_, ours)| ours).collect();
    write!(f, "  {:<20}", format!("{field} × ours"))?;
    for column in &columns {
        write!(f, "  {column:>4}")?;
    }
    writeln!(f)?;
    for row in rows {
        write!(f, "  {row:<20}")?;
        for &column in &columns {
            let count = cells.get(&(row.clone(), column.clone())).copied().unwrap_or(0);
            let width = column.len().max(4);
            // An empty cell is easier to overlook than a zero, which is what is wanted.
            let count = if count == 0 { String::from("·") } else { count.to_string() };
            write!(f, "  {count:>width$}")?;
        }
        writeln!(f)?;
    }
    Ok(())
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, field, original, ours, explained } = self;
        let verdict = |verdict: Verdict| {
            let code = verdict.code.map_or_else(|| "no code".to_owned(), |code| code.to_string());
            format!("{} ({code})", field.word(verdict))
        };
        let (one, other) = (verdict(*original), verdict(*ours));
        let reason = explained.map_or("UNEXPLAINED", |entry| entry.reason);
        write!(f, "{id} {field}: original {one}, ours {other}: {reason}")
    }
}

#[cfg(test)]
mod tests {
    use ws_conformance::report::{Behavior, BehaviorClose};

    use super::*;

    fn verdicts(rows: &[(&str, Behavior, BehaviorClose)]) -> Verdicts {
        let rows = rows.iter().map(|&(id, behavior, close)| {
            (id.parse().unwrap(), Verdict { behavior, close, code: Some(1000) })
        });
        Verdicts(rows.collect())
    }

    #[test]
    fn differences_are_explained_or_counted() {
        use Behavior::{Failed, NonStrict, Ok};
        use BehaviorClose as Close;
        let original = verdicts(&[
            ("1.1.1", Ok, Close::Ok),
            ("1.1.2", Ok, Close::Unclean),
            ("3.2", Ok, Close::Ok),
            ("3.5", Ok, Close::Ok),
            ("5.1", Failed, Close::Failed),
        ]);
        let ours = verdicts(&[
            ("1.1.1", Ok, Close::Ok),
            ("1.1.2", Ok, Close::FailedByClient),
            ("3.2", NonStrict, Close::Ok),
            ("3.5", NonStrict, Close::WrongCode),
            ("9.1.1", Ok, Close::Ok),
        ]);
        let comparison = Comparison::new("node-ws server-ws", &original, &ours);
        let cells: Vec<_> = comparison
            .differences
            .iter()
            .map(|cell| (cell.id.to_string(), cell.field, cell.explained.is_some()))
            .collect();
        let expected = [
            ("1.1.2", Field::BehaviorClose, true),
            ("3.2", Field::Behavior, true),
            ("3.5", Field::Behavior, false),
            ("3.5", Field::BehaviorClose, false),
        ]
        .map(|(id, field, explained)| (id.to_owned(), field, explained));
        assert_eq!(cells, expected);
        // Two cells, and 5.1, which the new suite has not judged.
        assert_eq!((comparison.compared, comparison.unexplained()), (4, 3));
        assert_eq!(comparison.differing().len(), 3);

        let text = comparison.to_string();
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert_eq!(
            lines[..6],
            [
                "node-ws server-ws: 4 cases, 4 verdicts differ, 3 unexplained",
                "  behavior × ours       NON-STRICT    OK",
                "  OK                             2     2",
                "  behaviorClose × ours  FAILED BY CLIENT    OK  WRONG CODE",
                "  OK                                   ·     2           1",
                "  UNCLEAN                              1     ·           ·",
            ]
        );
        assert_eq!(
            lines[8..],
            [
                "  3.5 behavior: original OK (1000), ours NON-STRICT (1000): UNEXPLAINED",
                "  3.5 behaviorClose: original OK (1000), ours WRONG CODE (1000): UNEXPLAINED",
                "  UNEXPLAINED: only the original has: 5.1",
                "  only ours: 9.1.1",
            ]
        );
    }
}
