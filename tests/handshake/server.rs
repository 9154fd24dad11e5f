//! The opening handshake as a client without a library sees it (RFC 6455 §4.2).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc;
use std::time::{Duration, Instant};

#[cfg(feature = "deflate")]
use blocking_ws::Deflate;
use blocking_ws::http::{HeaderName, HeaderValue, StatusCode, Uri};
use blocking_ws::testing::{Peer, RawFrame};
use blocking_ws::{Error, Refusal, Role, Server, ServerHandle, WebSocket, connect};

use test_support::http::Head;
use test_support::opening::{
    KEY, VERSION, ask, drip, expect_echo, expect_open, expect_refusal, good,
};
use test_support::socket::{PATIENCE, patient};
use test_support::within;

/// Before the deadline of a handshake, after what a loaded machine needs.
const SOON: Duration = Duration::from_secs(4);

fn server() -> Server {
    Server::bind("127.0.0.1:0").unwrap()
}

fn echo(server: Server) -> ServerHandle {
    server.spawn(test_support::echo::echo).unwrap()
}

/// The good request with a part of it changed.
fn swap(part: &str, other: &str) -> String {
    let changed = good("").replace(part, other);
    assert_ne!(changed, good(""), "{part:?}");
    changed
}

#[test]
fn section_4_2_1_good_requests_whole_and_byte_by_byte() {
    let server = echo(server());
    let extension = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    for (rule, request) in [
        ("the least", good("")),
        ("lower-case names (node)", swap("Sec-WebS", "sec-webs")),
        ("another header first (node)", swap("Host", "X: y\r\nHost")),
        ("Connections (Firefox)", swap("n: U", "n: keep-alive, U")),
        ("two Connections (proxies)", good("Connection: x\r\n")),
        ("any case of the tokens", swap("websocket", "WebSocket")),
        ("a list in Upgrade", swap("websocket", "h2c, websocket")),
        ("spaces before values", swap(": ", ":\t  ")),
        ("no spaces before values", swap(": ", ":")),
        ("spaces behind values", swap("==\r\n", "==  \t\r\n")),
        ("an unknown extension (Chromium)", good(extension)),
        ("more than ASCII in a value", good("X: Jos\u{e9}\r\n")),
        ("an empty body", good("Content-Length: 0\r\n")),
        ("an empty line (RFC 9112 2.2)", swap("GET", "\r\nGET")),
        ("a page of its own", good("Origin: https://A:8443\r\n")),
    ] {
        expect_open(&mut ask(server.local_addr().unwrap(), &request), rule);
        expect_open(&mut drip(server.local_addr().unwrap(), &request), rule);
    }
}

#[test]
#[cfg(feature = "deflate")]
fn rfc_7692_section_5_1_offers_are_answered_or_passed_over() {
    let server = echo(server().deflate(Deflate::new()));
    let forgets = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    let smaller = format!("{forgets}; server_max_window_bits=10");
    for (rule, offers, answer) in [
        ("Chromium, node", "permessage-deflate; client_max_window_bits", Some(forgets)),
        ("Firefox", "permessage-deflate", Some(forgets)),
        ("a window", "permessage-deflate; server_max_window_bits=10", Some(&*smaller)),
        ("8 bits", "permessage-deflate; server_max_window_bits=8", None),
        ("a bad value", "permessage-deflate; server_max_window_bits=16", None),
        ("and a good one", "permessage-deflate; x, permessage-deflate", Some(forgets)),
        ("malformed", "permessage-deflate; =", None),
        ("another one", "x-webkit-deflate-frame", None),
    ] {
        let request = good(&format!("Sec-WebSocket-Extensions: {offers}\r\n"));
        let mut client = ask(server.local_addr().unwrap(), request);
        let head = client.called(rule).expect_response();
        assert_eq!(head.status(), 101, "{rule}");
        assert_eq!(head.get("sec-websocket-extensions"), answer, "{rule}");
        expect_echo(&mut client, "after");
    }
}

