//! A server's answer to an opening handshake, written by hand (RFC 6455 §4.2.2).

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use blocking_ws::{Client, Error, WebSocket};
use tungstenite::handshake::derive_accept_key;

use super::http::Head;
use super::scripted::serve_one;

/// A good response with more headers; `ACCEPT` stands for what the key asks for.
pub(crate) fn good(headers: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: ACCEPT\r\n{headers}\r\n"
    )
}

/// The good response with a part of it changed.
pub(crate) fn swap(part: &str, other: &str) -> String {
    let changed = good("").replace(part, other);
    assert_ne!(changed, good(""), "{part:?}");
    changed
}

/// Reads the request and answers it, in pieces of one byte or in one.
pub(crate) fn answer(stream: &mut TcpStream, response: &[u8], byte_by_byte: bool) -> Head {
    let request = Head::read(stream);
    let accept = derive_accept_key(request.get("sec-websocket-key").unwrap().as_bytes());
    let mut response = response.to_owned();
    if let Some(at) = response.windows(6).position(|part| part == b"ACCEPT") {
        response.splice(at..at + 6, accept.into_bytes());
    }
    let size = if byte_by_byte { 1 } else { response.len() };
    for piece in response.chunks(size.max(1)) {
        // A client that has read enough may leave.
        let _ = stream.write_all(piece);
    }
    request
}

/// What comes of a connection that is answered so, and held until the client says something.
pub(crate) fn open(
    client: &Client,
    response: impl AsRef<[u8]>,
    byte_by_byte: bool,
) -> Result<WebSocket, Error> {
    let response = response.as_ref().to_owned();
    let (address, _) = serve_one(move |mut stream| {
        answer(&mut stream, &response, byte_by_byte);
        stream.read(&mut [0; 64])
    });
    client.connect(&format!("ws://{address}/"))
}

/// The request that a client sends to a server that takes it.
pub(crate) fn request(
    client: &Client,
    url: impl FnOnce(SocketAddr) -> String,
) -> (SocketAddr, Head) {
    let (address, serving) =
        serve_one(|mut stream| answer(&mut stream, good("").as_bytes(), false));
    drop(client.connect(&url(address)).unwrap());
    (address, serving.join().unwrap())
}
