//! Runs the Autobahn test suite against the example programs, as server and as client, with and
//! without TLS by either library, with and without compression.
//!
//! `cargo test --test autobahn -- [MODE]... [OPTION]...`; `--help` says more. Needs a Python
//! 2.7, because the suite runs on nothing newer, and the package index on its first use.
//!
//! Everything it makes lies under `target/autobahn`: the virtualenv, and for each mode and
//! compression a folder with certificates, logs and Autobahn's own report (`index.html`). So two
//! invocations can run at the same time if they have no mode in common, and if the virtualenv is
//! there already.
//!
//! Reading order: `options`, `plan`, `mode`, `run`, `report`; then what they stand on: `programs`,
//! and what `test_support::autobahn` has: the suite, child processes, certificates.

mod mode;
mod options;
mod plan;
mod programs;
mod report;
mod run;

use std::fs;
use std::process::ExitCode;
use std::time::Instant;

use test_support::autobahn::{Layout, Suite};

use options::Options;
use programs::Programs;
use run::{Run, Workshop};

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

/// Runs what was chosen and prints the tallies; returns how many runs failed.
///
/// # Errors
/// What stands in the way of every run: no Python, no programs, a selection without cases.
fn run(options: &Options) -> Result<usize, String> {
    let layout = Layout::of_this_program()?;
    let folder = layout.target.join("autobahn");
    fs::create_dir_all(&folder).map_err(|e| format!("cannot create {}: {e}", folder.display()))?;

    let suite = Suite::ready(&folder)?;
    let parts = options.plan.parts(&suite)?;
    let workshop = Workshop { programs: Programs::build(&layout)?, folder, suite };

    let runs: Vec<Run> = options
        .modes
        .iter()
        .flat_map(|&mode| parts.iter().map(move |part| Run { mode, part }))
        .collect();
    let failed = runs.iter().filter(|run| !passes(run, &workshop)).count();
    println!("\n{} passed, {failed} failed", runs.len() - failed);
    Ok(failed)
}

/// Makes one run, prints what came of it, and returns whether all is well.
fn passes(run: &Run, workshop: &Workshop) -> bool {
    let started = Instant::now();
    let outcome = run.report(workshop);
    let seconds = started.elapsed().as_secs_f64();
    match outcome {
        Ok(report) => {
            println!("{run}: {report} ({seconds:.1} s)");
            for failure in &report.failures {
                println!("  {failure}");
            }
            report.failures.is_empty()
        }
        Err(reason) => {
            println!("{run}: no verdict ({seconds:.1} s)\n  {}", reason.replace('\n', "\n  "));
            false
        }
    }
}