#[test]
fn section_4_2_1_requests_refused_whole_and_byte_by_byte() {
    let server = echo(server());
    let plain = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let long = format!("X: {}\r\n", "x".repeat(17 << 10));
    for (rule, status, request) in [
        ("no HTTP at all", 400, "hello\r\n\r\n".to_owned()),
        ("HTTP/2", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into()),
        ("a method that is no token", 400, swap("GET", "G@T")),
        ("no Host", 400, swap("Host: a\r\n", "")),
        ("two Hosts", 400, good("Host: a\r\n")),
        ("no Connection", 400, swap("Connection: Upgrade\r\n", "")),
        ("another Connection", 400, swap("n: Upgrade", "n: close")),
        ("no key", 400, swap(KEY, "")),
        ("two keys", 400, good(KEY)),
        ("a key of 15 bytes", 400, swap("jZQ==", "j")),
        ("a key of 17 bytes", 400, swap("jZQ==", "jZWU=")),
        ("a key that is not base64", 400, swap("dGhl", "d!hl")),
        ("1.0 (nginx by itself)", 400, swap("HTTP/1.1", "HTTP/1.0")),
        ("a body", 400, good("Content-Length: 5\r\n")),
        ("a chunked body", 400, good("Transfer-Encoding: x\r\n")),
        ("space and colon (RFC 9112 5.1)", 400, good("X : y\r\n")),
        ("a folded line (RFC 9112 5.2)", 400, good("X: y\r\n z\r\n")),
        ("NUL in a value", 400, good("X: \0\r\n")),
        ("a line without a colon", 400, good("X\r\n")),
        ("bare LF", 400, swap("\r\n", "\n")),
        ("POST", 405, swap("GET", "POST")),
        ("OPTIONS", 405, swap("GET", "OPTIONS")),
        ("methods know case", 405, swap("GET", "get")),
        ("plain GET", 426, plain.into()),
        ("a health check", 426, "GET / HTTP/1.0\r\n\r\n".into()),
        ("HEAD", 426, plain.replace("GET", "HEAD")),
        ("HTTP/2 by Upgrade", 426, swap("websocket", "h2c")),
        ("no version", 426, swap(VERSION, "")),
        ("version 8", 426, swap("Version: 13", "Version: 8")),
        ("two versions", 426, good(VERSION)),
        ("a head of 17 KiB", 431, good(&long)),
        ("101 headers", 431, good(&"X: y\r\n".repeat(96))),
        // What is behind a refused request might be another request: there is one answer.
        ("a request behind it", 426, plain.repeat(2)),
    ] {
        for send in [ask, drip] {
            let mut client = send(server.local_addr().unwrap(), &request);
            let (head, body) = expect_refusal(&mut client, status, rule);
            let is_head = request.starts_with("HEAD");
            let length: usize = head.get("content-length").expect(rule).parse().unwrap();
            assert_eq!(body.len(), if is_head { 0 } else { length }, "{rule}");
            assert!(length > 0 && (is_head || body.ends_with('\n')), "{rule}");
            let only_for = |expected, value| (status == expected).then_some(value);
            assert_eq!(head.get("allow"), only_for(405, "GET"), "{rule}");
            assert_eq!(head.get("upgrade"), only_for(426, "websocket"), "{rule}");
            let version = head.get("sec-websocket-version");
            assert_eq!(version, only_for(426, "13"), "{rule}");
        }
    }
    let most = "x".repeat((16 << 10) - good("X: \r\n").len());
    for exact in [format!("X: {most}\r\n"), "X: y\r\n".repeat(95)] {
        expect_open(&mut ask(server.local_addr().unwrap(), good(&exact)), "at the limit");
    }
}

