//! Connects to a URL and sends each message back, until the connection ends: a client for
//! `ws-conformance client --exec 'echo_client {url}'`.

use blocking_ws::{Client, Deflate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("usage: echo_client URL")?;
    let client = Client::new().max_message_size(64 << 20).deflate(Deflate::new());
    let mut ws = client.connect(&url)?;
    while let Some(message) = ws.recv()? {
        ws.send(message)?;
    }
    Ok(())
}
