//! The whole report, and how it is written and read.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::{Serializer, Value};

use super::super::run::{Options, Report, Tested};
use super::moment::{date, from_millis, from_seconds, millis, seconds};
use super::{CaseView, Layout};

/// The version of the layout that is written, and the newest that can be read.
const FORMAT: u64 = 1;

/// A JSON report that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReport {
    /// It is not JSON.
    #[error("this is not JSON: {0}")]
    NotJson(String),
    /// It is JSON, but not of this program.
    #[error("this is no report of ws-conformance: it has no field `format`")]
    Stranger,
    /// It was written by a newer version of this program.
    #[error(
        "this report has format {0}, and this program knows format {FORMAT} at most: read it with \
         the version of ws-conformance that wrote it"
    )]
    Newer(u64),
    /// A field is missing, or has another type than it must have.
    #[error("this report is damaged: {0}")]
    Damaged(String),
}

#[derive(Serialize, Deserialize)]
struct View {
    format: u64,
    tool: Tool,
    peer: Tested,
    #[serde(with = "date")]
    started: SystemTime,
    seconds: f64,
    options: OptionsView,
    #[serde(skip_deserializing)]
    summary: SummaryView,
    unfinished: Option<String>,
    cases: Vec<CaseView>,
}

#[derive(Serialize, Deserialize)]
struct Tool {
    name: String,
    version: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OptionsView {
    patience: f64,
    round_trip_ms: f64,
    jobs: usize,
    full: bool,
    no_echo: bool,
    seed: u64,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryView {
    cases: usize,
    pass: usize,
    info: usize,
    non_strict: usize,
    limit: usize,
    unimplemented: usize,
    fail: usize,
}

impl Report {
    /// Writes the report as JSON. [`Report::from_json`] reads it again.
    ///
    /// # Panics
    /// Never: all that a report has can be written.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = Vec::new();
        View::from(self)
            .serialize(&mut Serializer::with_formatter(&mut json, Layout::default()))
            .expect("all keys are texts, and a Vec takes everything");
        json.push(b'\n');
        String::from_utf8(json).expect("JSON is UTF-8")
    }

    /// Reads a report that [`Report::to_json`] has written.
    ///
    /// # Errors
    /// It is no such report, or one of a newer version. The error says what is wrong with it.
    pub fn from_json(json: &str) -> Result<Self, BadReport> {
        let value: Value =
            serde_json::from_str(json).map_err(|e| BadReport::NotJson(e.to_string()))?;
        // Before the rest, which a newer format may have otherwise.
        match value["format"].as_u64() {
            None => return Err(BadReport::Stranger),
            Some(newer) if newer > FORMAT => return Err(BadReport::Newer(newer)),
            Some(_) => {}
        }
        // From the text, not the value: errors of the text name a line.
        let view: View =
            serde_json::from_str(json).map_err(|e| BadReport::Damaged(e.to_string()))?;
        Ok(view.into())
    }
}

impl From<&Report> for View {
    fn from(report: &Report) -> Self {
        let (summary, options) = (report.summary(), &report.options);
        Self {
            format: FORMAT,
            tool: Tool {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            peer: report.tested.clone(),
            started: report.started,
            seconds: seconds(report.duration),
            options: OptionsView {
                patience: options.patience,
                round_trip_ms: millis(options.round_trip),
                jobs: options.jobs,
                full: options.full,
                no_echo: options.no_echo,
                seed: options.seed,
            },
            summary: SummaryView {
                cases: report.cases.len(),
                pass: summary.passed,
                info: summary.info,
                non_strict: summary.non_strict,
                limit: summary.limit,
                unimplemented: summary.unimplemented,
                fail: summary.failed,
            },
            unfinished: report.unfinished.clone(),
            cases: report.cases.iter().map(CaseView::from).collect(),
        }
    }
}

impl From<View> for Report {
    fn from(view: View) -> Self {
        let options = view.options;
        Self {
            tested: view.peer,
            started: view.started,
            duration: from_seconds(view.seconds),
            options: Options {
                patience: options.patience,
                round_trip: from_millis(options.round_trip_ms),
                jobs: options.jobs,
                full: options.full,
                no_echo: options.no_echo,
                seed: options.seed,
            },
            cases: view.cases.into_iter().map(Into::into).collect(),
            unfinished: view.unfinished,
        }
    }
}
