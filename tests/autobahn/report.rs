//! The verdict on Autobahn's report: `index.json` and, for what failed, the case's own file beside
//! it.
//!
//! Strict: NON-STRICT and UNIMPLEMENTED are failures here, and a report that lacks cases has no
//! verdict at all.

use std::fmt;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// Cases without a right answer: data after a close frame (7.1.6) and close codes that nobody has
/// defined (7.13).
const INFORMATIONAL: [&str; 3] = ["7.1.6", "7.13.1", "7.13.2"];

/// Of a case's own words, as much as fits a line or two.
const EXCERPT: usize = 160;

/// The tally of one run.
pub(crate) struct Report {
    ok: usize,
    informational: usize,
    pub(crate) failures: Vec<String>,
}

impl Report {
    /// Judges the report in `folder`, which must hold exactly `expected` cases.
    ///
    /// # Errors
    /// The report is missing, cannot be read, or has another number of cases: then nothing in it
    /// counts.
    pub(crate) fn read(folder: &Path, expected: usize) -> Result<Self, String> {
        let index = read_json(&folder.join("index.json"))?;
        let agents = index.as_object().ok_or("index.json is not an object")?;
        // The suite's own order is that of text, where 1.10 comes before 1.2.
        let mut cases: Vec<_> = agents.values().filter_map(Value::as_object).flatten().collect();
        cases.sort_by_cached_key(|(id, _)| {
            id.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u32>>()
        });
        if cases.is_empty() || cases.len() != expected || agents.len() != 1 {
            let (cases, agents) = (cases.len(), agents.len());
            return Err(format!(
                "the report has {cases} cases of {agents} agents, not {expected} cases of one"
            ));
        }

        let mut report = Self { ok: 0, informational: 0, failures: Vec::new() };
        for (id, case) in cases {
            match Verdict::of(id, text(case, "behavior"), text(case, "behaviorClose")) {
                Verdict::Ok => report.ok += 1,
                Verdict::Informational => report.informational += 1,
                Verdict::Failed => report.failures.push(describe(folder, id, case)),
            }
        }
        Ok(report)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ok, informational, failures } = self;
        let failed = failures.len();
        let all = ok + informational + failed;
        write!(f, "{all} cases, {ok} ok, {informational} informational, {failed} failed")
    }
}

#[derive(Debug, PartialEq)]
enum Verdict {
    Ok,
    Informational,
    Failed,
}

impl Verdict {
    /// Judges one case by what Autobahn says of its messages and of its close.
    fn of(id: &str, behavior: &str, close: &str) -> Self {
        let free = INFORMATIONAL.contains(&id);
        match (behavior, close) {
            ("OK", "OK") => Self::Ok,
            ("OK" | "INFORMATIONAL", "OK" | "INFORMATIONAL") if free => Self::Informational,
            _ => Self::Failed,
        }
    }
}

fn describe(folder: &Path, id: &str, case: &Value) -> String {
    let (behavior, close) = (text(case, "behavior"), text(case, "behaviorClose"));
    let seen = match read_json(&folder.join(text(case, "reportfile"))) {
        Ok(details) => {
            let (result, result_close) = (text(&details, "result"), text(&details, "resultClose"));
            format!("{} | {}", excerpt(result), excerpt(result_close))
        }
        Err(reason) => reason,
    };
    format!("{id}: behavior {behavior}, close {close}: {seen}")
}

fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or("missing")
}

fn read_json(path: &Path) -> Result<Value, String> {
    // As bytes: Autobahn writes its wire log escaped, but no promise is made.
    let bytes = fs::read(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    serde_json::from_slice(&bytes).map_err(|e| format!("{} is not JSON: {e}", path.display()))
}
