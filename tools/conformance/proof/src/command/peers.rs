//! [`peers`]: both suites against programs that other people use.

use std::collections::BTreeSet;
use std::fs;
use std::process::ExitCode;
use std::time::Instant;

use test_support::autobahn::{Certificates, Layout};
use ws_conformance::Suite;
use ws_conformance::case::{CaseId, Selection};
use ws_conformance::report::{Lenient, Report};

use crate::original::oracle::{self, Way};
use crate::original::{Original, Verdicts};
use crate::peers::PeerProgram;
use crate::suite_run;
use crate::table::{Comparison, Table, settled};

/// Which programs are run, and how.
#[derive(Clone, Debug)]
pub struct Peers {
    /// Their names. If there are none, all.
    pub names: Vec<String>,
    /// In which roles, and whether with TLS. If there are none, all.
    pub ways: Vec<Way>,
    /// The cases.
    pub cases: String,
    /// Runs the original at once, instead of what is stored of it.
    pub live: bool,
    /// Runs the original, and stores what it says.
    pub record: bool,
}

/// Runs the new suite against programs, and compares what it says with what the original says.
///
/// # Errors
/// A program or a suite cannot be run.
pub fn peers(options: &Peers) -> Result<ExitCode, String> {
    let layout = Layout::of_this_program()?;
    let folder =
        layout.target.join("conformance-proof").join(format!("peers-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|e| format!("cannot create {}: {e}", folder.display()))?;
    let certificates = Certificates::create(&folder)?;
    let original =
        (options.live || options.record).then(|| Original::ready(&layout)).transpose()?;
    let ways = if options.ways.is_empty() { Way::ALL.to_vec() } else { options.ways.clone() };
    let programs = programs(&layout, &options.names)?;
    let mut table = Table::default();
    for peer in &programs {
        for &way in &ways {
            let run = Run { options, peer, way, certificates: &certificates, folder: &folder };
            let comparison = run.compare(original.as_ref())?;
            let (differ, unexplained) = (comparison.differences.len(), comparison.unexplained());
            println!("  {differ} verdicts differ from the original, {unexplained} unexplained");
            table.0.push(comparison);
        }
    }
    // Logs are kept if something is wrong.
    if table.unexplained() == 0 {
        fs::remove_dir_all(&folder)
            .map_err(|e| format!("cannot remove {}: {e}", folder.display()))?;
    }
    println!("{table}");
    Ok(table.exit_code())
}

/// Makes the programs that are named.
fn programs(layout: &Layout, names: &[String]) -> Result<Vec<PeerProgram>, String> {
    type Make = fn(&Layout) -> Result<PeerProgram, String>;
    let known: [(&str, Make); 4] = [
        ("node-ws", PeerProgram::node_ws),
        ("python-websockets", PeerProgram::python_websockets),
        ("tungstenite", PeerProgram::tungstenite),
        ("blocking-ws", PeerProgram::blocking_ws),
    ];
    if let Some(name) = names.iter().find(|name| !known.iter().any(|(known, _)| known == name)) {
        let known = known.map(|(name, _)| name).join(", ");
        return Err(format!("there is no program {name:?}, but {known}"));
    }
    let is_meant = |name: &str| names.is_empty() || names.iter().any(|it| it == name);
    known.iter().filter(|(name, _)| is_meant(name)).map(|(_, make)| make(layout)).collect()
}

/// One program in one way.
struct Run<'a> {
    options: &'a Peers,
    peer: &'a PeerProgram,
    way: Way,
    certificates: &'a Certificates,
    folder: &'a std::path::Path,
}

impl Run<'_> {
    fn compare(&self, original: Option<&Original>) -> Result<Comparison, String> {
        let Self { options, peer, way, certificates, .. } = *self;
        let name = format!("{} {way}", peer.name);
        let selection: Selection = options.cases.parse().map_err(|e| format!("{e}"))?;
        let said = match original {
            Some(original) if options.record => {
                oracle::record(original, peer, way, certificates, &listed(&selection))?;
                oracle::stored(&peer.name, way)?
            }
            Some(original) => oracle::ask(original, peer, way, certificates, &listed(&selection))?,
            None => oracle::stored(&peer.name, way)?,
        };
        let said = said.only(&selection);
        let began = Instant::now();
        let report = self.run(&options.cases)?;
        let counts = report.summary();
        println!(
            "{name}: {} cases: {} ok, {} non-strict, {} info, {} limit, {} unimplemented, {} failed ({:.1} s)",
            report.cases.len(),
            counts.passed,
            counts.non_strict,
            counts.info,
            counts.limit,
            counts.unimplemented,
            counts.failed,
            began.elapsed().as_secs_f64()
        );
        for case in report.failures(Lenient::all()) {
            println!("  {} has failed: {}", case.id, case.reasons.join("; "));
        }
        if let Some(why) = &report.unfinished {
            return Err(format!("{name}: {why}"));
        }
        let ours = Verdicts::from_report(&report);
        settled(&name, &said, ours, |ids: &BTreeSet<CaseId>| {
            let list = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            self.run(&list).map(|report| Verdicts::from_report(&report))
        })
    }

    fn run(&self, cases: &str) -> Result<Report, String> {
        let suite = Suite::new().beyond(false).cases(cases).map_err(|e| e.to_string())?;
        let Self { peer, way, certificates, folder, .. } = *self;
        suite_run::program(peer, way, certificates, folder, &suite)
    }
}

/// The ids of the selected cases, as the original takes them.
fn listed(selection: &Selection) -> String {
    let ids = ws_conformance::cases::all().iter().map(|case| &case.id);
    let ids = ids.filter(|id| selection.takes(id) && !id.is_beyond());
    ids.map(ToString::to_string).collect::<Vec<_>>().join(",")
}
