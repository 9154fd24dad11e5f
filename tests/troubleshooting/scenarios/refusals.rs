//! What a server refuses, with the status and the text that the library sends by itself.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use blocking_ws::http::{Request, Response, StatusCode};
use blocking_ws::testing::Pipe;
use blocking_ws::{Client, HandshakeError, Refusal, Server, Settings};
use test_support::echo::echo;
use test_support::http::distinct_headers;
use test_support::opening::{KEY, VERSION, good};

use super::Scenario;
use crate::produced::{Produced, failed};

pub(super) const SCENARIOS: &[Scenario] = &[
    ("requests that are no HTTP", no_http),
    ("requests that open no WebSocket", no_opening),
    ("requests that are too large", too_large),
    ("requests of pages of other sites", other_sites),
    ("requests that a proxy forwards", forwarded),
    ("subprotocols that a server lacks", subprotocols),
    ("a request that does not end", slow),
    ("paths and methods", paths),
    ("hooks", hooks),
    ("credentials", credentials),
    ("a server that is full", full),
    ("refusals as a client reads them", as_a_client_reads_them),
];

/// Reads the status and the body of an answer that ends the stream.
fn parse(answer: &[u8]) -> (StatusCode, String) {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").expect("an answer of HTTP");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// Sends a request to a server, in memory. `Settings::accept` returns the error that the answer is about.
fn accepted(settings: &Settings, request: impl AsRef<[u8]>) -> Produced {
    let (mut near, far) = Pipe::new(8 << 20);
    near.write_all(request.as_ref()).unwrap();
    let error = settings.accept(far).unwrap_err();
    let mut answer = Vec::new();
    near.read_to_end(&mut answer).unwrap();
    let (status, body) = parse(&answer);
    Produced::refusal(status, &body, Some(&error))
}

/// The same by TCP, without the error.
fn asked(address: SocketAddr, request: impl AsRef<[u8]>) -> Produced {
    let mut stream = test_support::socket::patient(TcpStream::connect(address).unwrap());
    stream.write_all(request.as_ref()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let (status, body) = parse(&answer);
    Produced::refusal(status, &body, None)
}

/// The same, where the server keeps the rule to itself and its log.
fn of_rule(address: SocketAddr, request: impl AsRef<[u8]>, rule: &HandshakeError) -> Produced {
    let mut refused = asked(address, request);
    assert_eq!(refused.text, format!("{}: {rule}", rule.status()));
    refused.variant = format!("Error::Handshake({rule:?}");
    refused
}

fn new() -> Settings {
    Settings::new()
}

fn no_http() -> Vec<Produced> {
    let long = format!("GET / HTTP/1.1\r\n{}: a\r\n\r\n", "x".repeat(70_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", distinct_headers(40_000));
    let roomy = new().max_head_size(4 << 20).max_headers(100_000);
    let requests: [&[u8]; 10] = [
        b"\x16\x03\x01\x02\x00\x01",
        b"\x00\x01\x02",
        b"EHLO mail.example\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET / HTTP/1.1\r\na b: c\r\n\r\n",
        b"GET / HTTP/1.1\r\na: \x01\r\n\r\n",
        b"GET / HTTP/1.1 more\r\n\r\n",
        b"GET / HTTP/1.1\na: b\n\n",
        b"GET /#top HTTP/1.1\r\n\r\n",
        b"GET :// HTTP/1.1\r\n\r\n",
    ];
    let mut all: Vec<_> = requests.into_iter().map(|request| accepted(&new(), request)).collect();
    all.push(accepted(&roomy, long));
    all.push(accepted(&roomy, many));
    all
}

fn no_opening() -> Vec<Produced> {
    let swapped = |part: &str, other: &str| {
        let request = good("");
        assert!(request.contains(part), "{part}");
        accepted(&new(), request.replace(part, other))
    };
    vec![
        swapped("GET", "POST"),
        swapped("HTTP/1.1", "HTTP/1.0"),
        swapped("Host: a\r\n", ""),
        swapped("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\n"),
        swapped("Upgrade: websocket\r\n", ""),
        swapped("Connection: Upgrade\r\n", "Connection: close\r\n"),
        swapped(VERSION, "Sec-WebSocket-Version: 8\r\n"),
        swapped(KEY, ""),
    ]
}

fn too_large() -> Vec<Produced> {
    let (long, many) = (format!("a: {}\r\n", "x".repeat(20_000)), "a: b\r\n".repeat(200));
    [long, many].map(|headers| accepted(&new(), good(&headers))).into()
}

fn other_sites() -> Vec<Produced> {
    ["https://other.example", "null"]
        .map(|origin| accepted(&new(), good(&format!("Origin: {origin}\r\n"))))
        .into()
}

fn forwarded() -> Vec<Produced> {
    let server =
        Server::bind("127.0.0.1:0").unwrap().trusted_proxy("127.0.0.1").spawn(echo).unwrap();
    let both = "Forwarded: for=192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n";
    let refused = asked(server.local_addr().unwrap(), good(both));
    // Settings have the same rule for a stream that tells its peer.
    let (near, far) = test_support::socket::tcp();
    let mut near = test_support::socket::patient(near);
    near.write_all(good(both).as_bytes()).unwrap();
    let error = new().trusted_proxy("127.0.0.1").accept(far).unwrap_err();
    let mut answer = Vec::new();
    near.read_to_end(&mut answer).unwrap();
    let (status, body) = parse(&answer);
    vec![refused, Produced::refusal(status, &body, Some(&error))]
}

fn subprotocols() -> Vec<Produced> {
    let named = new().subprotocol("chat.v1").require_subprotocol();
    let by_hook = new().require_subprotocol().on_upgrade(|_| Ok(()));
    let chosen = new().on_upgrade(|opening| opening.choose_subprotocol("chat.v2"));
    [named, by_hook, chosen].map(|settings| accepted(&settings, good(""))).into()
}

fn slow() -> Vec<Produced> {
    // Longer than a busy machine lets a thread stand before it reads the beginning.
    let settings = new().handshake_timeout(Duration::from_millis(500));
    let late = accepted(&settings, "GET / HTTP/1.1\r\n");
    // A client that says nothing at all gets no answer.
    let (_near, far) = Pipe::new(1024);
    vec![late, failed(settings.accept(far))]
}

fn paths() -> Vec<Produced> {
    let page = |_: &Request<()>| Response::new("page");
    let server = Server::bind("127.0.0.1:0").unwrap().route("/chat", echo).page("/", page);
    let server = server.spawn_routes().unwrap();
    let address = server.local_addr().unwrap();
    let plain = |line: &str| asked(address, format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n"));
    let elsewhere = good("").replace("GET / ", "GET /other ");
    vec![
        plain("POST /"),
        plain("GET /missing"),
        of_rule(address, elsewhere, &HandshakeError::NotFound("/other".into())),
        known_path(address),
    ]
}

/// The same refusal, as the client's error.
fn known_path(address: SocketAddr) -> Produced {
    let error = Client::new().connect(&format!("ws://{address}/other")).unwrap_err();
    let blocking_ws::Error::Refused(response) = &error else { panic!("{error:?}") };
    Produced::refusal(response.status(), &String::from_utf8_lossy(response.body()), Some(&error))
}

fn hooks() -> Vec<Produced> {
    let panics = new().on_upgrade(|_| panic!("as the test wants it"));
    let server = Server::bind("127.0.0.1:0").unwrap();
    let server =
        server.http(|_: &Request<()>| -> Response<String> { panic!("as the test wants it") });
    let server = server.spawn(echo).unwrap();
    let page = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    vec![accepted(&panics, good("")), asked(server.local_addr().unwrap(), page)]
}

fn credentials() -> Vec<Produced> {
    let basic = new().on_upgrade(|opening| opening.basic().map(drop));
    let wrong = new().on_upgrade(|opening| Err(opening.basic()?.refusal()));
    let bearer = new().on_upgrade(|opening| opening.bearer().map(drop));
    let expired = new().on_upgrade(|opening| Err(opening.bearer()?.refusal()));
    vec![
        accepted(&basic, good("")),
        accepted(&wrong, good("Authorization: Basic YWxpOm5v\r\n")),
        accepted(&bearer, good("")),
        accepted(&expired, good("Authorization: Bearer x\r\n")),
    ]
}

fn full() -> Vec<Produced> {
    let listen = || Server::bind("127.0.0.1:0").unwrap();
    let few = [
        (listen().max_connections(1), HandshakeError::Busy),
        (listen().max_connections_per_client(1), HandshakeError::TooManyConnections),
    ];
    let mut all = Vec::new();
    for (server, rule) in few {
        let server = server.spawn(echo).unwrap();
        let _first = Client::new().connect(server.url()).unwrap();
        all.push(of_rule(server.local_addr().unwrap(), good(""), &rule));
    }
    all
}

/// The program's own refusal, and one of the library.
fn as_a_client_reads_them() -> Vec<Produced> {
    let server = Server::bind("127.0.0.1:0").unwrap();
    let server = server.on_upgrade(|_| Err(Refusal::new(StatusCode::FORBIDDEN, "members only\n")));
    let server = server.spawn(echo).unwrap();
    vec![failed(Client::new().connect(server.url()))]
}
