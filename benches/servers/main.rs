//! Servers side by side: throughput, connections without messages, late answers under light load, growth with
//! the number of connections, and broadcasts.
//!
//! `cargo bench --bench servers` runs it, and `-- --help` lists the options. It measures this library, a floor
//! that does the same without a library, and tungstenite; and any other server that echoes messages and takes
//! its address from its command line. A server with broadcasts sends each message of the path `/broadcast` to
//! all clients of that path. Each run starts a new process of the server. The servers take turns, and the
//! medians and the best runs of several rounds are compared. The server runs on one processor. One thread with
//! non-blocking sockets does the work of all clients, on another processor.
//!
//! Reading order: `rows` for what is measured, `load` for how clients work, `schedule` for when messages
//! are due, `figures` for statistics; then `server`, `options`, `plan` and `report`.

mod figures;
mod load;
mod options;
mod plan;
mod report;
mod rows;
mod schedule;
mod server;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser as _;
use options::Args;
use plan::Plan;
use report::{Block, Report};
use rows::{Row, Work};
use server::Contender;
use test_support::descriptors;

/// The error is a sentence for the user: what went wrong, and what to do.
type Outcome<T> = Result<T, Box<dyn Error>>;

/// How many files this program and a server need besides the sockets of the connections.
const OTHER_FILES: u64 = 100;

/// How many files a server may have for a connection. Some have two for a member of a broadcast.
const EACH: u64 = 3;

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match (args.hidden.serve, args.hidden.at) {
        (Some(server), Some(address)) => server.serve(address).map(|()| ExitCode::SUCCESS),
        _ => args.plan().and_then(|plan| plan.processors.with_load(|| compare(&plan))),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("servers: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures all rows, and prints each as soon as it is done.
fn compare(plan: &Plan) -> Outcome<ExitCode> {
    let most = plan.rows.iter().map(|row| row.connections).max().unwrap_or_default();
    let files = u64::try_from(most)?;
    descriptors::allow(files + OTHER_FILES, EACH * files + OTHER_FILES)
        .map_err(|error| format!("{most} connections: {error}. `--rows` leaves rows out"))?;
    let mut report = Report::new(plan);
    if !plan.markdown {
        print!("{report}");
    }
    for row in &plan.rows {
        let block = measure(plan, row);
        if plan.markdown {
            eprint!("{block}");
        } else {
            print!("{block}");
        }
        report.add(block);
        if let Some(file) = &plan.json {
            report
                .write(file)
                .map_err(|e| format!("--json {}: {e}. Choose another file", file.display()))?;
        }
    }
    if plan.markdown {
        print!("{}", report.markdown());
    }
    Ok(if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Measures a row. The servers take turns; a server that fails is left out from then on.
fn measure(plan: &Plan, row: &Row) -> Block {
    let mut block = Block::new(plan, row);
    let mut able: Vec<&Contender> = Vec::new();
    for contender in plan.contenders.iter().filter(|it| !it.leaves_out(row.work.kind())) {
        match rows::can(plan, row, contender) {
            Ok(true) => able.push(contender),
            Ok(false) => block.note(format!("{} has no {}", contender.name, row.work.kind())),
            Err(error) => block.fail(contender, &*error),
        }
    }
    let rate = match row.work {
        Work::Tails => rows::rate(plan, row, &mut able, &mut block),
        _ => 0.0,
    };
    for round in 0..plan.rounds(row) {
        able.retain(|contender| match rows::run(plan, row, contender, rate, round) {
            Ok(figures) => {
                block.add(contender, figures);
                true
            }
            Err(error) => {
                block.fail(contender, &*error);
                false
            }
        });
    }
    block
}