#[test]
fn section_10_2_origins() {
    let server = echo(server().origin("https://a.example").origin("http://b.example:81"));
    for (origins, welcome) in [
        // Not a browser's page.
        (&[][..], true),
        (&["https://a.example"], true),
        (&["HTTPS://A.Example"], true),
        (&["http://b.example:81"], true),
        (&["http://b.example"], false),
        (&["http://a.example"], false),
        (&["https://a.example.evil.example"], false),
        (&["https://evil.example/https://a.example"], false),
        (&["null"], false),
        (&[""], false),
        (&["https://a.example", "https://evil.example"], false),
    ] {
        let lines = origins.iter().flat_map(|origin| ["Origin: ", origin, "\r\n"]);
        let lines: String = lines.collect();
        let mut client = ask(server.local_addr().unwrap(), good(&lines));
        if welcome {
            expect_open(&mut client, &lines);
        } else {
            expect_refusal(&mut client, 403, &lines);
        }
    }
}

#[test]
fn an_answer_arrives_although_the_client_has_more_to_send() {
    let server = echo(server());
    for (rule, status, start) in [
        ("no end", 431, "GET / HTTP/1.1\r\nX: ".to_owned()),
        ("a POST with its body", 405, swap("GET", "POST")),
    ] {
        let mut client = ask(server.local_addr().unwrap(), start);
        client.called(rule).bytes(vec![b'x'; 8 << 20]);
        expect_refusal(&mut client, status, rule);
    }
}

#[test]
fn section_4_1_frames_glued_behind_the_head_are_not_lost() {
    let server = echo(server());
    let frames = ["one", "two"].map(|text| RawFrame::text(text).to_bytes(Role::Client)).concat();
    let request = [good("").as_bytes(), &frames].concat();
    // Cut anywhere: before the head's end, at it, within a frame.
    for cut in (good("").len() - 4)..=request.len() {
        let mut client = ask(server.local_addr().unwrap(), &request[..cut]);
        client.called(&format!("cut at {cut}")).bytes(&request[cut..]);
        client.expect_response();
        client.expect_frame(RawFrame::text("one"));
        client.expect_frame(RawFrame::text("two"));
    }
}

#[test]
fn beyond_max_connections_there_is_a_503() {
    let server = echo(server().max_connections(1));
    let mut first = ask(server.local_addr().unwrap(), good(""));
    expect_open(&mut first, "the first");
    let mut second = ask(server.local_addr().unwrap(), good(""));
    let (head, _) = expect_refusal(&mut second, 503, "the second");
    let seconds = head.get("retry-after").map(str::parse::<u32>);
    assert!(matches!(seconds, Some(Ok(1..))), "{head:?}");
    drop(first);
    expect_room(&server, "the place of the first");
}

/// Asks until there is a 101.
fn expect_room(server: &ServerHandle, rule: &str) {
    let start = Instant::now();
    while Peer::connect(server.url()).is_err() {
        assert!(start.elapsed() < SOON, "{rule}: never again a 101");
    }
}

fn header((name, value): (&str, &str)) -> (HeaderName, HeaderValue) {
    (name.parse().unwrap(), value.parse().unwrap())
}

#[test]
fn a_hook_refuses() {
    let server = echo(server().on_upgrade(|opening| {
        opening.headers_mut().extend([header(("x-served-by", "room 1"))]);
        let (status, body) = match opening.request().uri().path() {
            "/401" => (StatusCode::UNAUTHORIZED, "a token is needed\n"),
            "/404" => (StatusCode::NOT_FOUND, ""),
            _ => (StatusCode::CONTINUE, "no"),
        };
        // The library knows the length better, and that nothing follows.
        let refusal = Refusal::new(status, body);
        let headers = [
            ("www-authenticate", "Bearer"),
            ("content-length", "99"),
            ("transfer-encoding", "chunked"),
            ("connection", "keep-alive"),
        ];
        let headers = headers.map(header).into_iter();
        Err(headers.fold(refusal, |it, (n, v)| it.header(n, v)))
    }));
    for (path, status, want) in
        [("/401", 401, "a token is needed\n"), ("/404", 404, ""), ("/1xx", 500, "no")]
    {
        let mut client = ask(server.local_addr().unwrap(), swap("/ ", &format!("{path} ")));
        let (head, body) = expect_refusal(&mut client, status, path);
        assert_eq!(body, want, "{path}");
        let length = want.len().to_string();
        assert_eq!(head.get("content-length"), Some(&length[..]), "{path}");
        assert_eq!(head.get("transfer-encoding"), None, "{path}");
        assert_eq!(head.get("www-authenticate"), Some("Bearer"), "{path}");
        assert_eq!(head.get("x-served-by"), None, "{path}: for the 101 only");
    }
}

