//! [`page`]: the published report as HTML.

use std::collections::{BTreeMap, BTreeSet};

use blocking_ws::Role;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use ws_conformance::case::CaseId;
use ws_conformance::cases;
use ws_conformance::report::group_title;

use super::about::About;
use super::index::{By, Cases, Column, Entry, Index};

const STYLE: &str = include_str!("style.css");

/// Writes the verdicts as one HTML page, which loads nothing. The same verdicts make the same page.
#[must_use]
pub fn page(index: &Index, about: &About) -> String {
    let title = format!("Conformance of blocking-ws {}", about.version);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                p {
                    "What two suites say of the library, as a server and as a client, over "
                    code { "ws://" } " with compression. The Autobahn test suite 25.10.1 is the usual test of \
                    WebSocket libraries. ws-conformance has the same 517 cases. Both ran with all their test data: "
                    "1000 messages in each case of the groups 12 and 13."
                }
                p { "This page is made of " a href="index.json" { "index.json" } " and "
                    a href="run.json" { "run.json" } " by:" }
                pre { "cargo run --release -p ws-conformance-proof --bin published" }
                (runs(about))
                (totals(index))
                (differences(index))
                (all_cases(index))
            }
        }
    };
    page.into_string() + "\n"
}

fn runs(about: &About) -> Markup {
    html! {
        h2 { "Runs" }
        p { "Machine: " (about.machine) ". Durations depend on it, and on what else ran there. If a commit is \
             “with changes”, files of the library or its examples differed from it." }
        table {
            tr { th { "Suite, role of the library" } th { "Ended" } th { "Commit" } th { "Command" } }
            @for column in Column::ALL {
                @if let Some(run) = about.runs.get(&column.to_string()) {
                    tr {
                        td { (column) } td { (run.ended) } td { code { (run.commit) } }
                        td { code { (run.command) } }
                    }
                }
            }
        }
    }
}

fn totals(index: &Index) -> Markup {
    html! {
        h2 { "Totals" }
        p { "Verdicts are on what was received, and on how the connection ended. The RFC leaves the answer \
             open in the cases that are INFORMATIONAL. The seconds are the sum of the durations of the cases." }
        table {
            tr { th { "Suite, role of the library" } th { "Cases" } th { "Not passed" } th { "Verdicts" } th { "Seconds" } }
            @for column in Column::ALL {
                @let cases = index.cases(column);
                @let not_passed = cases.values().filter(|entry| !entry.passed()).count();
                tr {
                    td { (column) } td { (cases.len()) }
                    td.bad[not_passed > 0] { (not_passed) }
                    td { (counts(cases)) }
                    td { (cases.values().map(|entry| entry.duration).sum::<u64>() / 1000) }
                }
            }
        }
    }
}

/// How often each pair of verdicts was given.
fn counts(cases: &Cases) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for entry in cases.values() {
        *counts.entry(verdict(entry)).or_default() += 1;
    }
    let parts = counts.into_iter().map(|(verdict, count)| format!("{count} {verdict}"));
    parts.collect::<Vec<_>>().join(", ")
}

fn verdict(entry: &Entry) -> String {
    format!("{} / {}", entry.behavior, entry.behavior_close)
}

/// The cases of which the suites do not say the same.
fn differences(index: &Index) -> Markup {
    let rows = [Role::Server, Role::Client].into_iter().flat_map(|role| {
        let ours = index.cases(Column { by: By::Ours, role });
        let original = index.cases(Column { by: By::Original, role });
        let ids: BTreeSet<&CaseId> = ours.keys().chain(original.keys()).collect();
        ids.into_iter().filter_map(move |id| {
            let (one, other) = (ours.get(id), original.get(id));
            let agree = one.zip(other).is_some_and(|(one, other)| one.agrees(other));
            (!agree).then_some((role, id, one, other))
        })
    });
    let rows: Vec<_> = rows.collect();
    html! {
        h2 { "Differences" }
        @if rows.is_empty() {
            p { "None: in both roles, both suites give each case the same two verdicts, and saw the same \
                 code in the Close frame of the library." }
        } @else {
            table {
                tr { th { "Role" } th { "Case" } th { "ws-conformance" } th { "Autobahn" } }
                @for (role, id, one, other) in rows {
                    tr {
                        td { @match role { Role::Server => "server", Role::Client => "client" } }
                        td { (id) } td { (in_words(one)) } td { (in_words(other)) }
                    }
                }
            }
        }
    }
}

fn in_words(entry: Option<&Entry>) -> String {
    let Some(entry) = entry else { return "was not run".to_owned() };
    let code = entry.remote_close_code.map_or("no code".to_owned(), |code| code.to_string());
    format!("{}, {code}", verdict(entry))
}

fn all_cases(index: &Index) -> Markup {
    let ids: BTreeSet<&CaseId> =
        Column::ALL.into_iter().flat_map(|column| index.cases(column).keys()).collect();
    let ids: Vec<&CaseId> = ids.into_iter().collect();
    let titles: BTreeMap<&CaseId, &str> =
        cases::all().iter().map(|case| (&case.id, case.title.as_str())).collect();
    html! {
        h2 { "Cases" }
        p { "The code is that of the library's Close frame. The duration is in milliseconds." }
        @for group in ids.chunk_by(|one, other| one.group() == other.group()) {
            h3 { (group[0].group()) " " (group_title(&group[0].group())) }
            table.cases {
                tr {
                    th rowspan="2" { "Case" }
                    @for column in Column::ALL { th colspan="3" { (column) } }
                }
                tr { @for _ in Column::ALL { th { "verdicts" } th { "code" } th { "ms" } } }
                @for id in group {
                    tr {
                        td { b { (id) } " " (titles.get(id).copied().unwrap_or_default()) }
                        @for column in Column::ALL { (cells(index.cases(column).get(id))) }
                    }
                }
            }
        }
    }
}

fn cells(entry: Option<&Entry>) -> Markup {
    html! {
        @if let Some(entry) = entry {
            td.bad[!entry.passed()] { (verdict(entry)) }
            td { @if let Some(code) = entry.remote_close_code { (code) } }
            td { (entry.duration) }
        } @else {
            td.bad colspan="3" { "not run" }
        }
    }
}
