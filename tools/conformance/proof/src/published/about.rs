//! [`About`]: how the verdicts came.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::SystemTime;
use std::{env, fs, thread};

use serde::{Deserialize, Serialize};

use super::index::Column;

/// How the verdicts came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The version of the library.
    pub version: String,
    /// The machine.
    pub machine: String,
    /// The runs, by the name of the [`Column`].
    pub runs: BTreeMap<String, Run>,
}

/// One run of a suite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// When it ended, such as `2026-11-30T16:00:00Z`.
    pub ended: String,
    /// The commit of the library.
    pub commit: String,
    /// What was run.
    pub command: String,
}

impl About {
    /// Knows the machine, and no run yet.
    #[must_use]
    pub fn this_machine() -> Self {
        Self { version: version(), machine: machine(), runs: BTreeMap::new() }
    }

    /// Checks that a run here and now can stand beside the runs that are stored: the page names one version
    /// and one machine.
    ///
    /// # Errors
    /// They are of another version, or of another machine.
    pub fn fits(&self, here: &Self) -> Result<(), String> {
        let of = |it: &Self| format!("blocking-ws {} on {}", it.version, it.machine);
        if of(self) == of(here) {
            return Ok(());
        }
        Err(format!(
            "what is stored is of {}, and this is {}: run both suites, without `--only`",
            of(self),
            of(here)
        ))
    }

    /// Notes a run.
    pub fn put(&mut self, column: Column, ended: SystemTime, commit: &str, command: &str) {
        let run = Run {
            ended: humantime::format_rfc3339_seconds(ended).to_string(),
            commit: commit.to_owned(),
            command: command.to_owned(),
        };
        self.runs.insert(column.to_string(), run);
    }
}

/// The commit of this checkout, and whether files differ from it.
///
/// # Errors
/// This is no checkout, or there is no git.
pub fn commit() -> Result<String, String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .map_err(|e| format!("cannot start git: {e}"))?;
        if !output.status.success() {
            return Err(format!("`git {}` fails", arguments.join(" ")));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    // The library and its programs; a report that is being written is none of them.
    let changed = git(&["status", "--porcelain", "--", ":/src", ":/examples", ":/Cargo.lock"])?;
    Ok(if changed.is_empty() { commit } else { format!("{commit} with changes") })
}

/// Reads the version of the library in its manifest: nothing else of a dependency is known here.
fn version() -> String {
    let manifest = include_str!("../../../../../Cargo.toml");
    let line = manifest.lines().find_map(|line| line.strip_prefix("version = \""));
    line.and_then(|rest| rest.split('"').next()).unwrap_or("unknown").to_owned()
}

fn machine() -> String {
    let model = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(": ")?.1.trim().to_owned())
    });
    let model = model.unwrap_or_else(|| env::consts::ARCH.to_owned());
    let cores = thread::available_parallelism().map_or(1, usize::from);
    format!("{model}, {cores} cores, {}", env::consts::OS)
}
