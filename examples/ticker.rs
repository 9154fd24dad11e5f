//! Pushes the count of seconds to every client, and answers what each of them asks.
//!
//! One thread ticks for all: a `Hub` takes the message once and never waits for a slow client. Each
//! client's own thread receives meanwhile, and sends its answers over the same connection.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use blocking_ws::{Hub, Overflow, Result, Server, WebSocket};

static SECONDS: AtomicU64 = AtomicU64::new(0);

fn main() -> Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9001".to_owned());
    let server = Server::bind(address)?;
    println!("listening on {}", server.url());
    // A client that cannot keep up gets the latest ticks.
    let hub = Hub::new().max_queued_messages(10).overflow(Overflow::DropOldest);
    let clients = hub.clone();
    thread::spawn(move || tick(&hub).expect("a tick has room"));
    server.serve(move |ws| answer(ws, &clients))
}

fn tick(hub: &Hub) -> Result<()> {
    loop {
        thread::sleep(Duration::from_secs(1));
        let seconds = SECONDS.fetch_add(1, Ordering::Relaxed) + 1;
        hub.broadcast(format!("tick {seconds}"))?;
    }
}

fn answer(ws: &mut WebSocket, hub: &Hub) -> Result<()> {
    ws.send("ask: time? clients?")?;
    let _seat = hub.join(ws)?;
    while let Some(message) = ws.recv()? {
        ws.send(match message.as_text() {
            Some("time?") => format!("time {}", SECONDS.load(Ordering::Relaxed)),
            Some("clients?") => format!("clients {}", hub.len()),
            _ => "what?".to_owned(),
        })?;
    }
    ws.close_result()
}
