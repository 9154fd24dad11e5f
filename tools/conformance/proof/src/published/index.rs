//! [`Index`]: the verdicts of both suites on both roles.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;

use blocking_ws::Role;
use serde::{Deserialize, Serialize};
use ws_conformance::Report;
use ws_conformance::case::CaseId;
use ws_conformance::report::{Behavior, BehaviorClose};

/// The suite that gave a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// `ws-conformance`.
    Ours,
    /// The Autobahn test suite.
    Original,
}

/// A suite, and the role in which it tested the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The suite.
    pub by: By,
    /// The role of the library.
    pub role: Role,
}

impl Column {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 4] = [
        Self { by: By::Ours, role: Role::Server },
        Self { by: By::Original, role: Role::Server },
        Self { by: By::Ours, role: Role::Client },
        Self { by: By::Original, role: Role::Client },
    ];
}

/// The name of the agent in the index: `Autobahn, server`.
impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.by {
            By::Ours => "ws-conformance, ",
            By::Original => "Autobahn, ",
        })?;
        f.write_str(match self.role {
            Role::Server => "server",
            Role::Client => "client",
        })
    }
}

/// What a suite says of one case, as in its `index.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// On what was received.
    pub behavior: Behavior,
    /// On how the connection ended.
    pub behavior_close: BehaviorClose,
    /// In milliseconds.
    pub duration: u64,
    /// The code of the library's Close frame.
    pub remote_close_code: Option<u16>,
}

impl Entry {
    /// Returns `true` if nothing is wrong: both verdicts are `OK` or `INFORMATIONAL`.
    #[must_use]
    pub fn passed(&self) -> bool {
        matches!(self.behavior, Behavior::Ok | Behavior::Informational)
            && matches!(self.behavior_close, BehaviorClose::Ok | BehaviorClose::Informational)
    }

    /// Returns `true` if both say the same; how long it took does not count.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        let said = |it: &Self| (it.behavior, it.behavior_close, it.remote_close_code);
        said(self) == said(other)
    }
}

/// The cases of a suite.
pub type Cases = BTreeMap<CaseId, Entry>;

/// The verdicts of both suites, by the name of the [`Column`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Index(BTreeMap<String, Cases>);

impl Index {
    /// Reads what [`text`](Self::text) has written.
    ///
    /// # Errors
    /// The text has something else.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|e| format!("this is no index of verdicts: {e}"))
    }

    /// The JSON of the Autobahn test suite: the cases of each agent. Each case has a line, so that a
    /// difference between two runs can be read.
    ///
    /// # Errors
    /// A verdict cannot be written.
    pub fn text(&self) -> Result<String, String> {
        let mut text = String::from("{");
        for (at, (agent, cases)) in self.0.iter().enumerate() {
            // A String takes everything.
            let _ = write!(text, "{}\n\"{agent}\":{{", if at == 0 { "" } else { "," });
            for (at, (id, entry)) in cases.iter().enumerate() {
                let entry = serde_json::to_string(entry).map_err(|e| format!("{id}: {e}"))?;
                let _ = write!(text, "{}\n\"{id}\":{entry}", if at == 0 { "" } else { "," });
            }
            text.push_str("\n}");
        }
        text.push_str("\n}\n");
        Ok(text)
    }

    /// The cases of a column; none if it was not run.
    #[must_use]
    pub fn cases(&self, column: Column) -> &Cases {
        static NONE: Cases = Cases::new();
        self.0.get(&column.to_string()).unwrap_or(&NONE)
    }

    /// Takes the report of `ws-conformance`.
    pub fn put_report(&mut self, role: Role, report: &Report) {
        let cases = report.cases.iter().map(|case| {
            let duration = u64::try_from(case.duration.as_millis()).unwrap_or(u64::MAX);
            let entry = Entry {
                behavior: case.behavior,
                behavior_close: case.behavior_close,
                duration,
                remote_close_code: case.closing.remote_code,
            };
            (case.id.clone(), entry)
        });
        self.0.insert(Column { by: By::Ours, role }.to_string(), cases.collect());
    }

    /// Takes the `index.json` of a run of the Autobahn test suite.
    ///
    /// # Errors
    /// It is none, or is not about one program.
    pub fn put_original(&mut self, role: Role, index: &[u8]) -> Result<(), String> {
        let agents: BTreeMap<String, Cases> = serde_json::from_slice(index)
            .map_err(|e| format!("this is no index.json of the Autobahn test suite: {e}"))?;
        let mut agents = agents.into_values();
        let (Some(cases), None) = (agents.next(), agents.next()) else {
            return Err("the index.json is not about one program".to_owned());
        };
        self.0.insert(Column { by: By::Original, role }.to_string(), cases);
        Ok(())
    }
}
