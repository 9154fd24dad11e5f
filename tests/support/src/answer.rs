//! A server's answer to an opening handshake, written by hand (RFC 6455 §4.2.2).

use std::io::Write;
use std::net::TcpStream;

use tungstenite::handshake::derive_accept_key;

use crate::http::Head;

/// A good response with more headers; `ACCEPT` stands for what the key asks for.
pub fn good(headers: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: ACCEPT\r\n{headers}\r\n"
    )
}

/// Reads the request and answers it, in pieces of one byte or in one.
pub fn answer(stream: &mut TcpStream, response: &[u8], byte_by_byte: bool) -> Head {
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
