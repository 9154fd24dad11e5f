//! The opening handshake of a peer: what it gets from servers that grant and that refuse.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use blocking_ws::http::Version;
use blocking_ws::testing::{Peer, Pipe};
use blocking_ws::{Client, Duplex, Error, Role, Server};
use test_support::within;

use super::report;

/// Gives a peer this answer of a server, and then the end.
fn answered(answer: &str) -> blocking_ws::Result<blocking_ws::http::Response<Vec<u8>>> {
    let (near, mut far) = Pipe::new(1 << 16);
    far.write_all(answer.as_bytes()).unwrap();
    far.shutdown(std::net::Shutdown::Write).unwrap();
    Peer::handshake_over("ws://localhost/", near, &[])
}

#[test]
fn rfc_9112_section_6_a_refusal_and_its_body() {
    let long = "x".repeat(40_000);
    let long_chunks = format!("9c40\r\n{long}\r\n0\r\n\r\n");
    for (rule, head, body, want) in [
        ("a length", "401 No\r\nContent-Length: 7", "log in\nand more", "log in\n"),
        ("a long one", "500 No\r\nContent-Length: 40000", &long, &long),
        ("nothing", "404 No\r\nContent-Length: 0", "", ""),
        ("to the end", "503 No", "busy\n", "busy\n"),
        ("no body", "204 No", "next", ""),
        (
            "after others",
            "100 Continue\r\n\r\nHTTP/1.1 103 Early\r\n\r\nHTTP/1.1 403 No",
            "no",
            "no",
        ),
        (
            "chunks",
            "403 No\r\nTransfer-Encoding: gzip, chunked",
            "3\r\nabc\r\n1;e=f\r\nd\r\n0\r\nTrailer: x\r\n\r\n",
            "abcd",
        ),
        ("a long chunk", "403 No\r\nTransfer-Encoding: chunked", &long_chunks, &long),
    ] {
        let answer = answered(&format!("HTTP/1.1 {head}\r\n\r\n{body}")).unwrap();
        assert!(answer.body() == want.as_bytes(), "{rule}: {answer:?}");
        let status = head.rsplit("HTTP/1.1 ").next().unwrap();
        assert!(status.starts_with(answer.status().as_str()), "{rule}: {answer:?}");
    }
    let answer = answered("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\n\r\n").unwrap();
    assert_eq!(answer.headers()["www-authenticate"], "Basic");
}

#[test]
fn what_is_no_whole_answer() {
    for (answer, want) in [
        ("", "no HTTP response: the end of the stream"),
        ("HTTP/1.1 200 OK\r\n", "the end of the stream, behind \"HTTP/1.1 200 OK\""),
        ("SSH-2.0-server\r\n\r\n", "no HTTP response: \"SSH-2.0-server\""),
        (
            "HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nno",
            "the end behind 2 of the 3 bytes of a response's body",
        ),
        ("HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "in place of a chunk"),
        (
            "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            "the end within the chunks of a response's body",
        ),
    ] {
        let e = answered(answer).unwrap_err().to_string();
        assert!(e.contains(want), "{answer:?}: {e}");
    }
}

#[test]
fn a_server_that_is_not_there_and_one_that_refuses() {
    within(|| {
        assert!(matches!(Peer::connect("ws://127.0.0.1:1/"), Err(Error::Connect(_))));
        assert!(matches!(Peer::connect("wss://127.0.0.1:1/"), Err(Error::Connect(_))));
        assert!(matches!(Peer::connect("http//"), Err(Error::Url(_))));
        let server = Server::bind("127.0.0.1:0").unwrap().route("/chat", |_| Ok(()));
        let server = server.spawn_routes().unwrap();
        let url = server.url();
        match Peer::connect(url) {
            Err(Error::Refused(answer)) => assert_eq!(answer.status(), 404),
            outcome => panic!("{outcome:?}"),
        }
        assert_eq!(Peer::handshake(url, &[]).unwrap().status(), 404);
        let answer = Peer::handshake(&format!("{url}chat"), &[]).unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().len()), (101, 0));
    });
}

#[test]
fn rfc_6455_section_4_1_a_101_needs_the_right_key() {
    let good = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    for (accept, is_good) in [(good, true), ("s3pPLMBiTxaQ9kYGzzhZRbK+xOoX", false), ("", false)] {
        let (near, mut far) = Pipe::new(4096);
        let head = format!("HTTP/1.1 101 Yes\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");
        far.write_all(format!("{head}\u{1}").as_bytes()).unwrap();
        far.write_all(b"\x81\x02hi").unwrap();
        match Peer::connect_over("ws://localhost/", near, &[]) {
            Ok(peer) => assert!(is_good && peer.response() == head, "{accept}"),
            Err(e) => assert!(!is_good && e.to_string().contains(accept), "{accept}: {e}"),
        }
    }
}

