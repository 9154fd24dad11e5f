//! Loads processes of `chat_cluster`: many clients in many rooms, and counts what they get.
//!
//! Each room has one speaker, which says the next thing when it has heard the last one itself. So the rate is
//! the highest that the processes bear with one message under way in each room.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::{Client, Error, Result, WebSocket};
use options::{Long, Parser, Value as Argument, ValueExt, options};
use serde_json::{Value, json};

/// What all clients have got.
#[derive(Default)]
struct Tally {
    deliveries: AtomicU64,
    gaps: AtomicU64,
    /// Messages whose number was not higher than the one before.
    repeated: AtomicU64,
    counts: AtomicBool,
    ends: AtomicBool,
    round_trips: Mutex<Vec<Duration>>,
}

fn main() -> ExitCode {
    let Err(error) = run(&Args::parse()) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("chat_cluster_load: {error}");
    ExitCode::FAILURE
}

fn run(args: &Args) -> Result<()> {
    let tally = Tally::default();
    thread::scope(|scope| {
        let began = Instant::now();
        let mut open = Vec::new();
        for at in 0..args.clients {
            let url = &args.urls[at % args.urls.len()];
            let room = (at / args.urls.len()) % args.rooms;
            let mut ws = Client::new().connect(&format!("{url}rooms/load-{room}"))?;
            ws.send(json!({ "name": format!("client {at}") }).to_string())?;
            // The welcome: from here on the client is a member.
            ws.recv()?.ok_or(Error::Closed)?;
            open.push((ws, at / args.urls.len() < args.rooms && at % args.urls.len() == 0));
        }
        println!("{} clients are connected after {:.1?}", open.len(), began.elapsed());
        for (ws, speaks) in open {
            let client = thread::Builder::new().stack_size(128 << 10);
            let tally = &tally;
            client.spawn_scoped(scope, move || {
                let outcome = if speaks { speak(ws, tally) } else { listen(ws, tally) };
                if let Err(e) = outcome {
                    eprintln!("a client has failed: {e}");
                }
            })?;
        }
        thread::sleep(Duration::from_secs(2));
        let began = Instant::now();
        tally.counts.store(true, Relaxed);
        thread::sleep(args.time);
        tally.counts.store(false, Relaxed);
        let seconds = began.elapsed().as_secs_f64();
        tally.ends.store(true, Relaxed);
        report(&tally, seconds);
        Ok(())
    })
}

fn report(tally: &Tally, seconds: f64) {
    let mut trips = tally.round_trips.lock().expect("no thread panics with it").clone();
    trips.sort_unstable();
    let at = |part: usize| trips.get(trips.len() * part / 1000).copied().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = |count: u64| (count as f64 / seconds).round();
    println!("deliveries a second: {}", rate(tally.deliveries.load(Relaxed)));
    println!("messages a second: {}", rate(trips.len() as u64));
    println!("round trip: median {:.1?}, 99 % {:.1?}", at(500), at(990));
    println!("gaps: {}, repeated: {}", tally.gaps.load(Relaxed), tally.repeated.load(Relaxed));
}

fn speak(mut ws: WebSocket, tally: &Tally) -> Result<()> {
    let text = "x".repeat(100);
    let mut last = 0;
    while !tally.ends.load(Relaxed) {
        let said = Instant::now();
        ws.send(&text)?;
        hear(&mut ws, tally, &mut last)?;
        if tally.counts.load(Relaxed) {
            tally.round_trips.lock().expect("no thread panics with it").push(said.elapsed());
        }
    }
    Ok(())
}

fn listen(mut ws: WebSocket, tally: &Tally) -> Result<()> {
    let mut last = 0;
    ws.set_read_timeout(Duration::from_millis(500));
    while !tally.ends.load(Relaxed) {
        match hear(&mut ws, tally, &mut last) {
            Err(e) if e.is_timeout() => {}
            outcome => outcome?,
        }
    }
    Ok(())
}

/// Waits for the next message, and counts it.
fn hear(ws: &mut WebSocket, tally: &Tally, last: &mut u64) -> Result<()> {
    loop {
        let message = ws.recv_ref()?.ok_or(Error::Closed)?;
        let event: Value = serde_json::from_slice(message.as_bytes()).map_err(Error::other)?;
        if event["kind"] != "say" {
            tally.gaps.fetch_add(u64::from(event["kind"] == "gap"), Relaxed);
            continue;
        }
        let n = event["at"]["n"].as_u64().unwrap_or(0);
        tally.repeated.fetch_add(u64::from(n <= *last), Relaxed);
        *last = n;
        tally.deliveries.fetch_add(u64::from(tally.counts.load(Relaxed)), Relaxed);
        return Ok(());
    }
}

const USAGE: &str = "\
Loads processes of the example `chat_cluster`, and counts what their clients get

Usage: chat_cluster_load [OPTIONS] URL...

Options:
  --clients <COUNT>  All clients, in turn at each URL [default: 3000]
  --rooms <COUNT>    Among which they are divided [default: 30]
  --time <SECONDS>   How long to count [default: 10]
  -h, --help         Print help

A URL is that of a process, such as ws://127.0.0.1:9001/.
";

struct Args {
    urls: Vec<String>,
    clients: usize,
    rooms: usize,
    time: Duration,
}

impl Args {
    /// Reads the command line. A mistake in it ends the program.
    fn parse() -> Self {
        options(USAGE, Self::read)
    }

    fn read(parser: &mut Parser) -> Result<Self, options::Error> {
        let time = Duration::from_secs(10);
        let mut args = Self { urls: Vec::new(), clients: 3000, rooms: 30, time };
        while let Some(arg) = parser.next()? {
            match arg {
                Long("clients") => args.clients = parser.value()?.parse()?,
                Long("rooms") => args.rooms = parser.value()?.parse()?,
                Long("time") => args.time = Duration::from_secs(parser.value()?.parse()?),
                Argument(url) => args.urls.push(url.string()?),
                _ => return Err(arg.unexpected()),
            }
        }
        if args.urls.is_empty() || args.rooms == 0 {
            return Err("give a URL, and at least one room".into());
        }
        Ok(args)
    }
}
