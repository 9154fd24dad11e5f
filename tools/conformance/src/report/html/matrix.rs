//! The matrix of cases and agents.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::record::{CaseReport, Outcome};
use super::super::run::Report;
use super::super::words::{group_title, millis, printable};
use super::anchor;
use crate::case::CaseId;

/// The cells of a case: one for each agent, if the agent has run it.
type Row<'a> = Vec<Option<&'a CaseReport>>;

/// A table with a row for each case and a column for each agent.
pub(super) fn matrix(reports: &[Report]) -> Markup {
    let mut rows: BTreeMap<&CaseId, Row<'_>> = BTreeMap::new();
    for (at, report) in reports.iter().enumerate() {
        for case in &report.cases {
            rows.entry(&case.id).or_insert_with(|| vec![None; reports.len()])[at] = Some(case);
        }
    }
    let rows: Vec<Row<'_>> = rows.into_values().collect();
    let group = |row: &Row<'_>| row.iter().flatten().next().map(|case| case.id.group());
    html! {
        section.matrix {
            h2 { "All cases" }
            label.only {
                input type="checkbox" id="only";
                " Show only cases that did not pass everywhere"
            }
            div.scroll {
                table {
                    thead {
                        tr {
                            th scope="col" { "Case" }
                            @for report in reports { th scope="col" { (printable(&report.tested.agent)) } }
                        }
                    }
                    @for rows in rows.chunk_by(|one, other| group(one) == group(other)) {
                        (body(&group(&rows[0]).unwrap_or_default(), rows))
                    }
                }
            }
        }
    }
}

/// The rows of a group, under its heading.
fn body(group: &str, rows: &[Row<'_>]) -> Markup {
    let columns = rows.first().map_or(0, Vec::len);
    html! {
        tbody class=[rows.iter().all(passes).then_some("passes")] {
            tr.group {
                th scope="rowgroup" { span.id { (group) } " " (group_title(group)) }
                @for column in 0..columns {
                    td { (share(rows.iter().filter_map(|row| row[column]))) }
                }
            }
            @for row in rows {
                @if let Some(case) = row.iter().flatten().next() {
                    tr class=[passes(row).then_some("passes")] {
                        th scope="row" { span.id { (case.id) } " " span.title { (printable(&case.title)) } }
                        @for (at, case) in row.iter().enumerate() { (cell(at, *case)) }
                    }
                }
            }
        }
    }
}

fn cell(agent: usize, case: Option<&CaseReport>) -> Markup {
    html! {
        @match case {
            None => td.none { "not run" },
            Some(case) => td {
                a class={ "cell " (case.outcome) } href=(format!("#{}", anchor(agent, &case.id))) {
                    (case.outcome.mark()) " " (case.outcome)
                    " " small { (millis(case.duration)) }
                }
            },
        }
    }
}

/// How many of the cases have passed.
fn share<'a>(cases: impl Iterator<Item = &'a CaseReport>) -> String {
    let cases: Vec<Outcome> = cases.map(|case| case.outcome).collect();
    let passed = cases.iter().filter(|outcome| **outcome == Outcome::Pass).count();
    format!("{passed} of {}", cases.len())
}

fn passes(row: &Row<'_>) -> bool {
    row.iter().flatten().all(|case| case.outcome == Outcome::Pass)
}