#[test]
fn a_hook_that_panics_harms_nobody_else() {
    let panics = AtomicBool::new(true);
    let server = echo(server().max_connections(1).on_upgrade(move |_| {
        assert!(!panics.swap(false, Relaxed), "this is what the test wants");
        Ok(())
    }));
    drop(ask(server.local_addr().unwrap(), good("")));
    expect_room(&server, "the place of the one that panicked");
}

#[test]
fn a_hook_adds_headers_but_not_those_of_the_handshake() {
    let own = "connection upgrade sec-websocket-accept sec-websocket-extensions \
               sec-websocket-key sec-websocket-protocol sec-websocket-version \
               content-length transfer-encoding";
    let server = echo(server().subprotocol("echo").on_upgrade(|opening| {
        let headers = opening.headers_mut();
        headers.extend(own.split(' ').map(|name| header((name, "5"))));
        headers.extend([header(("x-served-by", "room 1"))]);
        Ok(())
    }));
    // §11.3.4: offered over two lines, answered once.
    let two_lines = good("Sec-WebSocket-Protocol: x\r\nSec-WebSocket-Protocol: y , echo\r\n");
    let head = expect_open(&mut ask(server.local_addr().unwrap(), two_lines), "a meddler");
    assert_eq!(head.get("x-served-by"), Some("room 1"));
    assert_eq!(head.get("sec-websocket-protocol"), Some("echo"));
}

#[test]
fn the_request_is_visible_to_the_handler() {
    let (tell, told) = mpsc::channel();
    let handler = move |ws: &mut WebSocket| {
        let seen = (ws.request().clone(), ws.peer_addr()?);
        tell.send(seen).unwrap();
        Ok(())
    };
    let server = server().spawn(handler).unwrap();
    for (target, path, query) in [
        ("/", "/", None),
        ("/a/b%20c?d=e&f", "/a/b%20c", Some("d=e&f")),
        ("/?", "/", Some("")),
        ("//x", "//x", None),
    ] {
        let request = good("X-One: 1\r\nx-one: 2\r\n").replace("GET /", &format!("GET {target}"));
        let client = ask(server.local_addr().unwrap(), request);
        let (seen, peer) = told.recv_timeout(PATIENCE).expect(target);
        assert_eq!(peer, client.get_ref().local_addr().unwrap(), "{target}");
        assert_eq!(seen.uri(), &target.parse::<Uri>().unwrap());
        assert_eq!((seen.uri().path(), seen.uri().query()), (path, query));
        let values: Vec<_> = seen.headers().get_all("x-one").iter().collect();
        assert_eq!(values, ["1", "2"], "{target}");
        assert_eq!(seen.headers()["host"], "a", "{target}");
    }
}

#[test]
fn a_disconnect_at_any_byte_harms_nobody() {
    // A place that is not given back would soon be missed.
    let server = echo(server().max_connections(3));
    let request = good("");
    for n in 0..=request.len() {
        for reset in [false, true] {
            let mut client = ask(server.local_addr().unwrap(), &request[..n]);
            if reset {
                client.reset();
            }
        }
    }
    expect_room(&server, "after all of them");
}

