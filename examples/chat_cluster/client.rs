//! A client of `chat_cluster` that comes back by itself, and says what it missed.
//!
//! It says what it saw last when it comes back, so the server can count what came meanwhile.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use blocking_ws::{Client, Result, Sender, WebSocket};
use options::{Long, Parser, Value as Argument, ValueExt, options};
use serde_json::{Value, json};

/// The connection that is open, for the thread that reads what is typed.
type Current = Mutex<Option<Sender>>;

fn main() -> ExitCode {
    let Err(error) = run(&Args::parse()) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("chat_cluster_client: {error}");
    ExitCode::FAILURE
}

fn run(args: &Args) -> Result<()> {
    let current = Arc::new(Current::default());
    let typed = Arc::clone(&current);
    thread::spawn(move || say_lines(&typed));
    let connections = Client::new()
        .ping_interval(Duration::from_secs(5))
        .pong_timeout(Duration::from_secs(5))
        .reconnecting(&args.url)
        .max_delay(Duration::from_secs(5))
        .on_retry(|retry| match &retry.error {
            Some(error) => println!("({error}; connecting in {:.1?})", retry.delay),
            None => println!("(the server is done; connecting in {:.1?})", retry.delay),
        });
    let mut last = None;
    for ws in connections {
        // An error here is final: trying again would not help.
        let mut ws = ws?;
        let introduction = json!({ "name": args.name, "after": last });
        if ws.send(introduction.to_string()).is_err() {
            continue;
        }
        *lock(&current) = ws.sender().ok();
        hear(&mut ws, &mut last);
        *lock(&current) = None;
    }
    Ok(())
}

/// Prints what happens until the connection is over. `last` is the last message that was seen.
fn hear(ws: &mut WebSocket, last: &mut Option<Value>) {
    while let Ok(Some(message)) = ws.recv() {
        let Ok(event) = serde_json::from_slice::<Value>(message.as_bytes()) else {
            println!("(this is no event: {message:?})");
            continue;
        };
        let text = |key: &str| event[key].as_str().unwrap_or("?").to_owned();
        match &*text("kind") {
            "welcome" => println!("(connected to {} as {})", text("process"), text("name")),
            "say" if is_new(&event["at"], last.as_ref()) => {
                println!("{}: {}", text("name"), text("text"));
            }
            // This process is a little behind the one that served this client before.
            "say" => continue,
            "gap" => match event["missed"].as_u64() {
                Some(missed) => println!("(missed {missed} messages: {})", text("why")),
                None => println!("(missed some messages, nobody knows how many: {})", text("why")),
            },
            "offline" => println!("(only people at the same process are heard, if anybody)"),
            "online" => println!("(all are heard again)"),
            "refused" => println!("(not passed on: {:?}: {})", text("text"), text("why")),
            other => println!("(unknown: {other:?})"),
        }
        // A process that is behind welcomes with an earlier message than the last one seen.
        let is_known = text("kind") == "welcome" && last.is_some();
        if event["at"].is_object() && !is_known {
            *last = Some(event["at"].clone());
        }
    }
}

fn is_new(at: &Value, last: Option<&Value>) -> bool {
    last.is_none_or(|last| last["epoch"] != at["epoch"] || last["n"].as_u64() < at["n"].as_u64())
}

fn say_lines(current: &Current) -> Result<()> {
    for line in std::io::stdin().lines() {
        let line = line?;
        let sender = lock(current).clone();
        if sender.is_none_or(|sender| sender.send(&line).is_err()) {
            println!("(not sent, because there is no connection: {line:?})");
        }
    }
    Ok(())
}

fn lock(current: &Current) -> std::sync::MutexGuard<'_, Option<Sender>> {
    current.lock().unwrap_or_else(PoisonError::into_inner)
}

const USAGE: &str = "\
Chats by the example `chat_cluster`: prints what is said, and says the lines of the input

Usage: chat_cluster_client [OPTIONS] [URL]

Options:
  --name <NAME>  The name in the chat [default: Ada]
  -h, --help     Print help

The URL is ws://127.0.0.1:9000/rooms/lobby by default.
";

struct Args {
    url: String,
    name: String,
}

impl Args {
    /// Reads the command line. A mistake in it ends the program.
    fn parse() -> Self {
        options(USAGE, Self::read)
    }

    fn read(parser: &mut Parser) -> Result<Self, options::Error> {
        let url = "ws://127.0.0.1:9000/rooms/lobby".to_owned();
        let mut args = Self { url, name: "Ada".to_owned() };
        while let Some(arg) = parser.next()? {
            match arg {
                Long("name") => args.name = parser.value()?.string()?,
                Argument(url) => args.url = url.string()?,
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(args)
    }
}
