//! A game in one thread: 30 times a second it takes what the players sent, moves them, and sends the new
//! state to all. Each second it prints how late its ticks were.
//!
//! `game_server --clients 200` plays with 200 clients of its own, which also have one thread: each answers a
//! state with a move. `--url` has them play on another server.

use std::collections::HashMap;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::{Client, Events, Hub, Overflow, Peer, PeerEvent, Result, Server};
use options::{Long, ValueExt, options};

/// Ticks in a second.
const RATE: u32 = 30;

fn main() -> ExitCode {
    let Err(error) = run(&Args::parse()) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("game_server: {error}");
    ExitCode::FAILURE
}

fn run(args: &Args) -> Result<()> {
    if let Some(url) = &args.url {
        return clients(url, args.clients.unwrap_or(1), args.seconds);
    }
    // A slow player gets the latest states.
    let hub = Hub::new().overflow(Overflow::DropOldest).max_queued_messages(2);
    let events = Events::with_hub(hub);
    let server = Server::bind(&args.addr)?.max_message_size(100).spawn(events.handler())?;
    println!("listening on {}", server.url());
    if let Some(count) = args.clients {
        let (url, seconds) = (server.url().to_owned(), args.seconds);
        thread::spawn(move || {
            if let Err(error) = clients(&url, count, seconds) {
                eprintln!("game_server: the clients: {error}");
            }
        });
    }
    play(&events, args);
    Ok(())
}

/// What the game knows of a player.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    x: i32,
    y: i32,
}

impl Place {
    fn go(&mut self, direction: &str) {
        match direction {
            "left" => self.x -= 1,
            "right" => self.x += 1,
            "up" => self.y -= 1,
            "down" => self.y += 1,
            _ => {}
        }
    }
}

fn play(events: &Events, args: &Args) {
    let mut players: HashMap<Peer, Place> = HashMap::new();
    let mut lateness = Lateness::default();
    let mut due = Instant::now();
    while !events.has_ended() {
        due += Duration::from_secs(1) / RATE;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let late = due.elapsed();
        for event in events.try_iter() {
            match event {
                PeerEvent::Opened(peer) => drop(players.insert(peer, Place::default())),
                PeerEvent::Message(peer, message) => {
                    let direction = message.as_text().unwrap_or_default();
                    players.entry(peer).or_default().go(direction);
                }
                PeerEvent::Closed(peer, _) => drop(players.remove(&peer)),
            }
        }
        // If clients have filled the memory, the next tick has a state as well.
        let _ = events.hub().broadcast(state(&players));
        lateness.note(late, due.elapsed());
        // With clients of its own, it measures when all are here.
        if args.clients.is_some_and(|count| players.len() < count) {
            if lateness.is_full(args.seconds) {
                return;
            }
            lateness = Lateness::default();
        } else if lateness.is_full(args.seconds) {
            println!("{} players, {lateness}", players.len());
            if args.clients.is_some() {
                return;
            }
            lateness = Lateness::default();
        }
    }
}

/// All players and their places, such as `7:0,-3 8:1,1`.
fn state(players: &HashMap<Peer, Place>) -> String {
    let one = |(peer, place): (&Peer, &Place)| format!("{}:{},{}", peer.id(), place.x, place.y);
    players.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// How late ticks began, and when they were done, both after they were due.
#[derive(Debug, Default)]
struct Lateness {
    begun: Vec<Duration>,
    done: Vec<Duration>,
}

impl Lateness {
    fn note(&mut self, begun: Duration, done: Duration) {
        self.begun.push(begun);
        self.done.push(done);
    }

    fn is_full(&self, seconds: usize) -> bool {
        self.begun.len() >= seconds * RATE as usize
    }
}

impl std::fmt::Display for Lateness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ticks", self.begun.len())?;
        for (name, times) in [("begun", &self.begun), ("done", &self.done)] {
            let mut times = times.clone();
            times.sort_unstable();
            let part = |parts: usize| times.get(times.len() * parts / 100).copied();
            let last = times.last().copied().unwrap_or_default();
            let (half, most) = (part(50).unwrap_or(last), part(99).unwrap_or(last));
            write!(f, "; {name} late by p50 {half:.1?}, p99 {most:.1?}, max {last:.1?}")?;
        }
        Ok(())
    }
}

/// Plays with many clients in one thread, until the server closes them or the time is over.
fn clients(url: &str, count: usize, seconds: usize) -> Result<()> {
    let events = Events::new();
    for _ in 0..count {
        events.add(Client::new().connect(url)?)?;
    }
    let until = Instant::now() + Duration::from_secs(seconds as u64 + 5);
    let directions = ["left", "right", "up", "down"].into_iter().cycle();
    let mut received = 0;
    for (event, direction) in events.iter().zip(directions) {
        match event {
            PeerEvent::Message(peer, _) => {
                received += 1;
                peer.send(direction);
            }
            PeerEvent::Closed(peer, status) if !status.is_normal() => println!("{peer}: {status}"),
            PeerEvent::Opened(_) | PeerEvent::Closed(..) => {}
        }
        if Instant::now() > until {
            break;
        }
    }
    println!("{count} clients received {received} states");
    Ok(())
}

struct Args {
    addr: String,
    clients: Option<usize>,
    seconds: usize,
    url: Option<String>,
}

const USAGE: &str = "\
A game in one thread, which prints how late its ticks are

Usage: game_server [OPTIONS]

Options:
  --addr <HOST:PORT>  Where to listen; port 0 lets the system choose [default: 127.0.0.1:9001]
  --clients <NUMBER>  Play with this many clients, and end when --seconds were measured
  --seconds <NUMBER>  How long to measure for a line [default: 10]
  --url <URL>         Be only the clients, on this server
  -h, --help          Print help
";

impl Args {
    fn parse() -> Self {
        options(USAGE, |parser| {
            let mut args =
                Self { addr: "127.0.0.1:9001".into(), clients: None, seconds: 10, url: None };
            while let Some(arg) = parser.next()? {
                match arg {
                    Long("addr") => args.addr = parser.value()?.string()?,
                    Long("clients") => args.clients = Some(parser.value()?.parse()?),
                    Long("seconds") => args.seconds = parser.value()?.parse()?,
                    Long("url") => args.url = Some(parser.value()?.string()?),
                    _ => return Err(arg.unexpected()),
                }
            }
            Ok(args)
        })
    }
}