#[test]
fn a_request_of_the_tests_own() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap();
        let server = server.spawn(|ws| ws.send("welcome")).unwrap();
        let connect = || std::net::TcpStream::connect(server.local_addr().unwrap()).unwrap();
        let mut peer = Peer::over(connect(), Role::Client).unwrap();
        peer.bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(peer.expect_response().status(), 426);
        let mut peer = Peer::over(connect(), Role::Client).unwrap();
        peer.bytes("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n");
        peer.bytes(
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC==\r\n\r\n",
        );
        assert_eq!(peer.expect_response().status(), 101);
        peer.expect_text("welcome");
    });
}

#[test]
fn rfc_9112_section_6_3_a_response_to_head_has_no_body() {
    within(|| {
        let (near, mut far) = Pipe::new(4096);
        let mut peer = Peer::over(near, Role::Client).unwrap();
        for (request, body) in
            [("HEAD / HTTP/1.1\r\n\r\n", ""), ("GET / HTTP/1.1\r\n\r\n", "hello")]
        {
            request.as_bytes().chunks(2).for_each(|piece| peer.bytes(piece));
            far.write_all(b"HTTP/1.1 103 Early Hints\r\n\r\n").unwrap();
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
            far.write_all(format!("{head}{body}").as_bytes()).unwrap();
            assert_eq!(peer.expect_response().body(), body.as_bytes(), "{request}");
            assert_eq!(peer.response(), format!("HTTP/1.1 103 Early Hints\r\n\r\n{head}"));
        }
    });
}

#[test]
fn requests_of_any_kind() {
    within(|| {
        let (mut near, far) = Pipe::new(4096);
        let mut peer = Peer::over(far, Role::Server).unwrap();
        near.write_all(b"CONNECT example.com:81 HTTP/1.0\r\nHost: example.com:81\r\n\r\n").unwrap();
        let request = peer.expect_request();
        assert_eq!((request.method().as_str(), request.version()), ("CONNECT", Version::HTTP_10));
        assert_eq!(request.uri(), "example.com:81");
        assert_eq!(request.headers()["host"], "example.com:81");
        peer.bytes("HTTP/1.1 200 OK\r\n\r\n");
        let mut told = [0; 19];
        near.read_exact(&mut told).unwrap();
        // The second asks for a WebSocket, so it is answered before anything else is sent.
        let client = thread::spawn(|| Client::new().connect_over("ws://example.com:81/a", near));
        let request = peer.expect_request();
        assert_eq!((request.uri().path(), request.version()), ("/a", Version::HTTP_11));
        peer.send("welcome");
        assert_eq!(client.join().unwrap().unwrap().recv().unwrap(), Some("welcome".into()));
    });
}

#[test]
fn what_a_missing_request_says() {
    for (sent, received) in
        [("GET / HT", "nothing in time, behind \"GET / HT\""), ("hello\r\n\r\n", "\"hello\"")]
    {
        let (mut near, far) = Pipe::new(4096);
        let mut peer = Peer::over(far, Role::Server).unwrap();
        peer.within(Duration::from_millis(50));
        near.write_all(sent.as_bytes()).unwrap();
        let text = report::of(|| drop(peer.expect_request()));
        assert!(text.starts_with("the peer failed at tests/kit/handshake.rs:"), "{text}");
        assert!(text.contains("\n  expected  an HTTP request\n"), "{text}");
        assert!(text.contains(&format!("\n  received  {received}\n")), "{text}");
    }
}

#[test]
fn what_a_missing_response_says() {
    let (near, mut far) = Pipe::new(4096);
    let mut peer = Peer::over(near, Role::Client).unwrap();
    peer.bytes("GET /");
    peer.within(Duration::from_millis(50));
    far.write_all(b"HTTP/1.1 4").unwrap();
    let line = line!() + 1;
    let text = report::of(|| drop(peer.expect_response()));
    let want = format!(
        "\
the peer failed at tests/kit/handshake.rs:{line}
  expected  an HTTP response
  received  nothing in time, behind \"HTTP/1.1 4\"
  before it
    +T -> bytes \"GET /\""
    );
    assert_eq!(text, want);
}

#[test]
fn a_head_without_an_end_is_refused_at_once() {
    for (len, is_awaited) in [(60 << 10, true), (70 << 10, false)] {
        let (near, mut far) = Pipe::new(1 << 17);
        far.write_all(format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(len)).as_bytes()).unwrap();
        far.shutdown(std::net::Shutdown::Write).unwrap();
        let e = Peer::accept(near).unwrap_err().to_string();
        assert_eq!(e.contains("a head of more than 65536 bytes"), !is_awaited, "{e}");
    }
}
