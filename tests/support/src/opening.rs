//! The client's side of an opening handshake, written by hand (RFC 6455 §4.1), and what a server answers.

use std::net::{SocketAddr, TcpStream};

use blocking_ws::Role;
use blocking_ws::http::Response;
use blocking_ws::testing::{Peer, RawFrame};

use crate::http::Head;
use crate::peer::peer_of;

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
pub fn ask(address: SocketAddr, bytes: impl AsRef<[u8]>) -> Peer {
    let mut client = peer_of(Role::Server, TcpStream::connect(address).unwrap());
    client.bytes(bytes);
    client
}

/// The same in pieces of one byte.
pub fn drip(address: SocketAddr, bytes: impl AsRef<[u8]>) -> Peer {
    let mut client = ask(address, "");
    bytes.as_ref().iter().for_each(|byte| client.bytes([*byte]));
    client
}

/// Reads a 101, and has a message echoed to see that what is behind the head works.
pub fn expect_open(client: &mut Peer, rule: &str) -> Response<Vec<u8>> {
    let response = client.called(rule).expect_response();
    let head = client.response();
    assert!(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{rule}: {head}");
    for (name, value) in [
        ("upgrade", Some("websocket")),
        ("connection", Some("Upgrade")),
        ("sec-websocket-accept", Some(ACCEPT)),
        ("sec-websocket-extensions", None),
        ("sec-websocket-key", None),
        ("sec-websocket-version", None),
        ("content-length", None),
        ("transfer-encoding", None),
    ] {
        assert_eq!(response.get(name), value, "{rule}: {name}");
    }
    expect_echo(client, "after");
    response
}

/// Has a message echoed.
pub fn expect_echo(client: &mut Peer, text: &str) {
    client.send(text);
    client.expect_frame(RawFrame::text(text));
}

/// Reads a refusal: well-formed, the last thing that is said, ended by FIN and not by a reset.
pub fn expect_refusal(client: &mut Peer, status: u16, rule: &str) -> (Response<()>, String) {
    let (head, body) = client.called(rule).expect_response().into_parts();
    let head = Response::from_parts(head, ());
    let line = client.response().lines().next().unwrap();
    let start = format!("HTTP/1.1 {status} ");
    assert!(line.starts_with(&start), "{rule}: {status}, {line}");
    assert!(line.len() > start.len(), "{rule}: no reason phrase");
    let options: Vec<_> = head.get("connection").unwrap().split(", ").collect();
    assert!(options.contains(&"close"), "{rule}: {head:?}");
    // RFC 9110 §7.8: who sends Upgrade lists it in Connection.
    let upgrades = options.contains(&"Upgrade");
    assert_eq!(upgrades, head.get("upgrade").is_some(), "{rule}: {head:?}");
    client.expect_end();
    (head, String::from_utf8(body).unwrap())
}
