//! Runs the Autobahn test suite against the example programs, as server and as client, with and
//! without TLS.
//!
//! `cargo test --release --test autobahn -- [MODE]... [--cases LIST | --full]`; `--help` says more.
//! Needs a Python 2.7, because the suite runs on nothing newer, and the package index on its first
//! use. Everything it makes lies under `target/autobahn`: the virtualenv, the certificates, and
//! for each mode its logs and Autobahn's own report (`index.html`). Two runs at once would be in
//! each other's way.
//!
//! Reading order: `options`, `mode`, `report`; then what they stand on: `python`, `programs`,
//! `certificates`, `process`.

mod certificates;
mod mode;
mod options;
mod process;
mod programs;
mod python;
mod report;

use std::fs;
use std::process::ExitCode;
use std::time::Instant;

use certificates::Certificates;
use mode::{Mode, Workshop};
use options::{Cases, Options};
use programs::{Layout, Programs};
use python::Suite;

/// The size of the default selection, written down so that a suite that quietly lost cases is
/// noticed.
const DEFAULT_CASES: usize = 301;

fn main() -> ExitCode {
    let options = match Options::from_args(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{}", options::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(reason) => {
            eprintln!("autobahn: {reason}\n\n{}", options::USAGE);
            return ExitCode::FAILURE;
        }
    };
    match run(&options) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_failed) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("autobahn: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the chosen modes and prints their tallies; returns how many modes failed.
///
/// # Errors
/// What stands in the way of every mode: no Python, no programs, a selection without cases.
fn run(options: &Options) -> Result<usize, String> {
    let layout = Layout::of_this_program()?;
    let folder = layout.target.join("autobahn");
    fs::create_dir_all(&folder).map_err(|e| format!("cannot create {}: {e}", folder.display()))?;

    let suite = Suite::ready(&folder)?;
    let cases = suite.count(&options.cases)?;
    if cases == 0 {
        return Err(format!("no case matches {}", options.cases));
    }
    if options.cases == Cases::Default && cases != DEFAULT_CASES {
        return Err(format!(
            "the suite has {cases} cases in {}, not {DEFAULT_CASES}",
            options.cases
        ));
    }
    let workshop = Workshop {
        certificates: Certificates::create(&folder.join("certs"))?,
        programs: Programs::build(&layout)?,
        selection: options.cases.patterns(),
        cases,
        folder,
        suite,
    };

    let failed = options.modes.iter().filter(|&&mode| !passes(mode, &workshop)).count();
    println!("\n{} passed, {failed} failed", options.modes.len() - failed);
    Ok(failed)
}

/// Runs one mode, prints what came of it, and returns whether all is well.
fn passes(mode: Mode, workshop: &Workshop) -> bool {
    let started = Instant::now();
    let outcome = mode.run(workshop);
    let seconds = started.elapsed().as_secs_f64();
    match outcome {
        Ok(report) => {
            println!("{mode}: {report} ({seconds:.1} s)");
            for failure in &report.failures {
                println!("  {failure}");
            }
            report.failures.is_empty()
        }
        Err(reason) => {
            println!("{mode}: no verdict ({seconds:.1} s)\n  {}", reason.replace('\n', "\n  "));
            false
        }
    }
}
