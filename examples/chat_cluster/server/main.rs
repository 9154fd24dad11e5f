//! A chat whose rooms span several processes, joined by Redis: start it on as many machines as you like.
//!
//! ```text
//! client --- HAProxy --- a process --- Redis --- all processes --- their clients in the room
//! ```
//!
//! A client connects to `/rooms/{room}`. Its first message says who it is and what it saw last, if it was there
//! before: `{"name": "Ada", "after": {"epoch": "9c1e", "n": 7}}`. The room gets every other message. The
//! server says in JSON what happens; `kind` is one of these:
//!
//! - `welcome`: the `process` that serves this client, and `at`, the last message before it came
//! - `say`: a message, with its number `at` in the room
//! - `gap`: messages that this client does not get: how many were `missed`, or `null` if nobody knows, and
//!   `at`, the last of them
//! - `offline`, `online`: whether the process hears the others
//! - `refused`: a message that was not passed on, or perhaps was not
//!
//! Nothing is stored, so a gap is not filled. What is lost is counted: Redis numbers the messages of a room.

mod bus;
mod rooms;
mod subscription;

use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use blocking_ws::http::{HeaderValue, Response, header};
use blocking_ws::{CloseCode, Message, Result, Server, WebSocket};
use options::{Long, Parser, ValueExt, options};
use serde_json::{Value, json};

use crate::bus::{Bus, Position};
use crate::rooms::Rooms;

const PAGE: &str = include_str!("../page.html");

/// The longest name, in characters.
const LONGEST: usize = 24;

fn main() -> ExitCode {
    let args = Args::parse();
    let Err(error) = run(&args) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("chat_cluster: {error}");
    ExitCode::FAILURE
}

fn run(args: &Args) -> Result<()> {
    let bus = Arc::new(Bus::new(&args.redis)?);
    let rooms = Arc::new(Rooms::default());
    let (heard, told) = (Arc::clone(&bus), Arc::clone(&rooms));
    thread::spawn(move || subscription::run(&heard, &told));
    let health = Arc::clone(&rooms);
    let server = Server::bind(&args.addr)?
        .max_message_size(4 << 10)
        // HAProxy on this machine. Of another machine give its address.
        .trusted_proxy("127.0.0.1")
        .page("/", |_| page())
        // Such a process still serves: without Redis no other would be better.
        .page("/health", move |_| {
            let is_online = health.is_online();
            Response::new(if is_online { "ok\n" } else { "ok, but Redis is not heard\n" })
        });
    let process = args.name.clone();
    let server = server.route("/rooms/{room}", move |ws| chat(ws, &process, &bus, &rooms));
    println!("listening on {}", server.url());
    server.serve_routes()
}

fn page() -> Response<&'static str> {
    let mut response = Response::new(PAGE);
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

fn chat(ws: &mut WebSocket, process: &str, bus: &Bus, rooms: &Rooms) -> Result<()> {
    let Some(room) = ws.param("room").filter(|room| is_room(room)).map(str::to_owned) else {
        return ws.close(CloseCode::Policy, "a room has 1 to 32 letters a-z, digits and hyphens");
    };
    let Some(first) = ws.recv()? else {
        return Ok(());
    };
    let Some((name, after)) = introduction(&first) else {
        return ws.close(CloseCode::Policy, "say who you are: {\"name\": \"Ada\"}");
    };
    let _entry = rooms.enter(&room, ws, bus, |at, is_online| {
        let welcome = json!({
            "kind": "welcome", "process": process, "name": name, "at": at.map(Position::to_json),
        });
        let mut greeting = vec![welcome];
        if let Some(after) = after {
            // As far as this process knows: it may not hear Redis, or Redis may have started anew.
            let missed = at.and_then(|at| at.missed_since(&after));
            if missed != Some(0) {
                eprintln!("room {room}: {name:?} came back and missed {}", rooms::count(missed));
                greeting.push(rooms::gap(missed, at, "this client was away"));
            }
        }
        if !is_online {
            greeting.push(rooms::offline());
        }
        greeting
    })?;
    while let Some(message) = ws.recv()? {
        let Some(text) = message.as_text() else {
            return ws.close(CloseCode::Unsupported, "a chat is made of text");
        };
        if text.trim().is_empty() {
            continue;
        }
        let event = json!({ "kind": "say", "name": name, "text": text }).to_string();
        if let Err(why) = bus.publish(&room, &event) {
            let refused = json!({ "kind": "refused", "text": text, "why": why.to_string() });
            ws.send(refused.to_string())?;
        }
    }
    Ok(())
}

fn is_room(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=32).contains(&text.len()) && text.chars().all(is_plain)
}

/// A client's name, and what it saw last.
fn introduction(message: &Message) -> Option<(String, Option<Position>)> {
    let said: Value = serde_json::from_str(message.as_text()?).ok()?;
    let name = said.get("name")?.as_str()?.trim();
    let is_name = (1..=LONGEST).contains(&name.chars().count()) && !name.contains(char::is_control);
    let after = match said.get("after") {
        None | Some(Value::Null) => None,
        Some(after) => Some(Position::from_json(after)?),
    };
    is_name.then(|| (name.to_owned(), after))
}

const USAGE: &str = "\
A chat whose rooms span several processes, joined by Redis

Usage: chat_cluster [OPTIONS]

Options:
  --addr <HOST:PORT>  Where to listen; port 0 lets the system choose [default: 127.0.0.1:9001]
  --name <NAME>       What clients are told that this process is called [default: a]
  --redis <URL>       Where Redis is [default: redis://127.0.0.1:6379/]
  -h, --help          Print help
";

struct Args {
    addr: String,
    name: String,
    redis: String,
}

impl Args {
    /// Reads the command line. A mistake in it ends the program.
    fn parse() -> Self {
        options(USAGE, Self::read)
    }

    fn read(parser: &mut Parser) -> Result<Self, options::Error> {
        let mut args = Self {
            addr: "127.0.0.1:9001".to_owned(),
            name: "a".to_owned(),
            redis: "redis://127.0.0.1:6379/".to_owned(),
        };
        while let Some(arg) = parser.next()? {
            match arg {
                Long("addr") => args.addr = parser.value()?.string()?,
                Long("name") => args.name = parser.value()?.string()?,
                Long("redis") => args.redis = parser.value()?.string()?,
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(args)
    }
}
