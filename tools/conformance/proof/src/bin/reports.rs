//! Writes `tools/conformance/reports/README.md`: what `ws-conformance` says of four libraries.
//!
//! `cargo run --release -p ws-conformance-proof --bin reports`

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{env, fs};

use blocking_ws::Role;
use test_support::autobahn::{Layout, Process};
use ws_conformance::case::CaseId;
use ws_conformance::report::{CaseReport, Outcome};
use ws_conformance::{Report, Suite};
use ws_conformance_proof::peers::PeerProgram;

/// How long a program may take to start, and to end.
const LIMIT: Duration = Duration::from_secs(60);

/// What stands above the tables.
const HEAD: &str = "\
# Reports

What `ws-conformance` says of four libraries, each as a server and as a client, over `ws://`. The programs
under test are in [`proof`](../proof/src/peers/program.rs). This command wrote this file:

```sh
cargo run --release -p ws-conformance-proof --bin reports
```

It needs node, npm, python3 and pip. It runs the default selection of cases for each role. A case that has
the outcome `pass` or `info` is only counted. [Verdicts](../README.md#verdicts) explains the words.

The seconds are those of one run beside other work. They depend on the machine.

| Program | Role | Cases | pass | info | non-strict | limit | unimplemented | fail | Seconds |
|---|---|---|---|---|---|---|---|---|---|
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("reports: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let layout = Layout::of_this_program()?;
    let logs = env::temp_dir().join(format!("ws-conformance-reports-{}", std::process::id()));
    fs::create_dir_all(&logs).map_err(|e| e.to_string())?;
    let mut reports = Vec::new();
    for program in PeerProgram::all(&layout)? {
        for role in [Role::Server, Role::Client] {
            let report = test(&program, role, &logs.join("log"))?;
            println!("{} {}: {:?}", program.name, report.tested.role, report.summary());
            reports.push(report);
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports");
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let path = folder.join("README.md");
    fs::write(&path, page(&reports)).map_err(|e| format!("{}: {e}", path.display()))?;
    // The logs say nothing that the reports do not.
    let _ = fs::remove_dir_all(&logs);
    Ok(())
}

/// Runs the suite against a program.
fn test(program: &PeerProgram, role: Role, log: &Path) -> Result<Report, String> {
    let suite = Suite::new().beyond(false).agent(&program.name);
    let start = |mut command| Process::start(&program.name, &mut command, log.to_owned());
    let said = |e: ws_conformance::SuiteError| format!("{}: {e}", program.name);
    match role {
        Role::Server => {
            let mut server = start(program.server(None))?;
            let url = server.await_line("listening on ", Instant::now() + LIMIT)?;
            suite.server(&url).map_err(said)
        }
        Role::Client => {
            let listening = suite.listen("127.0.0.1:0").map_err(said)?;
            let mut client = start(program.client(&listening.url(), &program.name, None))?;
            let mut reports = listening.wait().map_err(said)?;
            client.finish(Instant::now() + LIMIT)?;
            reports.pop().ok_or_else(|| format!("{} has run no case", program.name))
        }
    }
}

fn page(reports: &[Report]) -> String {
    let mut page = HEAD.to_owned();
    for report in reports {
        let summary = report.summary();
        let counts = Outcome::ALL.map(|outcome| summary.of(outcome).to_string()).join(" | ");
        let (tested, all) = (&report.tested, report.cases.len());
        let seconds = report.duration.as_secs_f64();
        // A String takes everything.
        let _ = writeln!(
            page,
            "| {} | {} | {all} | {counts} | {seconds:.1} |",
            tested.agent, tested.role
        );
    }
    for report in reports {
        let _ = write!(page, "\n## {}, {}\n\n", report.tested.agent, report.tested.role);
        if let Some(why) = &report.unfinished {
            let _ = writeln!(page, "The run was not finished: {why}.\n");
        }
        let mut by_verdict: BTreeMap<String, Vec<CaseId>> = BTreeMap::new();
        let others = |it: &&CaseReport| !matches!(it.outcome, Outcome::Pass | Outcome::Info);
        for case in report.cases.iter().filter(others) {
            let verdict = format!("{} ({} / {})", case.outcome, case.behavior, case.behavior_close);
            by_verdict.entry(verdict).or_default().push(case.id.clone());
        }
        if by_verdict.is_empty() {
            page.push_str("All cases pass.\n");
        }
        for (verdict, ids) in by_verdict {
            let _ = writeln!(page, "- {verdict}: {}", with_groups(&ids, report).join(", "));
        }
    }
    page
}

/// The ids in order. A group of which all cases are among them becomes a pattern, such as `12.*`.
fn with_groups(ids: &[CaseId], report: &Report) -> Vec<String> {
    let size = |group: &str| report.cases.iter().filter(|case| case.id.group() == group).count();
    let mut shown = Vec::new();
    for part in ids.chunk_by(|one, other| one.group() == other.group()) {
        let group = part[0].group();
        if part.len() > 1 && part.len() == size(&group) {
            shown.push(format!("{group}.*"));
        } else {
            shown.extend(part.iter().map(ToString::to_string));
        }
    }
    shown
}
