//! A client's attempt to connect to a server with a written answer.

use std::io::Read;
use std::net::SocketAddr;

use blocking_ws::{Client, Error, WebSocket};

use crate::answer::{answer, good};
use crate::http::Head;
use crate::scripted::serve_one;

/// The good response with a part of it changed.
pub fn swap(part: &str, other: &str) -> String {
    let changed = good("").replace(part, other);
    assert_ne!(changed, good(""), "{part:?}");
    changed
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
    let (address, _) = serve_one(move |mut stream| {
        answer(&mut stream, &response, byte_by_byte);
        stream.read(&mut [0; 64])
    });
    client.connect(&format!("ws://{address}/"))
}

/// The request that a client sends to a server that takes it.
pub fn request(client: &Client, url: impl FnOnce(SocketAddr) -> String) -> (SocketAddr, Head) {
    let (address, serving) =
        serve_one(|mut stream| answer(&mut stream, good("").as_bytes(), false));
    drop(client.connect(&url(address)).unwrap());
    (address, serving.join().unwrap())
}
