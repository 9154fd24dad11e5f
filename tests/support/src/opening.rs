//! The client's side of an opening handshake, written and read by hand (RFC 6455 §4.1).

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::http::Head;
use crate::socket::patient;

/// The key of §1.3 and its answer.
pub const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
pub const VERSION: &str = "Sec-WebSocket-Version: 13\r\n";

/// A good request with more headers.
pub fn good(headers: &str) -> String {
    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
    format!("GET / HTTP/1.1\r\nHost: a\r\n{upgrade}{KEY}{VERSION}{headers}\r\n")
}

/// A client that has sent something.
pub fn ask(address: SocketAddr, bytes: impl AsRef<[u8]>) -> TcpStream {
    let mut client = patient(TcpStream::connect(address).unwrap());
    client.write_all(bytes.as_ref()).unwrap();
    client
}

/// The same in pieces of one byte.
pub fn drip(address: SocketAddr, bytes: impl AsRef<[u8]>) -> TcpStream {
    let mut client = ask(address, "");
    for byte in bytes.as_ref() {
        client.write_all(&[*byte]).unwrap();
    }
    client
}

/// Reads a 101, and has a message echoed to see that what is behind the head works.
pub fn expect_open(client: &mut TcpStream, rule: &str) -> Head {
    let head = Head::read(client);
    assert_eq!(head.line, "HTTP/1.1 101 Switching Protocols", "{rule}");
    assert_eq!(head.get("upgrade"), Some("websocket"), "{rule}");
    assert_eq!(head.get("connection"), Some("Upgrade"), "{rule}");
    assert_eq!(head.get("sec-websocket-accept"), Some(ACCEPT), "{rule}");
    for absent in [
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-version",
        "content-length",
        "transfer-encoding",
    ] {
        assert_eq!(head.get(absent), None, "{rule}: {absent}");
    }
    client.write_all(&text("after")).unwrap();
    expect_text(client, "after", rule);
    head
}

/// Reads a refusal: well-formed, the last thing that is said, ended by FIN and not by a reset.
pub fn expect_refusal(client: &mut TcpStream, status: u16, rule: &str) -> (Head, String) {
    let head = Head::read(client);
    let line = format!("HTTP/1.1 {status} ");
    assert!(head.line.starts_with(&line), "{rule}: {status}, {head:?}");
    assert!(head.line.len() > line.len(), "{rule}: no reason phrase");
    let options: Vec<_> = head.get("connection").unwrap().split(", ").collect();
    assert!(options.contains(&"close"), "{rule}: {head:?}");
    // RFC 9110 §7.8: who sends Upgrade lists it in Connection.
    let upgrades = options.contains(&"Upgrade");
    assert_eq!(upgrades, head.get("upgrade").is_some(), "{rule}: {head:?}");
    let mut body = String::new();
    let end = client.read_to_string(&mut body);
    end.unwrap_or_else(|e| panic!("{rule}: no orderly end behind {head:?}: {e}"));
    (head, body)
}

/// A masked text frame.
pub fn text(text: &str) -> Vec<u8> {
    let len = u8::try_from(text.len()).unwrap();
    let mut frame = vec![0x81, 0x80 | len, 0, 0, 0, 0];
    frame.extend_from_slice(text.as_bytes());
    frame
}

/// Reads the frame that echoes it.
pub fn expect_text(client: &mut TcpStream, text: &str, rule: &str) {
    let mut frame = vec![0; 2 + text.len()];
    client.read_exact(&mut frame).expect(rule);
    assert_eq!(frame[0], 0x81, "{rule}");
    assert_eq!(&frame[2..], text.as_bytes(), "{rule}");
}
