//! Hours of mixed load with faults: what grows, what stays behind, and whether all payloads are right.
//!
//! `cargo bench --bench soak -- --minutes 60`. Servers for `ws`, `wss` and Unix sockets, with and
//! without compression, serve clients of all kinds, are shut down every few seconds and come back. Each
//! minute a line tells of memory, threads, descriptors and latency; the last line is the verdict, and so
//! is the exit status. What must be flat is compared with the first minutes, in which caches fill.
//!
//! Reading order: `plan` for who is there, `servers`, `clients`, `rude` and `rooms` for what they do,
//! `tally` for what is counted, `gauges` for what the system says, `verdict` for what is judged.

mod clients;
mod gauges;
mod plan;
mod rooms;
mod rude;
mod servers;
mod tally;
mod verdict;

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use gauges::Gauges;
use plan::Plan;
use tally::TALLY;
use verdict::Verdict;

#[derive(Parser)]
#[command(about = "Mixed load with faults for a while, and whether anything grows")]
struct Args {
    /// How long
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    minutes: u64,
    /// Clients of each kind
    #[arg(long, value_name = "N", default_value_t = 2)]
    each: usize,
    /// Between two shutdowns of a server
    #[arg(long, value_name = "S", default_value_t = 7)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    shutdown_every: u64,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is counted in one line.
const LINE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let args = Args::parse();
    let plan = Plan::start(args.each, Duration::from_secs(args.shutdown_every));
    let mut verdict = Verdict::default();
    let begun = Instant::now();
    println!("{}", tally::HEADER);
    for minute in 1..=args.minutes {
        let until = begun + LINE * u32::try_from(minute).unwrap_or(u32::MAX);
        thread::sleep(until.saturating_duration_since(Instant::now()));
        let (counted, gauges) = (TALLY.take(), Gauges::read());
        println!("{minute:>4} {gauges} {counted}");
        verdict.add(gauges, counted);
    }
    plan.stop();
    let end = Gauges::read();
    println!(" end {end}");
    verdict.tell(&end)
}
