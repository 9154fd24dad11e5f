//! The details of one case.

use maud::{Markup, html};

use super::super::record::{CaseReport, Outcome};
use super::super::words::{level, millis, printable};
use super::{closing, statistics};
use crate::case::CaseId;

/// The most lines of the wire log of a case that has passed.
const MOST_LINES: usize = 60;

/// The most lines of the wire log of another case.
const MOST_LINES_OF_FAILURE: usize = 200;

/// The most entries of what was received. Cases with more are those that repeat.
const MOST_RECEIVED: usize = 20;

/// Where the matrix leads.
pub(super) fn anchor(agent: usize, id: &CaseId) -> String {
    format!("a{agent}-{id}")
}

/// The details of a case, folded if it has passed.
pub(super) fn case(agent: usize, case: &CaseReport) -> Markup {
    let failed = !matches!(case.outcome, Outcome::Pass | Outcome::Info);
    html! {
        details class={ "case " (case.outcome) } open[failed] {
            summary {
                span class={ "tag " (case.outcome) } { (case.outcome.mark()) " " (case.outcome) }
                " " span.id { (case.id) } " " span.title { (printable(&case.title)) }
                " " small { (millis(case.duration)) }
            }
            // Inside, because a link to what is folded unfolds it.
            div.body id=(anchor(agent, &case.id)) {
                @if !case.reasons.is_empty() {
                    div class={ "why " (case.outcome) } {
                        @for reason in &case.reasons { p { (printable(reason)) } }
                    }
                }
                (facts(case))
                (handshake(case))
                details {
                    summary { "Closing behaviour" }
                    (closing(case))
                }
                details {
                    summary { "Wire statistics" }
                    (statistics(case))
                }
                (wire_log(case, failed))
            }
        }
    }
}

/// What was done, what was expected, and what came.
fn facts(case: &CaseReport) -> Markup {
    let received = case.received_in_words();
    html! {
        dl.facts {
            dt { "Rule" }
            dd { (case.rule) " (" (level(case.level)) ")" }
            dt { "Sent" }
            dd { @for line in &case.sent { p { (printable(line)) } } }
            dt { "Expected" }
            dd {
                p { (printable(&case.wished)) }
                @if let Some(other) = &case.non_strict {
                    p { "Or, not strict: " (printable(other)) }
                }
                p { (case.expected_end()) }
                @if case.expected_close.wrong_end_is_fatal {
                    p { "If the wrong end closes, the case fails." }
                }
            }
            dt { "Received" }
            dd {
                @for line in received.iter().take(MOST_RECEIVED) { p { (line) } }
                @if received.len() > MOST_RECEIVED {
                    p.faint { "… and " (received.len() - MOST_RECEIVED) " more" }
                }
                p { (case.end_in_words()) }
            }
            dt { "Verdict" }
            dd { code { (case.behavior) } " / " code { (case.behavior_close) } }
        }
    }
}

fn handshake(case: &CaseReport) -> Markup {
    let head = |text: &str| {
        html! {
            @if text.is_empty() { p.faint { "Nothing." } }
            @else { pre { @for line in text.trim_end().lines() { (printable(line)) "\n" } } }
        }
    };
    html! {
        details {
            summary { "Opening handshake" }
            h4 { @if case.is_server { "Request of the program" } @else { "Request of this suite" } }
            (head(&case.request))
            h4 { @if case.is_server { "Response of this suite" } @else { "Response of the program" } }
            (head(&case.response))
        }
    }
}

/// The log. If it is long, its first and its last lines.
fn wire_log(case: &CaseReport, failed: bool) -> Markup {
    let most = if failed { MOST_LINES_OF_FAILURE } else { MOST_LINES };
    let left_out = case.wire.len().saturating_sub(most);
    let (first, rest) = case.wire.split_at(case.wire.len().min(most / 2));
    let last = if left_out > 0 { &rest[rest.len() - most / 2..] } else { rest };
    html! {
        details open[failed] {
            summary { "Wire log, " (case.wire.len()) " entries" }
            pre.wire {
                @for entry in first { (entry.to_string()) "\n" }
                @if left_out > 0 { "… " (left_out) " entries are left out …\n" }
                @for entry in last { (entry.to_string()) "\n" }
            }
        }
    }
}
