//! [`Original`]: the Autobahn test suite, run against a program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use test_support::autobahn::{Certificates, Layout, Meeting, Suite};

use super::verdicts::Verdicts;

/// The name in the suite's reports.
const AGENT: &str = "program";

/// The groups 1 to 10 take less than a minute.
const LIMIT: Duration = Duration::from_secs(10 * 60);
/// On top for each case with more: those of the groups 12 and 13 take seconds, and on a machine with
/// much to do more.
const LIMIT_OF_CASE: Duration = Duration::from_secs(30);

/// The Autobahn test suite, installed. Several runs can go on at the same time.
#[derive(Debug)]
pub struct Original {
    suite: Suite,
    folder: PathBuf,
}

impl Original {
    /// Finds the suite below the folder `target`, or installs it there.
    ///
    /// # Errors
    /// There is no Python 2.7, or the installation failed; the message says what to do.
    pub fn ready(layout: &Layout) -> Result<Self, String> {
        let folder = layout.target.join("autobahn");
        fs::create_dir_all(&folder)
            .map_err(|e| format!("cannot create {}: {e}", folder.display()))?;
        Ok(Self { suite: Suite::ready(&folder)?, folder: layout.target.join("conformance-proof") })
    }

    /// Runs cases against the server that `command` starts, which must print `listening on ` and its
    /// URL. `cases` are patterns as the suite has them.
    ///
    /// # Errors
    /// The run came to no end, or not all cases were judged.
    pub fn server(&self, command: &mut Command, cases: &[String]) -> Result<Verdicts, String> {
        Verdicts::from_index(&self.index_of_server(command, cases)?)
    }

    /// The same, and returns the `index.json`, which also says how long each case took.
    ///
    /// # Errors
    /// As those of [`server`](Self::server).
    pub fn index_of_server(
        &self,
        command: &mut Command,
        cases: &[String],
    ) -> Result<Vec<u8>, String> {
        self.meet(cases, |meeting, deadline| meeting.server(command, deadline))
    }

    /// Runs cases against a client. `client` makes the command from the URL of the fuzzing server and
    /// the name of the agent. With certificates, the URL is `wss`.
    ///
    /// # Errors
    /// The run came to no end, or not all cases were judged.
    pub fn client(
        &self,
        tls: Option<&Certificates>,
        client: impl FnOnce(&str, &str) -> Command,
        cases: &[String],
    ) -> Result<Verdicts, String> {
        Verdicts::from_index(&self.index_of_client(tls, client, cases)?)
    }

    /// The same, and returns the `index.json`, which also says how long each case took.
    ///
    /// # Errors
    /// As those of [`client`](Self::client).
    pub fn index_of_client(
        &self,
        tls: Option<&Certificates>,
        client: impl FnOnce(&str, &str) -> Command,
        cases: &[String],
    ) -> Result<Vec<u8>, String> {
        self.meet(cases, |meeting, deadline| {
            meeting.client(tls, |url| client(url, AGENT), deadline)
        })
    }

    /// Runs cases, and returns the index.
    fn meet(
        &self,
        cases: &[String],
        run: impl FnOnce(&Meeting, Instant) -> Result<(), String>,
    ) -> Result<Vec<u8>, String> {
        let (folder, size) = (self.fresh_folder(), self.suite.count(cases)?);
        let meeting = Meeting::new(&self.suite, &folder, AGENT, cases)?;
        run(&meeting, deadline(size))?;
        judged(&folder, &meeting.reports(), size)
    }

    fn fresh_folder(&self) -> PathBuf {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        self.folder.join(format!("run-{}-{number}", std::process::id()))
    }
}

fn deadline(size: usize) -> Instant {
    let cases = u32::try_from(size).unwrap_or(u32::MAX);
    Instant::now() + LIMIT + LIMIT_OF_CASE.saturating_mul(cases)
}

/// Reads the index, and removes the folder once all is judged: a report has up to 100 MB.
fn judged(folder: &Path, reports: &Path, size: usize) -> Result<Vec<u8>, String> {
    let index = reports.join("index.json");
    let text = fs::read(&index).map_err(|e| format!("cannot read {}: {e}", index.display()))?;
    let judged = Verdicts::from_index(&text)?.0.len();
    if judged != size {
        return Err(format!("{judged} of {size} cases were judged: {}", index.display()));
    }
    fs::remove_dir_all(folder).map_err(|e| format!("cannot remove {}: {e}", folder.display()))?;
    Ok(text)
}
