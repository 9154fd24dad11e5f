//! A chat room, with its web page on the same port: open the address in two windows.
//!
//! A client's first message is its name. The room gets every other message. The server says what happens in
//! JSON: `{"kind": "say", "name": "Ada", "text": "hello"}`. `welcome` has the name that the client got, and
//! `join` and `leave` have the names of all who are `here`.

use std::collections::BTreeSet;
use std::sync::Mutex;

use blocking_ws::http::{HeaderValue, Response, header};
use blocking_ws::{CloseCode, Hub, Message, Result, Server, WebSocket};
use serde::Serialize;

/// What happens in the room, as the page gets it.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Event<'a> {
    Welcome { name: &'a str },
    Join { name: &'a str, here: &'a BTreeSet<String> },
    Leave { name: &'a str, here: &'a BTreeSet<String> },
    Say { name: &'a str, text: &'a str },
}

const PAGE: &str = include_str!("page.html");

/// The longest name, in characters.
const LONGEST: usize = 24;

fn main() -> Result<()> {
    let address = options::address("A chat room with its web page");
    let room = Room::default();
    let server = Server::bind(&address)?
        .max_message_size(4 << 10)
        .page("/", |_| page())
        .page("/health", |_| Response::new("ok\n"))
        .route("/", move |ws| chat(ws, &room));
    println!("listening on {}", server.url());
    println!("the page is http://{}/", server.local_addr()?);
    server.serve_routes()
}

fn page() -> Response<&'static str> {
    let mut response = Response::new(PAGE);
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

fn chat(ws: &mut WebSocket, room: &Room) -> Result<()> {
    let Some(first) = ws.recv()? else {
        return Ok(());
    };
    let Some(wanted) = first.as_text().map(str::trim).filter(|name| is_name(name)) else {
        return ws.close(CloseCode::Policy, "a name has 1 to 24 characters on one line");
    };
    let guest = room.enter(wanted);
    ws.send_json(&Event::Welcome { name: &guest.name })?;
    let _seat = room.hub.join(ws)?;
    room.announce(&guest.name, true)?;
    while let Some(message) = ws.recv()? {
        let Some(text) = message.as_text() else {
            return ws.close(CloseCode::Unsupported, "a chat is made of text");
        };
        if !text.trim().is_empty() {
            room.tell(&Event::Say { name: &guest.name, text })?;
        }
    }
    Ok(())
}

fn is_name(text: &str) -> bool {
    (1..=LONGEST).contains(&text.chars().count()) && !text.contains(char::is_control)
}

#[derive(Default)]
struct Room {
    hub: Hub,
    names: Mutex<BTreeSet<String>>,
}

impl Room {
    /// Takes in a guest. If another guest has the name, the new guest gets it with a number.
    fn enter(&self, wanted: &str) -> Guest<'_> {
        let mut names = self.names.lock().expect("no thread panics with it");
        let others = (2..).map(|n| format!("{wanted} {n}"));
        let mut free = [wanted.to_owned()].into_iter().chain(others);
        let name = free.find(|name| names.insert(name.clone())).expect("the numbers do not end");
        Guest { room: self, name }
    }

    /// Tells all guests who came or left, and who is here now.
    fn announce(&self, name: &str, has_come: bool) -> Result<()> {
        // With the lock held: the last list that is sent is the current one.
        let here = &*self.names.lock().expect("no thread panics with it");
        let event = if has_come { Event::Join { name, here } } else { Event::Leave { name, here } };
        self.tell(&event)
    }

    fn tell(&self, event: &Event) -> Result<()> {
        self.hub.broadcast(Message::from_json(event)?).map(drop)
    }
}

/// A guest, who is in the room until this is dropped.
struct Guest<'a> {
    room: &'a Room,
    name: String,
}

impl Drop for Guest<'_> {
    fn drop(&mut self) {
        self.room.names.lock().expect("no thread panics with it").remove(&self.name);
        if let Err(e) = self.room.announce(&self.name, false) {
            eprintln!("the room was not told that {:?} left: {e}", self.name);
        }
    }
}
