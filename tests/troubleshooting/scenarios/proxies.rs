//! Proxies that do not lead to the server.

use std::io::{Read, Write};
use std::net::SocketAddr;

use blocking_ws::Client;
use test_support::nobody::nobody;
use test_support::scripted::serve_one;

use super::Scenario;
use crate::produced::{Produced, failed};

pub(super) const SCENARIOS: &[Scenario] = &[
    ("a proxy that is not there", absent),
    ("an HTTP proxy", by_http),
    ("a SOCKS proxy", by_socks),
    ("the replies of a SOCKS proxy", replies),
];

/// Answers one client after what it has sent, piece by piece, and hangs up.
fn answers(pieces: Vec<Vec<u8>>) -> SocketAddr {
    let script = move |mut stream: std::net::TcpStream| {
        for piece in pieces {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&piece);
        }
        let _ = stream.shutdown(std::net::Shutdown::Write);
        // The client leaves first, so that no reset destroys what was said.
        let _ = stream.read_to_end(&mut Vec::new());
    };
    serve_one(script).0
}

fn through(scheme: &str, pieces: &[&[u8]]) -> Produced {
    let proxy = answers(pieces.iter().map(|piece| piece.to_vec()).collect());
    failed(Client::new().proxy(&format!("{scheme}{proxy}")).connect("ws://server.example/"))
}

fn absent() -> Vec<Produced> {
    let (_kept, address) = nobody();
    vec![failed(Client::new().proxy(&format!("http://{address}")).connect("ws://h/"))]
}

fn by_http() -> Vec<Produced> {
    let long = format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "x".repeat(20_000));
    let lines = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(200));
    let answers: [&[u8]; 6] = [
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n\r\nwho?\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nearly",
        long.as_bytes(),
        lines.as_bytes(),
        b"",
    ];
    answers.map(|answer| through("http://", &[answer])).into()
}

fn by_socks() -> Vec<Produced> {
    let (open, login) = ("socks5h://", "socks5h://ali:sesame@");
    vec![
        through(open, &[&[5, 0xFF]]),
        through(login, &[&[5, 2], &[1, 1]]),
        through(open, &[b"HTTP/1.1 400 Bad Request\r\n"]),
        through(login, &[&[5, 2], &[5, 0]]),
        through(open, &[&[5, 0], &[5, 0, 0, 9, 1]]),
        through(open, &[&[5, 0], &[4, 0]]),
        through(open, &[]),
    ]
}

fn replies() -> Vec<Produced> {
    (1..=9).map(|reply| through("socks5h://", &[&[5, 0], &[5, reply, 0, 1]])).collect()
}
