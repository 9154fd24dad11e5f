//! The client beside tungstenite's: processor time for each message, on the same server.
//!
//! `cargo bench --bench client`, or `cargo bench --bench client -- pipelined` for some rows. The
//! server is a process of its own, as is each run of a client, so that only the client's work is
//! counted; the clients take turns, and medians are compared. Processor time moves much less than
//! the clock does where other programs run. Nothing is asserted but that the replies are right.
//!
//! Reading order: `rows` for what is measured, `connection` for how each client does it, `measure`
//! for one run and `stopwatch` for what is counted; then `server` and `process`.

mod connection;
mod measure;
mod process;
mod rows;
mod server;
mod stopwatch;

use clap::Parser;
use connection::Contender;
use process::Server;
use rows::{ROWS, Row};
use stopwatch::Stopwatch;

#[derive(Parser)]
#[command(about = "Compares clients by the processor time they need for a message")]
struct Args {
    /// Only rows whose name contains this
    #[arg(default_value = "")]
    row: String,
    /// How often each client takes its turn
    #[arg(long, value_name = "N", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long each turn is measured; before that, the client warms up for a fifth of it
    #[arg(long, value_name = "S", default_value_t = 0.7)]
    seconds: f64,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
    /// Is the server: tells its addresses, and ends with its input
    #[arg(long, hide = true)]
    serve: bool,
    /// Is a client, for one run of the row with exactly this name
    #[arg(long, hide = true, value_name = "CLIENT", requires = "url")]
    client: Option<Contender>,
    /// Where the client finds the server
    #[arg(long, hide = true)]
    url: Option<String>,
}

fn main() {
    let args = Args::parse();
    match (args.client, &args.url) {
        _ if args.serve => server::serve(),
        (Some(client), Some(url)) => {
            let row = ROWS.iter().find(|row| row.name == args.row).expect("a row of that name");
            println!("{}", measure::run(row, client, url, args.seconds));
        }
        _ => compare(&args),
    }
}

/// Prints a line for each row.
fn compare(args: &Args) {
    let server = Server::start();
    println!(
        "{} of the client for each message (set-up: each connection), the median of {} x {} s\n\
         \n\
         recv_ref     this library; a message is borrowed from the connection\n\
         recv         this library; a message is the program's to keep\n\
         tungstenite  send and read\n\
         one flush    tungstenite; write, and one flush before the replies are read\n\
         \n\
         {:22} {:>11} {:>11} {:>11} {:>11}   over recv_ref: tungstenite  one flush  target",
        Stopwatch::start().unit(),
        args.rounds,
        args.seconds,
        "",
        "recv_ref",
        "recv",
        "tungstenite",
        "one flush",
    );
    for row in ROWS.iter().filter(|row| row.name.contains(&args.row)) {
        compare_row(row, &server, args);
    }
}

fn compare_row(row: &Row, server: &Server, args: &Args) {
    let mut runs = Contender::ALL.map(|_| Vec::new());
    for _ in 0..args.rounds {
        for (runs, client) in runs.iter_mut().zip(Contender::ALL) {
            runs.push(server.measure(row, client, args.seconds));
        }
    }
    let [lent, given, tungstenite, one_flush] = runs.map(|mut runs| {
        runs.sort_by(f64::total_cmp);
        runs[runs.len() / 2]
    });
    println!(
        "{:22} {:>11} {:>11} {:>11} {:>11}   {:26.2}  {:9.2}  {:6.2}",
        row.name,
        time(lent),
        time(given),
        time(tungstenite),
        time(one_flush),
        tungstenite / lent,
        one_flush / lent,
        row.target,
    );
}

fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ..1e4 => format!("{nanoseconds:.0} ns"),
        1e4..1e7 => format!("{:.1} us", nanoseconds / 1e3),
        _ => format!("{:.1} ms", nanoseconds / 1e6),
    }
}
