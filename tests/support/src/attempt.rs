//! A server's answer to an opening handshake, written by hand (RFC 6455 §4.2.2), and what a client makes
//! of it.

use std::time::Duration;

use blocking_ws::http::Request;
use blocking_ws::testing::{MockServer, Peer};
use blocking_ws::{Client, Error, WebSocket};
use tungstenite::handshake::derive_accept_key;

/// A good response with more headers; `ACCEPT` stands for what the key asks for.
pub fn good(headers: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: ACCEPT\r\n{headers}\r\n"
    )
}

/// The good response with a part of it changed.
pub fn swap(part: &str, other: &str) -> String {
    let changed = good("").replace(part, other);
    assert_ne!(changed, good(""), "{part:?}");
    changed
}

/// Answers a request, in pieces of one byte or in one.
pub fn answer(peer: &mut Peer, response: impl AsRef<[u8]>, byte_by_byte: bool) {
    let accept = derive_accept_key(peer.request().headers()["sec-websocket-key"].as_bytes());
    let mut response = response.as_ref().to_owned();
    if let Some(at) = response.windows(6).position(|part| part == b"ACCEPT") {
        response.splice(at..at + 6, accept.into_bytes());
    }
    let size = if byte_by_byte { 1 } else { response.len() };
    response.chunks(size).for_each(|piece| peer.bytes(piece));
}

/// What comes of a connection that is answered so, and held until the client says something.
///
/// # Errors
/// What the client makes of the answer.
pub fn open(
    client: &Client,
    response: impl AsRef<[u8]>,
    byte_by_byte: bool,
) -> Result<WebSocket, Error> {
    let response = response.as_ref().to_owned();
    let mock = MockServer::new().unwrap().within(Duration::from_secs(100));
    let mock = mock.on_connection(move |peer| {
        answer(peer, &response, byte_by_byte);
        peer.expect_start();
    });
    let outcome = client.connect(&mock.url());
    // A client that has read enough may have left before the end of the answer.
    mock.leave();
    outcome
}

/// The request that a client sends to a server that takes it, and where that is.
pub fn request(client: &Client, url: impl FnOnce(&str) -> String) -> (String, Request<()>) {
    let mock = MockServer::new().unwrap().on_connection(|peer| peer.open(&[]));
    let address = host(&mock);
    drop(client.connect(&url(&address)).unwrap());
    mock.verify();
    (address, mock.requests().remove(0))
}

/// Host and port of a server.
pub fn host(mock: &MockServer) -> String {
    mock.url().trim_start_matches("ws://").trim_end_matches('/').to_owned()
}
