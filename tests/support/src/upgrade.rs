//! The opening handshake of a client that is not this library's (RFC 6455 §4.1).

use std::io::{Read, Write};

/// Asks a server for a connection, as a client would, with `more` header lines, and reads its answer
/// to the last byte.
pub fn upgrade(stream: &mut (impl Read + Write), more: &str) -> String {
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    write!(stream, "{request}{more}\r\n").unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", head.escape_ascii());
    String::from_utf8(head).unwrap()
}
