//! Sends lines of the input to `reliable_server`, each at least once, whatever becomes of connections.
//!
//! The queue keeps each line until the server has acknowledged it. At the end of the input, or at Ctrl-C, the
//! program waits a while for the rest, and says how far it came.

use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use blocking_ws::{Client, Outgoing, Reconnecting, Result};
use options::{Long, Parser, Value, ValueExt, options};

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("reliable_client: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<ExitCode> {
    let queue = Outgoing::new(1000);
    let connections = Client::new()
        // Else a server that vanished without a word is not noticed.
        .ping_interval(Duration::from_secs(20))
        .reconnecting(&format!("{}?sender={}", args.url, sender()))
        .on_retry(|retry| match &retry.error {
            Some(error) => println!("{error}; connecting in {:.1?}", retry.delay),
            None => println!("the server is done; connecting in {:.1?}", retry.delay),
        });
    let stop = connections.stop_handle();

    // Whatever happens first ends the program.
    let (end, ended) = mpsc::channel();
    on_ctrl_c(end.clone())?;
    let (sent, tell) = (queue.clone(), end.clone());
    thread::spawn(move || tell.send(exchange(connections, &sent)));
    let read = queue.clone();
    thread::spawn(move || end.send(read_lines(&read)));
    let outcome = ended.recv().unwrap_or(Ok(()));

    let left = queue.finish(args.patience);
    stop.stop();
    println!("lines that the server has handled: {}", queue.acknowledged());
    outcome?;
    if left.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("reliable_client: {} lines were not acknowledged in time", left.len());
    Ok(ExitCode::FAILURE)
}

/// Sends over one connection after the other, and hears what the server has handled.
fn exchange(connections: Reconnecting, queue: &Outgoing<String>) -> Result<()> {
    for ws in connections {
        // An error here is final: trying again would not help.
        let mut ws = ws?;
        queue.send_over(&mut ws, |number, line| format!("{number} {line}"))?;
        while let Ok(Some(message)) = ws.recv() {
            match message.as_text().map(str::parse) {
                Some(Ok(number)) => queue.acknowledge(number)?,
                _ => eprintln!("this is no number, and acknowledges nothing: {message:?}"),
            }
        }
    }
    Ok(())
}

/// Waits while the queue is full, and so does what writes the lines.
fn read_lines(queue: &Outgoing<String>) -> Result<()> {
    for line in std::io::stdin().lines() {
        queue.push(line?)?;
    }
    Ok(())
}

/// The name of this process: its lines have numbers of their own.
fn sender() -> String {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{:x}", std::process::id(), time.as_nanos())
}

#[cfg(unix)]
fn on_ctrl_c(end: mpsc::Sender<Result<()>>) -> Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};

    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    thread::spawn(move || signals.forever().next().map(|_| end.send(Ok(()))));
    Ok(())
}

/// Elsewhere Ctrl-C ends the program at once, and what was not acknowledged is lost.
#[cfg(not(unix))]
fn on_ctrl_c(_: mpsc::Sender<Result<()>>) -> Result<()> {
    Ok(())
}

const USAGE: &str = "\
Sends lines of the input to the example `reliable_server`, each at least once

Usage: reliable_client [OPTIONS] [URL]

Options:
  --patience <SECONDS>  How long to wait for acknowledgements at the end [default: 5]
  -h, --help            Print help

The URL is ws://127.0.0.1:9001/ by default.
";

struct Args {
    url: String,
    patience: Duration,
}

impl Args {
    /// Reads the command line. A mistake in it ends the program.
    fn parse() -> Self {
        options(USAGE, Self::read)
    }

    fn read(parser: &mut Parser) -> Result<Self, options::Error> {
        let url = "ws://127.0.0.1:9001/".to_owned();
        let mut args = Self { url, patience: Duration::from_secs(5) };
        while let Some(arg) = parser.next()? {
            match arg {
                Long("patience") => {
                    args.patience = Duration::from_secs(parser.value()?.parse()?);
                }
                Value(url) => args.url = url.string()?,
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(args)
    }
}
