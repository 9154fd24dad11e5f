//! Plain HTTP on a server's port, as a client without a library sees it (RFC 9110, RFC 9112).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use blocking_ws::http::{Request, Response, StatusCode, header};
use blocking_ws::testing::RawFrame;
use blocking_ws::{Refusal, Role, Server, ServerHandle};

use test_support::http::Head;
use test_support::opening::{ask, drip, expect_echo, expect_open, expect_refusal, good};

/// A page that says what it was asked, or does what its path says.
fn page(request: &Request<()>) -> Response<String> {
    let (method, uri, version) = (request.method(), request.uri(), request.version());
    let path = uri.path();
    assert_ne!(path, "/panic", "this is what the test wants");
    let status = path[1..].parse().unwrap_or(StatusCode::OK);
    let response = Response::builder().status(status).header("connection", "keep-alive");
    response.body(format!("{method} {uri} {version:?}")).unwrap()
}

fn server() -> Server {
    Server::bind("127.0.0.1:0").unwrap().http(page)
}

/// A server that echoes messages, and the count of those who got that far.
fn echo(server: Server) -> (ServerHandle, Arc<AtomicUsize>) {
    let opened = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&opened);
    let server = server.spawn(move |ws| {
        count.fetch_add(1, Relaxed);
        while let Some(message) = ws.recv()? {
            ws.send(message)?;
        }
        Ok(())
    });
    (server.unwrap(), opened)
}

/// A request with more header lines.
fn plain(line: &str, headers: &str) -> String {
    format!("{line}\r\nHost: a\r\n{headers}\r\n")
}

#[test]
fn what_does_not_ask_for_websocket_is_shown_to_the_page() {
    let (server, opened) = echo(server());
    let keep = "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n";
    let nginx = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
    for (rule, request, status, body) in [
        ("GET", plain("GET /a?b=c HTTP/1.1", ""), 200, "GET /a?b=c HTTP/1.1"),
        ("a browser", plain("GET / HTTP/1.1", keep), 200, "GET / HTTP/1.1"),
        ("HEAD", plain("HEAD / HTTP/1.1", ""), 200, ""),
        ("another method", plain("PURGE / HTTP/1.1", ""), 200, "PURGE / HTTP/1.1"),
        (
            "no body, announced",
            plain("PUT / HTTP/1.1", "Content-Length: 0\r\n"),
            200,
            "PUT / HTTP/1.1",
        ),
        ("HTTP/1.0 (HAProxy)", "OPTIONS / HTTP/1.0\r\n\r\n".into(), 200, "OPTIONS / HTTP/1.0"),
        ("HTTP/1.0 (nginx)", plain("GET / HTTP/1.0", nginx), 200, "GET / HTTP/1.0"),
        ("RFC 9112 3.2.4", plain("OPTIONS * HTTP/1.1", ""), 200, "OPTIONS * HTTP/1.1"),
        ("HTTP/2 by Upgrade", good("").replace("websocket", "h2c"), 200, "GET / HTTP/1.1"),
        ("another status", plain("GET /404 HTTP/1.1", ""), 404, "GET /404 HTTP/1.1"),
        ("nothing to say", plain("GET /204 HTTP/1.1", ""), 204, ""),
        ("nothing new", plain("GET /304 HTTP/1.1", ""), 304, ""),
        ("no answer", plain("GET /100 HTTP/1.1", ""), 500, "the server failed\n"),
        ("an upgrade of its own", plain("GET /101 HTTP/1.1", ""), 500, "the server failed\n"),
        ("a panic", plain("GET /panic HTTP/1.1", ""), 500, "the server failed\n"),
    ] {
        for send in [ask, drip] {
            let mut client = send(server.local_addr().unwrap(), &request);
            let (head, told) = expect_refusal(&mut client, status, rule);
            assert_eq!(told, body, "{rule}");
            let length = if rule == "HEAD" { "HEAD / HTTP/1.1" } else { body }.len().to_string();
            let length = (status != 204 && status != 304).then_some(&length[..]);
            assert_eq!(head.get("content-length"), length, "{rule}");
            assert_eq!(head.get("connection"), Some("close"), "{rule}");
        }
    }
    assert_eq!(opened.load(Relaxed), 0);
    expect_open(&mut ask(server.local_addr().unwrap(), good("")), "WebSocket as ever");
}

