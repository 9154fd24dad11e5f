//! The server all clients are measured on.

use std::io::{Read, stdin};

use blocking_ws::{Result, Server, ServerHandle, WebSocket};

use test_support::noise::noise;
use test_support::pem::identity;

/// The largest message either end receives.
pub(crate) const LARGEST: usize = 64 << 20;

/// Prints the URLs of a server without TLS and of one with it; serves until the input ends.
pub(crate) fn serve() {
    let bind = || Server::bind("127.0.0.1:0").unwrap().max_message_size(LARGEST);
    let _running = [bind(), bind().tls(&identity()).unwrap()].map(spawn);
    stdin().read_to_end(&mut Vec::new()).expect("the parent's end of the pipe");
}

fn spawn(server: Server) -> ServerHandle {
    println!("{}", server.url());
    server.spawn(answer).unwrap()
}

/// Sends every message back. On the path `/SIZE/FRAME` it sends a message of that size instead, in
/// frames of so many bytes.
fn answer(ws: &mut WebSocket) -> Result<()> {
    let path = ws.request().uri().path();
    let pieces = path[1..].split_once('/').map(|(size, frame)| {
        let [size, frame] = [size, frame].map(|number| number.parse().expect("a number"));
        (noise(size), frame)
    });
    let sender = ws.sender()?;
    if let Some((message, frame)) = pieces {
        ws.set_fragment_size(frame);
        while ws.recv_ref()?.is_some() {
            sender.feed(&message)?;
        }
    } else {
        while let Some(message) = ws.recv_ref()? {
            sender.feed(message)?;
        }
    }
    Ok(())
}
