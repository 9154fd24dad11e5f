//! [`Comparison`]: two reports side by side.

use std::collections::BTreeMap;
use std::fmt;

use super::baseline::Verdict;
use super::run::Report;
use super::words::printable;
use crate::case::CaseId;

/// The cases on which two reports differ. `Display` is a table of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    names: [String; 2],
    rows: Vec<Row>,
    same: usize,
}

/// A case on which two reports differ. A report that does not have it has no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    id: CaseId,
    title: String,
    verdicts: [Option<Verdict>; 2],
}

impl Comparison {
    /// Compares two reports, case by case.
    #[must_use]
    pub fn of(first: &Report, second: &Report) -> Self {
        let mut rows: BTreeMap<&CaseId, Row> = BTreeMap::new();
        for (column, report) in [first, second].into_iter().enumerate() {
            for case in &report.cases {
                let row = rows.entry(&case.id).or_insert_with(|| Row {
                    id: case.id.clone(),
                    title: case.title.clone(),
                    verdicts: [None; 2],
                });
                row.verdicts[column] = Some(Verdict::of(case));
            }
        }
        let all = rows.len();
        let rows: Vec<Row> =
            rows.into_values().filter(|row| row.verdicts[0] != row.verdicts[1]).collect();
        let name = |report: &Report| {
            format!("{} ({})", printable(&report.tested.agent), printable(&report.tested.role))
        };
        Self { names: [name(first), name(second)], same: all - rows.len(), rows }
    }

    /// Returns `true` if both reports have the same cases with the same verdicts.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.rows.is_empty()
    }
}

/// The table, with a line for each case that differs.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cell = |verdict: Option<Verdict>| {
            verdict.map_or_else(|| "not run".to_owned(), |verdict| verdict.to_string())
        };
        if !self.rows.is_empty() {
            let head = [
                "case".to_owned(),
                self.names[0].clone(),
                self.names[1].clone(),
                "title".to_owned(),
            ];
            let rows = self.rows.iter().map(|row| {
                let [first, second] = row.verdicts;
                [row.id.to_string(), cell(first), cell(second), printable(&row.title)]
            });
            let table: Vec<[String; 4]> = std::iter::once(head).chain(rows).collect();
            let widths: Vec<usize> = (0..3)
                .map(|column| {
                    table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
                })
                .collect();
            for [id, first, second, title] in &table {
                let [a, b, c] = [widths[0], widths[1], widths[2]];
                writeln!(f, "{id:<a$}  {first:<b$}  {second:<c$}  {title}")?;
            }
            writeln!(f)?;
        }
        let (same, differ) = (self.same, self.rows.len());
        writeln!(f, "{} cases: {same} with the same verdicts, {differ} differ.", same + differ)
    }
}
