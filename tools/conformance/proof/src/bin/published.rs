//! Writes `tools/conformance/reports/published`: what `ws-conformance` and the Autobahn test suite say of
//! this library, with all their cases and all their data.
//!
//! `cargo run --release -p ws-conformance-proof --bin published`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;
use std::{fs, thread};

use blocking_ws::Role;
use clap::{Parser, ValueEnum};
use test_support::autobahn::{Certificates, Layout};
use ws_conformance::Suite;
use ws_conformance_proof::original::Original;
use ws_conformance_proof::original::oracle::Way;
use ws_conformance_proof::peers::PeerProgram;
use ws_conformance_proof::published::{About, By, Column, Index, commit, page};
use ws_conformance_proof::suite_run;

const ROLES: [Role; 2] = [Role::Server, Role::Client];

#[derive(Debug, Parser)]
#[command(about = "Runs both suites against this library, and writes the report that is published")]
struct Args {
    /// Only makes the page of what is stored, and runs nothing.
    #[arg(long, conflicts_with_all = ["only", "earlier_server", "earlier_client"])]
    render: bool,
    /// Runs only this suite, and keeps what is stored of the other.
    #[arg(long, value_name = "SUITE")]
    only: Option<Only>,
    /// The index.json of a run of the Autobahn test suite against the server, made by `cargo test
    /// --release --test autobahn -- server-ws --full`; by default that suite is run, which takes an hour.
    #[arg(long, value_name = "FILE", requires = "earlier_commit")]
    earlier_server: Option<PathBuf>,
    /// The same for the client.
    #[arg(long, value_name = "FILE", requires = "earlier_commit")]
    earlier_client: Option<PathBuf>,
    /// The commit of the library in those runs.
    #[arg(long, value_name = "COMMIT")]
    earlier_commit: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Only {
    Autobahn,
    WsConformance,
}

impl Args {
    fn runs(&self, suite: Only) -> bool {
        !self.render && self.only.is_none_or(|only| only == suite)
    }

    fn earlier(&self, role: Role) -> Option<&Path> {
        match role {
            Role::Server => self.earlier_server.as_deref(),
            Role::Client => self.earlier_client.as_deref(),
        }
    }
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failed) => {
            eprintln!("published: {failed} verdicts are not passes; the report shows them");
            ExitCode::FAILURE
        }
        Err(why) => {
            eprintln!("published: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Returns how many verdicts are not passes.
fn run(args: &Args) -> Result<usize, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports/published");
    let (mut index, mut about) = if args.render || args.only.is_some() {
        let text = read(&folder.join("run.json"))?;
        let about: About = serde_json::from_str(&text).map_err(|e| format!("run.json: {e}"))?;
        if !args.render {
            about.fits(&About::this_machine())?;
        }
        (Index::parse(&read(&folder.join("index.json"))?)?, about)
    } else {
        (Index::default(), About::this_machine())
    };
    if !args.render {
        run_suites(args, &mut index, &mut about)?;
    }
    fs::create_dir_all(&folder).map_err(|e| format!("cannot create {}: {e}", folder.display()))?;
    let run = serde_json::to_string_pretty(&about).map_err(|e| e.to_string())? + "\n";
    for (name, text) in
        [("index.json", index.text()?), ("run.json", run), ("index.html", page(&index, &about))]
    {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        println!("{}", path.display());
    }
    let entries = Column::ALL.into_iter().flat_map(|column| index.cases(column).values());
    Ok(entries.filter(|entry| !entry.passed()).count())
}

fn run_suites(args: &Args, index: &mut Index, about: &mut About) -> Result<(), String> {
    let layout = Layout::of_this_program()?;
    let work = layout.target.join("conformance-proof/published");
    fs::create_dir_all(&work).map_err(|e| format!("cannot create {}: {e}", work.display()))?;
    let commit = commit()?;
    if args.runs(Only::Autobahn) {
        run_original(args, &layout, &commit, index, about)?;
    }
    if args.runs(Only::WsConformance) {
        run_ours(&layout, &work, &commit, index, about)?;
    }
    Ok(())
}

fn run_original(
    args: &Args,
    layout: &Layout,
    commit: &str,
    index: &mut Index,
    about: &mut About,
) -> Result<(), String> {
    let missing = ROLES.iter().any(|&role| args.earlier(role).is_none());
    let ready = || Ok::<_, String>((Original::ready(layout)?, PeerProgram::blocking_ws(layout)?));
    let live = missing.then(ready).transpose()?;
    // It waits more than it works, so both roles are tested at the same time.
    let said = thread::scope(|scope| {
        ROLES
            .map(|role| {
                let live = live.as_ref();
                scope.spawn(move || match (args.earlier(role), live) {
                    (Some(file), _) => earlier(file),
                    (None, Some((original, peer))) => {
                        Ok((of_original(original, peer, role)?, None))
                    }
                    (None, None) => Err("the Autobahn test suite is not there".to_owned()),
                })
            })
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a thread panicked".to_owned())))
    });
    for (role, said) in ROLES.into_iter().zip(said) {
        let (text, ended) = said?;
        index.put_original(role, &text)?;
        let (command, column) = match role {
            Role::Server => ("wstest -m fuzzingclient", Column { by: By::Original, role }),
            Role::Client => ("wstest -m fuzzingserver", Column { by: By::Original, role }),
        };
        let earlier = args.earlier_commit.as_ref().filter(|_| ended.is_some());
        about.put(
            column,
            ended.unwrap_or_else(SystemTime::now),
            earlier.map_or(commit, String::as_str),
            command,
        );
        println!("{column}: {} cases", index.cases(column).len());
    }
    Ok(())
}

fn run_ours(
    layout: &Layout,
    work: &Path,
    commit: &str,
    index: &mut Index,
    about: &mut About,
) -> Result<(), String> {
    let peer = PeerProgram::blocking_ws(layout)?;
    let certificates = Certificates::create(work)?;
    let suite = Suite::new().beyond(false).full(true);
    for role in ROLES {
        let way = Way { role, tls: false };
        let report = suite_run::program(&peer, way, &certificates, work, &suite)?;
        if let Some(why) = report.unfinished {
            return Err(format!("ws-conformance has not finished: {why}"));
        }
        index.put_report(role, &report);
        let (command, column) = match role {
            Role::Server => ("ws-conformance server --full", Column { by: By::Ours, role }),
            Role::Client => ("ws-conformance client --full", Column { by: By::Ours, role }),
        };
        about.put(column, SystemTime::now(), commit, command);
        println!("{column}: {} ({:.1} s)", report.summary(), report.duration.as_secs_f64());
    }
    Ok(())
}

/// Runs the Autobahn test suite, and returns its index.
fn of_original(original: &Original, peer: &PeerProgram, role: Role) -> Result<Vec<u8>, String> {
    let cases = ["*".to_owned()];
    match role {
        Role::Server => original.index_of_server(&mut peer.server(None), &cases),
        Role::Client => {
            original.index_of_client(None, |url, agent| peer.client(url, agent, None), &cases)
        }
    }
}

/// Reads the index of an earlier run, and when that ended.
fn earlier(file: &Path) -> Result<(Vec<u8>, Option<SystemTime>), String> {
    let ended = fs::metadata(file).and_then(|it| it.modified());
    let ended = ended.map_err(|e| format!("cannot read {}: {e}", file.display()))?;
    Ok((read(file)?.into_bytes(), Some(ended)))
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|e| format!("cannot read {}: {e}", file.display()))
}
