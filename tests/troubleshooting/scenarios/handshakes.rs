//! What a client makes of an answer.

use std::time::Duration;

use blocking_ws::Client;
#[cfg(feature = "deflate")]
use blocking_ws::Deflate;
use blocking_ws::testing::MockServer;
use test_support::attempt::{good, open, swap};
use test_support::http::distinct_headers;

use super::Scenario;
use crate::produced::{Produced, failed};

pub(super) const SCENARIOS: &[Scenario] = &[
    ("answers without a 101", without_101),
    ("redirects", redirects),
    ("answers that are no HTTP", no_http),
    ("heads that are malformed", malformed),
    ("heads that are too large", too_large),
    ("a 101 that is wrong", wrong_101),
    ("subprotocols", subprotocols),
    #[cfg(feature = "deflate")]
    ("answers about compression", compression),
    ("a server that hangs up", hung_up),
];

fn answered(client: &Client, bytes: impl AsRef<[u8]>) -> Produced {
    let mock = MockServer::new().unwrap().within(Duration::from_secs(100)).answer(bytes);
    let outcome = failed(client.connect(&mock.url()));
    mock.leave();
    outcome
}

fn new() -> Client {
    Client::new()
}

fn without_101() -> Vec<Produced> {
    let page = "HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n<title>Welcome</title>";
    let bare = "HTTP/1.1 204 No Content\r\n\r\n";
    let refused = "HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\nno page";
    let silent = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
    [page, bare, refused, silent].map(|answer| answered(&new(), answer)).into()
}

fn redirects() -> Vec<Produced> {
    let to = |status: &str, headers: &str| {
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\n\r\n")
    };
    let follows = new().redirects(5);
    let mut all = vec![
        answered(&new(), to("301 Moved Permanently", "Location: /there\r\n")),
        answered(&follows, to("300 Multiple Choices", "Location: /there\r\n")),
        answered(&follows, to("302 Found", "")),
        answered(&follows, to("302 Found", "Location: \r\n")),
        answered(&follows, to("302 Found", "Location: ftp://h/\r\n")),
    ];
    let endless = move |peer: &mut blocking_ws::testing::Peer| {
        peer.answer("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
    };
    let mock = MockServer::new().unwrap().within(Duration::from_secs(100)).otherwise(endless);
    all.push(failed(new().redirects(1).connect(&mock.url())));
    mock.leave();
    let secret = new().header("Authorization", "Bearer sesame");
    all.push(answered(&secret, to("302 Found", "Location: /?token=sesame\r\n")));
    all.push(elsewhere());
    all
}

/// A redirect to another origin, from a server at a Unix socket.
fn elsewhere() -> Produced {
    let folder = test_support::folder::Folder::new();
    let path = folder.file("s");
    let server = blocking_ws::Server::bind_unix(&path).unwrap().on_upgrade(|_| {
        use blocking_ws::http::{HeaderValue, StatusCode, header};
        let refusal = blocking_ws::Refusal::new(StatusCode::FOUND, "");
        Err(refusal.header(header::LOCATION, HeaderValue::from_static("ws://other.example/")))
    });
    let _server = server.spawn(|_| Ok(())).unwrap();
    failed(new().redirects(1).unix_socket(&path).connect("ws://h/"))
}

fn no_http() -> Vec<Produced> {
    ["SSH-2.0-server\r\n", "220 mail.example ESMTP\r\n"].map(|said| answered(&new(), said)).into()
}

fn malformed() -> Vec<Produced> {
    let many = |count: usize| {
        let lines = distinct_headers(count);
        format!("HTTP/1.1 101 Switching Protocols\r\n{lines}\r\n")
    };
    let long_name =
        format!("HTTP/1.1 101 Switching Protocols\r\n{}: a\r\n\r\n", "x".repeat(70_000));
    let roomy = new().max_head_size(4 << 20).max_headers(100_000);
    vec![
        answered(&new(), b"\x15\x03\x01\x00\x02\x02\x28"),
        answered(&new(), "HTTP/2.0 200 OK\r\n\r\n"),
        answered(&new(), "HTTP/1.1 101 Switching Protocols\r\na b: c\r\n\r\n"),
        answered(&new(), "HTTP/1.1 101 Switching Protocols\r\na: \x01\r\n\r\n"),
        answered(&new(), "HTTP/1.1 one Switching Protocols\r\n\r\n"),
        answered(&new(), "HTTP/1.1 101 Switching Protocols\na: b\n\n"),
        answered(&new(), "HTTP/1.1 000 Nothing\r\n\r\n"),
        answered(&roomy, long_name),
        answered(&roomy, many(40_000)),
    ]
}

fn too_large() -> Vec<Produced> {
    let long = format!("HTTP/1.1 101 Switching Protocols\r\na: {}\r\n\r\n", "x".repeat(20_000));
    let lines = format!("HTTP/1.1 101 Switching Protocols\r\n{}\r\n", "a: b\r\n".repeat(200));
    [long, lines].map(|answer| answered(&new(), answer)).into()
}

fn wrong_101() -> Vec<Produced> {
    let answers = [
        swap("HTTP/1.1", "HTTP/1.0"),
        swap("Upgrade: websocket\r\n", ""),
        swap("ACCEPT", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        good("Sec-WebSocket-Extensions: x-other\r\n"),
        good("Sec-WebSocket-Protocol: other\r\n"),
    ];
    answers.map(|answer| failed(open(&new(), answer, false))).into()
}

fn subprotocols() -> Vec<Produced> {
    let client = new().subprotocol("chat.v1").require_subprotocol();
    vec![failed(open(&client, good(""), false))]
}

#[cfg(feature = "deflate")]
fn compression() -> Vec<Produced> {
    let client = new().deflate(Deflate::new().send_window_bits(10));
    let answers = [
        "permessage-deflate; a=\"",
        "permessage-deflate, permessage-deflate",
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=15",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; other",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; server_max_window_bits=7",
    ];
    let judge = |answer: &str| {
        let answer = good(&format!("Sec-WebSocket-Extensions: {answer}\r\n"));
        failed(open(&client, answer, false))
    };
    answers.map(judge).into()
}

fn hung_up() -> Vec<Produced> {
    vec![answered(&new(), ""), answered(&new(), "HTTP/1.1 101 Switching Protocols\r\n")]
}