#[test]
fn what_is_no_good_request_is_not() {
    let (server, _) = echo(server());
    for (rule, request, status) in [
        ("no Host", "GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("two Hosts", plain("GET / HTTP/1.1", "Host: a\r\n"), 400),
        ("a Host that is none", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n".into(), 400),
        ("no HTTP", "hello\r\n\r\n".into(), 400),
        ("a target that is no path", plain("CONNECT a:80 HTTP/1.1", ""), 400),
        ("bare LF", plain("GET / HTTP/1.1", "").replace('\r', ""), 400),
        ("101 headers", plain("GET / HTTP/1.1", &"X: y\r\n".repeat(100)), 431),
        ("WebSocket by POST", good("").replace("GET", "POST"), 405),
        ("by HEAD", good("").replace("GET", "HEAD"), 426),
        ("by HTTP/1.0", good("").replace("HTTP/1.1", "HTTP/1.0"), 400),
        ("without Connection", good("").replace("n: Upgrade", "n: close"), 400),
        ("without a key", good("").replace("-Key", "-Kez"), 400),
        ("of version 8", good("").replace("13", "8"), 426),
        ("with a body", good("Content-Length: 5\r\n"), 400),
    ] {
        let (head, body) =
            expect_refusal(&mut ask(server.local_addr().unwrap(), &request), status, rule);
        assert!(!body.ends_with("/1.1") && !body.ends_with("/1.0"), "{rule}: {head:?} {body}");
    }
}

#[test]
fn a_body_is_discarded_and_what_is_behind_a_request_too() {
    let (server, opened) = echo(server());
    let frame = RawFrame::text("not a frame").to_bytes(Role::Client);
    let frames = frame.repeat((8 << 20) / frame.len());
    let length = frames.len();
    let chunk = [format!("{length:x}\r\n").as_bytes(), &frames, b"\r\n0\r\n\r\n"].concat();
    let post = |header: &str| plain("POST / HTTP/1.1", &format!("{header}\r\n"));
    for (rule, request, behind) in [
        ("a length", post(&format!("Content-Length: {length}")), &frames),
        ("chunks", post("Transfer-Encoding: chunked"), &chunk),
        (
            "no patience",
            post(&format!("Content-Length: {length}\r\nExpect: 100-continue")),
            &frames,
        ),
        ("more than it says", post("Content-Length: 1"), &frames),
        ("less than it says", post("Content-Length: 99999999999999999999"), &frames),
        ("frames behind a GET", plain("GET / HTTP/1.1", ""), &frames),
        (
            "another request",
            plain("GET / HTTP/1.1", ""),
            &plain("GET /2 HTTP/1.1", "").into_bytes(),
        ),
        ("a handshake", plain("GET / HTTP/1.1", ""), &[good("").as_bytes(), &frames].concat()),
    ] {
        let method = request.split(' ').next().unwrap();
        let begun = Instant::now();
        for glued in [true, false] {
            let mut client = if glued {
                ask(server.local_addr().unwrap(), [request.as_bytes(), behind].concat())
            } else {
                let mut client = ask(server.local_addr().unwrap(), &request);
                client.called(rule).bytes(behind);
                client
            };
            let (_, told) = expect_refusal(&mut client, 200, rule);
            assert_eq!(told, format!("{method} / HTTP/1.1"), "{rule}");
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{rule}: it took {:?}", begun.elapsed());
    }
    // RFC 9110 §10.1.1: a client that waits for 100 gets its answer.
    let waits = post("Content-Length: 5\r\nExpect: 100-continue");
    expect_refusal(&mut ask(server.local_addr().unwrap(), waits), 200, "100-continue");
    assert_eq!(opened.load(Relaxed), 0, "one of them was upgraded");
}

#[test]
fn a_page_may_be_large_and_of_any_type() {
    let large = "x".repeat(8 << 20);
    let (server, _) = echo(Server::bind("127.0.0.1:0").unwrap().http({
        let large = large.clone().into_bytes();
        move |_| {
            let html = Response::builder().header(header::CONTENT_TYPE, "text/html");
            html.body(large.clone()).unwrap()
        }
    }));
    let mut client = ask(server.local_addr().unwrap(), plain("GET / HTTP/1.1", ""));
    let (head, body) = expect_refusal(&mut client, 200, "8 MiB");
    assert_eq!(head.get("content-type"), Some("text/html"));
    assert!(body == large, "{} bytes", body.len());
    let server = Server::bind("127.0.0.1:0").unwrap().http(|_| Response::new("static"));
    let (server, _) = echo(server);
    let mut client = ask(server.local_addr().unwrap(), plain("GET / HTTP/1.1", ""));
    let (head, body) = expect_refusal(&mut client, 200, "a text");
    assert_eq!(head.get("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(body, "static");
}

#[test]
fn a_server_that_is_full_still_shows_its_page() {
    let (server, _) = echo(server().max_connections(1));
    let mut only = ask(server.local_addr().unwrap(), good(""));
    expect_open(&mut only, "the only one");
    expect_refusal(&mut ask(server.local_addr().unwrap(), good("")), 503, "one more");
    let health = plain("GET /health HTTP/1.1", "");
    let (_, body) = expect_refusal(&mut ask(server.local_addr().unwrap(), health), 200, "health");
    assert_eq!(body, "GET /health HTTP/1.1");
    expect_echo(&mut only, "still here");
}

#[test]
fn the_hook_of_upgrades_refuses_as_ever() {
    let (server, _) = echo(server().on_upgrade(|opening| match opening.request().uri().path() {
        "/" => Ok(()),
        _ => Err(Refusal::new(StatusCode::UNAUTHORIZED, "a token is needed\n")),
    }));
    let secret = good("").replace("/ ", "/secret ");
    let (_, body) =
        expect_refusal(&mut ask(server.local_addr().unwrap(), secret), 401, "by the hook");
    assert_eq!(body, "a token is needed\n");
    let page = plain("GET /secret HTTP/1.1", "");
    expect_refusal(&mut ask(server.local_addr().unwrap(), page), 200, "not asked");
    expect_open(&mut ask(server.local_addr().unwrap(), good("")), "let in");
}

#[test]
#[cfg(any(feature = "tls", feature = "rustls"))]
fn over_tls_as_well() {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    let (server, opened) = echo(server().tls(&test_support::pem::identity()).unwrap());
    let frames = RawFrame::text("not a frame").to_bytes(Role::Client).repeat(1000);
    for (method, body) in [("GET", "GET / HTTP/1.1"), ("HEAD", ""), ("POST", "POST / HTTP/1.1")] {
        let stream = TcpStream::connect(server.local_addr().unwrap()).unwrap();
        let mut client = test_support::pem::CONNECTOR.connect("localhost", stream).unwrap();
        let head = plain(&format!("{method} / HTTP/1.1"), "Transfer-Encoding: chunked\r\n");
        client.write_all(&[head.as_bytes(), &frames].concat()).unwrap();
        let mut told = String::new();
        client.read_to_string(&mut told).expect("an end in order");
        assert!(told.starts_with("HTTP/1.1 200 OK\r\n"), "{method}: {told}");
        assert_eq!(told.split_once("\r\n\r\n").map(|(_, body)| body), Some(body), "{method}");
    }
    assert_eq!(opened.load(Relaxed), 0);
}

#[test]
fn what_a_refusal_carries_may_panic_when_it_is_dropped() {
    #[derive(Clone)]
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "this is what the test wants");
        }
    }
    let (server, _) = echo(server().on_upgrade(|opening| match opening.request().uri().path() {
        "/" => Ok(()),
        _ => {
            Err(Response::builder().status(403).extension(Bomb).body(String::new()).unwrap().into())
        }
    }));
    let refused = good("").replace("/ ", "/refused ");
    let (_, body) = expect_refusal(&mut ask(server.local_addr().unwrap(), refused), 500, "a bomb");
    assert_eq!(body, "the server failed\n");
    expect_open(&mut ask(server.local_addr().unwrap(), good("")), "let in");
}