#[test]
fn silent_connections_delay_nobody() {
    let server = echo(server());
    let starts = ["", "GET / "].into_iter().cycle().take(40);
    let silent: Vec<_> = starts.map(|start| ask(server.local_addr().unwrap(), start)).collect();
    let begun = Instant::now();
    expect_open(&mut ask(server.local_addr().unwrap(), good("")), "among the silent");
    assert!(begun.elapsed() < SOON, "it took {:?}", begun.elapsed());
    for mut idle in silent {
        idle.called("the others still wait").expect_nothing(Duration::from_millis(1));
    }
}

/// Sends a byte every 20 ms until the server has had enough.
fn drip_on(mut client: &TcpStream, rule: &str) {
    let begun = Instant::now();
    client.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    while client.peek(&mut [0]).is_err() && client.write_all(b"x").is_ok() {
        assert!(begun.elapsed() < SOON, "{rule}: it is served for ever");
    }
    client.set_read_timeout(Some(PATIENCE)).unwrap();
}

#[test]
fn the_handshake_ends_by_its_deadline() {
    let timeout = Duration::from_millis(300);
    let server = echo(server().handshake_timeout(timeout));
    for (rule, start, drips) in [
        ("silent", "", false),
        ("stops half-way", "GET / HTTP/1.1\r\nX: ", false),
        // One byte at a time renews a socket's own timeout for ever.
        ("drips", "GET / HTTP/1.1\r\nX: ", true),
    ] {
        let begun = Instant::now();
        let mut client = patient(TcpStream::connect(server.local_addr().unwrap()).unwrap());
        client.write_all(start.as_bytes()).unwrap();
        if drips {
            drip_on(&client, rule);
        }
        let mut told = Vec::new();
        client.read_to_end(&mut told).expect(rule);
        // The server lingers until the client hangs up.
        let took = begun.elapsed();
        assert_eq!(told.starts_with(b"HTTP/1.1 408 "), !start.is_empty(), "{rule}");
        assert!((timeout..SOON).contains(&took), "{rule}: it took {took:?}");
    }
}

#[test]
fn the_deadline_of_the_handshake_is_over_with_it() {
    let timeout = Duration::from_millis(300);
    let server = echo(server().handshake_timeout(timeout));
    let mut client = ask(server.local_addr().unwrap(), good(""));
    expect_open(&mut client, "in time");
    client.called("after the deadline").expect_nothing(timeout * 2);
    expect_echo(&mut client, "late");
}

#[test]
fn a_hook_that_panics_is_a_500_for_its_client_only() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().on_upgrade(|opening| {
            assert_ne!(opening.request().uri().path(), "/panic", "as told");
            Ok::<(), Refusal>(())
        });
        let server = server.spawn(|ws| ws.send("served")).unwrap();
        for _ in 0..2 {
            match connect(&format!("{}panic", server.url())) {
                Err(Error::Refused(response)) => {
                    assert_eq!(response.status(), 500);
                    assert!(!response.body().is_empty(), "it says something");
                }
                other => panic!("{other:?}"),
            }
            let mut next = connect(server.url()).unwrap();
            assert_eq!(next.recv().unwrap(), Some("served".into()));
            assert_eq!(next.recv().unwrap(), None);
        }
    });
}

#[test]
fn a_tls_client_at_a_plain_server_is_told_at_once() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap();
        let server = server.handshake_timeout(Duration::from_secs(20)).spawn(|_| Ok(())).unwrap();
        let mut client = TcpStream::connect(server.local_addr().unwrap()).unwrap();
        let began = Instant::now();
        // The record header of a ClientHello, and the start of it.
        client.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).unwrap();
        let took = began.elapsed();
        assert!(answer.starts_with(b"HTTP/1.1 400 "), "{}", answer.escape_ascii());
        assert!(took < SOON, "{took:?}");
    });
}
