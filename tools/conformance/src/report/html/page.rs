//! The page: its head, the agents, the matrix, the cases.

use std::time::SystemTime;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::super::record::{Behavior, BehaviorClose, Outcome};
use super::super::run::{Report, Summary};
use super::super::words::{group_title, groups, printable};
use super::{case, matrix};

const STYLE: &str = include_str!("style.css");

/// Writes reports as one HTML file, a column of the matrix for each.
#[must_use]
pub fn html(reports: &[Report]) -> String {
    let title = match reports {
        [report] => format!("WebSocket conformance of {}", printable(&report.tested.agent)),
        _ => "WebSocket conformance".to_owned(),
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(concat!("ws-conformance ", env!("CARGO_PKG_VERSION")));
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title) }
                    p.lead {
                        "Cases of RFC 6455 and RFC 7692, run by ws-conformance "
                        (env!("CARGO_PKG_VERSION")) ". Choose a cell to read what passed."
                    }
                    div.agents { @for report in reports { (agent(report)) } }
                }
                main {
                    (matrix(reports))
                    @for (at, report) in reports.iter().enumerate() {
                        section.details {
                            h2 { (printable(&report.tested.agent)) ", case by case" }
                            @for (group, cases) in groups(&report.cases) {
                                h3 { span.id { (group) } " " (group_title(&group)) }
                                @for report in cases { (case(at, report)) }
                            }
                        }
                    }
                    (legend())
                }
            }
        }
    };
    page.into_string()
}

/// What was tested, and the counts.
fn agent(report: &Report) -> Markup {
    let tested = &report.tested;
    let started = report.started.max(SystemTime::UNIX_EPOCH);
    let minute = humantime::format_rfc3339_seconds(started).to_string().replace('T', " ");
    let options = &report.options;
    html! {
        article.agent {
            h2 { (printable(&tested.agent)) }
            p.faint { (tested.role) " at " code { (printable(&tested.url)) } }
            (bar(report.summary()))
            (counts(report.summary()))
            p.faint {
                (report.cases.len()) " cases in " (format!("{:.1} s", report.duration.as_secs_f64()))
                ", " (minute) ", " (options.jobs) " at a time"
                @if options.full { ", all messages of groups 12 and 13" }
                @if options.no_echo { ", without an echo" }
                "."
            }
            @if let Some(why) = &report.unfinished {
                p.why.fail { "The run was not finished: " (printable(why)) }
            }
        }
    }
}

/// The parts of all cases as one bar.
fn bar(summary: Summary) -> Markup {
    html! {
        div.bar aria-hidden="true" {
            @for outcome in Outcome::ALL {
                @if summary.of(outcome) > 0 {
                    span class=(outcome) style=(format!("flex-grow:{}", summary.of(outcome))) {}
                }
            }
        }
    }
}

fn counts(summary: Summary) -> Markup {
    html! {
        ul.counts {
            @for outcome in Outcome::ALL {
                @if summary.of(outcome) > 0 {
                    li class=(outcome) {
                        (outcome.mark()) " " b { (summary.of(outcome)) } " " (outcome.counted())
                    }
                }
            }
        }
    }
}

/// What the words of the page mean.
fn legend() -> Markup {
    html! {
        section.legend {
            h2 { "Words" }
            dl {
                @for outcome in Outcome::ALL {
                    dt { span class={ "tag " (outcome) } { (outcome.mark()) " " (outcome) } }
                    dd { (meaning(outcome)) }
                }
                @for behavior in [
                    Behavior::Ok,
                    Behavior::NonStrict,
                    Behavior::Informational,
                    Behavior::Unimplemented,
                    Behavior::Failed,
                ] {
                    dt { code { (behavior) } " (what came)" }
                    dd { (meaning_of_behavior(behavior)) }
                }
                @for close in [
                    BehaviorClose::Ok,
                    BehaviorClose::Informational,
                    BehaviorClose::Unclean,
                    BehaviorClose::WrongCode,
                    BehaviorClose::FailedByClient,
                    BehaviorClose::Failed,
                ] {
                    dt { code { (close) } " (the end)" }
                    dd { (meaning_of_close(close)) }
                }
            }
        }
    }
}

fn meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "The program does what it should.",
        Outcome::Info => "There is no right answer. The page shows what the program does.",
        Outcome::NonStrict => "What the program does is legal, but not what it should do.",
        Outcome::Limit => "The program refused the case because of a limit, which it may have.",
        Outcome::Unimplemented => "The program does not have what the case tests.",
        Outcome::Fail => "The program breaks a rule.",
    }
}

fn meaning_of_behavior(behavior: Behavior) -> &'static str {
    match behavior {
        Behavior::Ok => "What was expected has come, and nothing else.",
        Behavior::NonStrict => "What may come instead has come.",
        Behavior::Informational => "Nothing was expected.",
        Behavior::Unimplemented => "Compression was not agreed on.",
        Behavior::Failed => "Something else has come.",
    }
}

fn meaning_of_close(close: BehaviorClose) -> &'static str {
    match close {
        BehaviorClose::Ok => "The connection ended as expected.",
        BehaviorClose::Informational => "No end was expected.",
        BehaviorClose::Unclean => "The closing handshake was not completed in time.",
        BehaviorClose::WrongCode => "The Close frame of the program had a code that is wrong here.",
        BehaviorClose::FailedByClient => {
            "The server did not end TCP in time, so that the client had to."
        }
        BehaviorClose::Failed => "The wrong end closed, or there was no connection.",
    }
}
