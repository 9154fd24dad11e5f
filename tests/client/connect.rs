//! Our client against servers that follow a script (RFC 6455 §4.1).

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use blocking_ws::http::{HeaderValue, Request};
use blocking_ws::testing::{Key, MockServer, Peer, RawFrame};
use blocking_ws::{Client, Duplex, Error, HandshakeError as Broken, Phase, WebSocket, connect};

use test_support::attempt::{good, open, request, swap};
use test_support::http::{Head, line};
use test_support::nobody::nobody;
use test_support::scripted::serve_one;
use test_support::socket::patient;

/// After what a loaded machine needs, before the default of 10 seconds.
const SOON: Duration = Duration::from_secs(4);
/// The answer to another key, that of §1.3.
const ACCEPT_OF_ANOTHER: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

#[test]
fn section_4_1_responses_that_are_wrong() {
    let client = Client::new().subprotocol("chat.v1");
    let chosen = |name: &str| good(&format!("Sec-WebSocket-Protocol: {name}\r\n"));
    let extension = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    let accept = "Sec-WebSocket-Accept: ACCEPT\r\n";
    for (response, want) in [
        (swap("ACCEPT", ACCEPT_OF_ANOTHER), Broken::Accept),
        (swap("ACCEPT", ""), Broken::Accept),
        (swap(accept, ""), Broken::Accept),
        (good(accept), Broken::Accept),
        (swap("Upgrade: websocket\r\n", ""), Broken::NotUpgraded),
        (swap("websocket", "h2c"), Broken::NotUpgraded),
        (swap("Connection: Upgrade\r\n", ""), Broken::NotUpgraded),
        (swap("n: Upgrade", "n: close"), Broken::NotUpgraded),
        (good(extension), Broken::UnaskedExtension),
        (chosen("echo"), Broken::UnaskedSubprotocol),
        (chosen("Chat.v1"), Broken::UnaskedSubprotocol),
        (chosen("chat.v1, echo"), Broken::UnaskedSubprotocol),
        (good(&"X: y\r\n".repeat(98)), Broken::TooManyHeaders(100)),
        (chosen(&"x".repeat(17 << 10)), Broken::HeadTooLarge(16 << 10)),
    ] {
        for byte_by_byte in [false, true] {
            let outcome = open(&client, &response, byte_by_byte);
            let right = matches!(&outcome, Err(Error::Handshake(broken)) if *broken == want);
            assert!(right, "{response}: {outcome:?}");
        }
    }
    let outcome = open(&Client::new(), chosen("chat.v1"), false).map_err(|e| e.to_string());
    let want = Error::from(Broken::UnaskedSubprotocol).to_string();
    assert_eq!(outcome.unwrap_err(), want, "none was offered");
    for response in
        [swap("HTTP/1.1", "HTTP/2"), swap("101 ", ""), swap("\r\n", "\n"), good("X: y\n z\r\n")]
    {
        let outcome = open(&client, &response, false);
        let right = matches!(outcome, Err(Error::Handshake(Broken::BadHead(_))));
        assert!(right, "{response}: {outcome:?}");
    }
}

#[test]
#[cfg(feature = "deflate")]
fn rfc_7692_section_7_1_answers_that_are_wrong() {
    let client = Client::new().deflate(blocking_ws::Deflate::new());
    let forgets = "permessage-deflate; server_no_context_takeover";
    for (answer, right) in [
        (forgets.to_owned(), true),
        (format!("{forgets}; server_max_window_bits=8"), true),
        (format!("{forgets}; server_max_window_bits=7"), false),
        (format!("{forgets}; client_max_window_bits"), false),
        (format!("{forgets}; server_no_context_takeover"), false),
        (format!("{forgets}, {forgets}"), false),
        ("permessage-deflate; client_no_context_takeover=1".to_owned(), false),
        ("permessage-deflate; server_max_window_bits".to_owned(), false),
        ("permessage-deflate".to_owned(), true),
        ("permessage-deflate;".to_owned(), false),
        ("permessage-bzip2".to_owned(), false),
    ] {
        let response = good(&format!("Sec-WebSocket-Extensions: {answer}\r\n"));
        match open(&client, response, false) {
            Ok(ws) => assert!(right && ws.extensions() == Some(&answer), "{answer}"),
            Err(Error::Handshake(Broken::BadExtension(_) | Broken::UnaskedExtension)) => {
                assert!(!right, "{answer}");
            }
            Err(e) => panic!("{answer}: {e}"),
        }
    }
}

#[test]
#[cfg(feature = "deflate")]
fn rfc_7692_section_7_1_1_1_a_server_that_does_not_say_it_forgets_may_refer_back() {
    let client = Client::new().deflate(blocking_ws::Deflate::new());
    for answer in ["permessage-deflate", "permessage-deflate; client_no_context_takeover"] {
        let response = good(&format!("Sec-WebSocket-Extensions: {answer}\r\n"));
        // §7.2.3.2: "Hello" twice, the second time by a reference to the first.
        let frames = b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\0\xc1\x05\xf2\0\x11\0\0";
        for byte_by_byte in [false, true] {
            let response = [response.as_bytes(), frames].concat();
            let mut ws = open(&client, response, byte_by_byte).expect(answer);
            assert_eq!(ws.extensions(), Some(answer));
            for _ in 0..2 {
                assert_eq!(ws.recv().expect(answer), Some("Hello".into()));
            }
        }
    }
}

#[test]
fn section_4_1_responses_that_are_right_and_the_message_behind_them() {
    let interim = |line: &str| format!("HTTP/1.1 {line}\r\nLink: </x>\r\n\r\n{}", good(""));
    let chosen = good("Sec-WebSocket-Protocol: chat.v1\r\n");
    let client = Client::new().subprotocol("echo").subprotocol("chat.v1");
    for (rule, response, subprotocol) in [
        ("the least", good(""), None),
        ("one of ours", chosen, Some("chat.v1")),
        ("upper case", swap("Upgrade", "UPGRADE"), None),
        ("lists", swap("n: U", "n: keep-alive, U"), None),
        ("spaces", swap("ACCEPT", " ACCEPT \t"), None),
        ("no reason", swap(" Switching Protocols", ""), None),
        ("none", good("Sec-WebSocket-Extensions: \r\n"), None),
        ("a fold", good("X: y;\r\n\tz;\r\n  a\r\n"), None),
        ("a fold in what counts", swap("n: U", "n: keep-alive,\r\n U"), None),
        ("a fold before a value", swap(" ACCEPT", "\r\n ACCEPT\r\n "), None),
        ("a line that counts for nothing", swap("Upgrade: w", " X: y\r\nUpgrade: w"), None),
        ("a fold in 103", interim("103 Early Hints\r\nX: y\r\n z"), None),
        ("103 first", interim("103 Early Hints"), None),
        ("100 first", interim("100 Continue"), None),
    ] {
        // In the same segment: a message in two frames, and a Close frame.
        let frames = b"\x01\x03one\x80\x02 2\x88\x02\x03\xe8";
        let response = [response.as_bytes(), frames].concat();
        for byte_by_byte in [false, true] {
            let mut ws = open(&client, &response, byte_by_byte).expect(rule);
            assert_eq!(ws.subprotocol(), subprotocol, "{rule}");
            assert_eq!(ws.recv().expect(rule), Some("one 2".into()), "{rule}");
            assert_eq!(ws.recv().expect(rule), None, "{rule}");
        }
    }
}

#[test]
fn refusals_keep_what_the_server_says() {
    let sized = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
    let long = "x".repeat(100_000);
    let chunked = "Transfer-Encoding: chunked\r\n\r\n3\r\nno\n\r\n0\r\n\r\n";
    let moved = format!("Location: /b\r\n{}", sized("gone"));
    for (status, rest, body, message) in [
        (403, sized("no entry\n"), "no entry\n", "Forbidden: no entry"),
        (401, sized(""), "", "Unauthorized"),
        (302, moved.clone(), "gone", "Found to /b"),
        (200, sized("<html>"), "<html>", "OK, where 101 was expected"),
        (500, sized("\x1b[2J"), "\x1b[2J", "Internal Server Error"),
        (503, sized(&long), &long[..4096], "Service Unavailable: x"),
        // RFC 9112 §5.2: a fold in a header of no concern, and in those that are.
        (403, format!("X: y;\r\n z\r\n{}", sized("no")), "no", "Forbidden: no"),
        (403, "Content-Length:\r\n\t2\r\n\r\nno".into(), "no", "Forbidden: no"),
        (403, chunked.replace(" c", "\r\n c"), "no\n", "Forbidden: no"),
        (302, moved.replace(" /b", "\r\n /b\r\n "), "gone", "Found to /b"),
        // RFC 9112 §6.3: these have an end without a Content-Length, the connection stays open.
        (403, chunked.into(), "no\n", "Forbidden: no"),
        (204, "\r\n".into(), "", "No Content"),
        (304, "Content-Length: 5\r\n\r\n".into(), "", "Not Modified"),
    ] {
        let response = format!("HTTP/1.1 {status} Whatever\r\nX-Why: y\r\n{rest}");
        for byte_by_byte in [false, body.len() < 1000] {
            let begun = Instant::now();
            let error = open(&Client::new(), &response, byte_by_byte).unwrap_err();
            assert!(begun.elapsed() < SOON, "{status}: {:?}", begun.elapsed());
            let (text, message) = (error.to_string(), format!("{status} {message}"));
            assert!(text.contains(&message), "{status}: {text}");
            assert!(!text.contains(char::is_control), "{status}: {text:?}");
            let Error::Refused(refused) = error else {
                panic!("{status}: {error:?}");
            };
            assert_eq!(refused.status().as_u16(), status);
            assert_eq!(refused.headers()["x-why"], "y", "{status}");
            assert_eq!(refused.body(), body.as_bytes(), "{status}");
        }
    }
}

#[test]
fn a_refusal_whose_body_does_not_end_takes_no_long_time() {
    let begun = Instant::now();
    let error = open(&Client::new(), "HTTP/1.1 403 No\r\n\r\nno entry", false).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert!(error.to_string().ends_with("403 Forbidden: no entry"), "{error}");
}

#[test]
fn servers_that_hang_up_or_take_too_long() {
    const TICK: Duration = Duration::from_millis(5);
    let timeout = Duration::from_millis(300);
    let client = Client::new().connect_timeout(timeout);
    let half = "HTTP/1.1 101 Switching Protocols\r\nX: ";
    for start in ["", "H", half] {
        let mock = MockServer::new().unwrap().answer(start);
        let outcome = client.connect(&mock.url());
        let lost = matches!(outcome, Err(Error::Lost(_)));
        assert!(lost, "{start:?}: {outcome:?}");
    }
    for (rule, start, drips) in [
        ("silent", "", false),
        ("stops half-way", half, false),
        // One byte at a time renews a socket's own timeout for ever.
        ("drips", half, true),
        ("interim for ever", "HTTP/1.1 100 Continue\r\n\r\n", true),
    ] {
        let (address, _) = serve_one(move |stream| {
            let pace = drips.then_some(Duration::from_millis(20));
            let mut stream = Peer::accept(stream).unwrap().get_ref().try_clone().unwrap();
            stream.set_read_timeout(pace).unwrap();
            let next = if start.contains("100") { start } else { "x" };
            stream.write_all(start.as_bytes()).unwrap();
            // Paced by reads that run out of time, until the client has gone.
            let begun = Instant::now();
            while begun.elapsed() < SOON && stream.read(&mut [0]).is_err() {
                let _ = stream.write_all(next.as_bytes());
            }
        });
        let begun = Instant::now();
        let outcome = client.connect(&format!("ws://{address}/"));
        let took = begun.elapsed();
        // A wait of Windows may end a tick early.
        assert!(took + TICK >= timeout && took < SOON, "{rule}: took {took:?}");
        let late = matches!(outcome, Err(Error::Deadline(Phase::Connect)));
        assert!(late, "{rule}: {outcome:?}");
    }
}

/// More than the buffers of two sockets hold.
fn large() -> String {
    "x".repeat(8 << 20)
}

/// Says this before the request is there, and resets the connection, for it has not read that.
fn interrupt(response: impl Into<String>) -> SocketAddr {
    let response = response.into();
    let (address, _) = serve_one(move |mut stream| {
        stream.peek(&mut [0]).unwrap();
        stream.write_all(response.as_bytes()).unwrap();
    });
    address
}

#[test]
fn a_refusal_is_heard_before_the_request_is_written_out() {
    let large: HeaderValue = large().parse().unwrap();
    let client = Client::new().header("X-Large", large.to_str().unwrap());
    let body = "Content-Length: 2\r\n\r\nno";
    // A write of std's that is blocked does not notice a reset on wine.
    let rounds = if cfg!(windows) { 10 } else { 20 };
    for round in 0..rounds {
        let (status, rest) = [
            (403, body.to_owned()),
            (431, format!("X: y\r\n z\r\n{body}")),
            (503, "Retry-After: 7\r\nConnection: close\r\n\r\nno".to_owned()),
        ][round % 3]
            .clone();
        let hints = ["", "HTTP/1.1 103 Early Hints\r\n\r\n"][round % 2];
        let response = format!("{hints}HTTP/1.1 {status} No\r\n{rest}");
        let outcome = if round < 10 {
            client.connect(&format!("ws://{}/", interrupt(response)))
        } else {
            let address = interrupt(response);
            let request = Request::builder().uri(format!("ws://{address}/"));
            let request = request.header("X-Large", &large).body(()).unwrap();
            let stream = patient(TcpStream::connect(address).unwrap());
            WebSocket::connect(request, stream).map(|_| panic!("open"))
        };
        let Err(Error::Refused(refused)) = outcome else { panic!("{round}: {outcome:?}") };
        assert_eq!(refused.status(), status, "{round}");
        assert_eq!(refused.body(), b"no", "{round}");
    }
}

#[test]
#[cfg(any(feature = "tls", feature = "rustls"))]
fn a_refusal_is_heard_under_tls_before_the_request_is_written_out() {
    use blocking_ws::{Identity, TlsAcceptor};
    use test_support::certificates::Certificates;

    let own = Certificates::new("127.0.0.1", |_| {});
    let client = Client::new().root_certificate_pem(own.root.as_bytes());
    let client = client.header("X-Large", &large());
    let identity = Identity::from_pem(own.chain.as_bytes(), own.key.as_bytes()).unwrap();
    for round in 0..8 {
        let acceptor = TlsAcceptor::new(&identity).unwrap();
        let (address, _) = serve_one(move |stream| {
            let mut stream = acceptor.accept(stream).unwrap();
            stream.read_exact(&mut [0]).unwrap();
            stream.write_all(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n").unwrap();
        });
        let outcome = client.connect(&format!("wss://{address}/"));
        let right = matches!(&outcome, Err(Error::Refused(it)) if it.status() == 403);
        assert!(right, "{round}: {outcome:?}");
    }
}

#[test]
fn what_is_no_refusal_does_not_hide_that_the_request_was_not_sent() {
    let client = Client::new().header("X-Large", &large());
    for response in [good(""), String::new(), "HTTP/1.1 403".into(), "SSH-2.0\r\n\r\n".into()] {
        let error = client.connect(&format!("ws://{}/", interrupt(&*response))).unwrap_err();
        assert!(matches!(error, Error::Lost(_)), "{response}: {error:?}");
    }
}

#[test]
fn a_refusal_is_heard_of_a_server_that_reads_no_more() {
    let timeout = Duration::from_millis(300);
    let client = Client::new().header("X-Large", &large()).connect_timeout(timeout);
    for (response, refuses) in [("HTTP/1.1 431 No\r\nContent-Length: 0\r\n\r\n", true), ("", false)]
    {
        let (done, is_done) = std::sync::mpsc::channel::<()>();
        let (address, serving) = serve_one(move |mut stream| {
            stream.write_all(response.as_bytes()).unwrap();
            is_done.recv().unwrap_err();
        });
        let begun = Instant::now();
        let outcome = client.connect(&format!("ws://{address}/"));
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
        match outcome {
            Err(Error::Refused(refused)) if refuses => assert_eq!(refused.status(), 431),
            Err(Error::Deadline(Phase::Connect)) if !refuses => {}
            outcome => panic!("{response}: {outcome:?}"),
        }
        drop(done);
        serving.join().unwrap();
    }
}

#[test]
fn hosts_that_cannot_be_reached() {
    let (_taken, address) = nobody();
    for (host, named) in [
        (address.to_string(), address.to_string()),
        (format!("localhost:{}", address.port()), address.port().to_string()),
        ("nonexistent.invalid".into(), "nonexistent.invalid".into()),
    ] {
        let error = connect(&format!("ws://{host}/")).unwrap_err();
        assert!(matches!(error, Error::Connect(_)), "{host}: {error:?}");
        assert!(error.to_string().contains(&named), "{host}: {error}");
    }
}

#[test]
fn every_address_that_was_tried_is_named() {
    let (_taken, address) = nobody();
    let host = format!("localhost:{}", address.port());
    let known: Vec<_> = host.to_socket_addrs().unwrap().collect();
    let error = connect(&format!("ws://{host}/")).unwrap_err();
    assert!(matches!(error, Error::Connect(_)), "{error:?}");
    let through = Client::new().proxy(&format!("socks5h://{host}"));
    let at_the_proxy = through.connect("ws://h/").unwrap_err();
    assert!(at_the_proxy.to_string().contains(&format!("the proxy {host}: ")), "{at_the_proxy}");
    for error in [error, at_the_proxy] {
        for one in &known {
            assert!(error.to_string().contains(&format!("{one}: ")), "{error}");
        }
    }
}

#[test]
fn every_address_of_a_host_is_tried() {
    let (v4, v6) = ("127.0.0.1:0", "[::1]:0");
    for (listen, host) in [(v4, "localhost"), (v6, "localhost"), (v6, "[::1]")] {
        let Ok(listener) = TcpListener::bind(listen) else {
            println!("skipped {listen}: there is no IPv6 loopback");
            continue;
        };
        let address = listener.local_addr().unwrap();
        let known = (host.trim_matches(['[', ']']), address.port()).to_socket_addrs();
        if !known.is_ok_and(|mut known| known.any(|one| one == address)) {
            println!("skipped: on this machine {host} is not {address}");
            continue;
        }
        let serving = std::thread::spawn(move || {
            let mut peer = Peer::accept(listener.accept().unwrap().0).unwrap();
            peer.open(&[]);
            peer.request().get("host").map(str::to_owned)
        });
        let host = format!("{host}:{}", address.port());
        connect(&format!("ws://{host}/")).unwrap();
        assert_eq!(serving.join().unwrap(), Some(host));
    }
}

#[test]
fn section_4_1_what_is_asked_for() {
    for (scheme, rest, want) in [
        ("ws", "", "/"),
        ("ws", "/", "/"),
        ("ws", "?q=1", "/?q=1"),
        ("ws", "/?", "/?"),
        ("WS", "/a//b%20c?d=%26&e", "/a//b%20c?d=%26&e"),
    ] {
        let url = |address: &str| format!("{scheme}://{address}{rest}");
        let (address, request) = request(&Client::new(), url);
        assert_eq!(line(&request), format!("GET {want} HTTP/1.1"));
        assert_eq!(request.get("host"), Some(&address[..]));
        for (name, want) in [
            ("upgrade", Some("websocket")),
            ("connection", Some("Upgrade")),
            ("sec-websocket-version", Some("13")),
            ("sec-websocket-extensions", None),
            ("sec-websocket-protocol", None),
        ] {
            assert_eq!(request.get(name), want, "{name}");
        }
    }
    let client = Client::new()
        .header("Host", "example.com")
        .header("X-One", "Jos\u{e9}")
        .subprotocol("chat.v1");
    let mut keys = HashSet::new();
    for _ in 0..3 {
        let (_, request) = request(&client, |address| format!("ws://{address}/"));
        assert_eq!(request.get("host"), Some("example.com"));
        assert_eq!(request.get("x-one"), Some("Jos\u{e9}"));
        assert_eq!(request.get("sec-websocket-protocol"), Some("chat.v1"));
        let key = request.get("sec-websocket-key").unwrap().to_owned();
        // 16 bytes in base64.
        assert!(key.len() == 24 && key.ends_with("=="), "{key}");
        assert!(keys.insert(key), "a key is used once");
    }
}

#[test]
fn the_request_is_spelt_and_ordered_as_devices_want_it() {
    let client = Client::new()
        .header("x-lower", "1")
        .header("cookie", "a=b")
        .header("X-API-Key", "2")
        .header("AUTHORIZATION", "Bearer 3")
        .header("user-agent", "4")
        .header("Cookie", "c=d")
        .header("origin", "http://h")
        .subprotocol("v2")
        .header("sec-websocket-protocol", "v1, v0");
    let (address, serving) = serve_one(|mut stream| {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        String::from_utf8(head).unwrap()
    });
    drop(client.connect(&format!("ws://{address}/")));
    let head = serving.join().unwrap();
    let key = head.split("Key: ").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap();
    let want = format!(
        "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {key}\r\nOrigin: http://h\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Protocol: v2, v1, v0\r\nCookie: a=b; c=d\r\nx-lower: 1\r\n\
         X-API-Key: 2\r\nAuthorization: Bearer 3\r\nUser-Agent: 4\r\n\r\n"
    );
    assert_eq!(head, want);
}

#[test]
fn settings_and_urls_that_can_never_work_are_never_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    for (name, value) in [
        ("X Y", "z"),
        ("", "z"),
        ("X", "y\r\nInjected: z"),
        ("X", "\0"),
        ("Connection", "close"),
        ("Upgrade", "h2c"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", "8"),
        ("Sec-WebSocket-Accept", "x"),
        ("Sec-WebSocket-Extensions", "permessage-deflate"),
        ("Sec-WebSocket-Protocol", ""),
        ("Sec-WebSocket-Protocol", "a b"),
        ("Sec-WebSocket-Protocol", "\u{e9}"),
        ("Sec-WebSocket-Protocol", "a, a"),
    ] {
        let client = Client::new().header(name, value);
        let error = client.connect(&format!("ws://{address}/")).unwrap_err();
        let right = matches!(error, Error::Invalid(_));
        assert!(right, "{name}, {value}: {error:?}");
    }
    for name in ["Host", "Origin"] {
        let client = Client::new().header(name, "a").header(name, "a");
        let error = client.connect(&format!("ws://{address}/")).unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "two of {name}: {error:?}");
    }
    for (url, want) in [
        (String::new(), "Scheme"),
        (format!("ftp://{address}/"), "Scheme"),
        (format!("ws://{address}/#f"), "Fragment"),
        (format!("ws://a:b%0d@{address}/"), "UserInfo"),
        (format!("{address}"), "Scheme"),
        ("ws:///path".into(), "Host"),
        ("ws://127.0.0.1:65536/".into(), "Port"),
    ] {
        let error = connect(&url).unwrap_err();
        let right = matches!(&error, Error::Url(e) if format!("{e:?}").starts_with(want));
        assert!(right, "{url}: {error:?}");
    }
    listener.set_nonblocking(true).unwrap();
    for stream in listener.incoming().map_while(Result::ok) {
        let sent = patient(stream).read(&mut [0]).unwrap();
        assert_eq!(sent, 0, "somebody sent something");
    }
}

#[test]
fn section_5_3_every_frame_has_a_mask_of_its_own() {
    let mock = MockServer::new().unwrap().on_connection(|peer| {
        let mut masks = HashSet::new();
        for _ in 0..64 {
            let frame = peer.recv_frame().unwrap();
            let Key::Fixed(mask) = frame.key else { panic!("{frame:?}") };
            assert_eq!(frame, RawFrame::text("hello").key(frame.key));
            assert!(masks.insert(mask), "{mask:?} is there twice");
        }
    });
    let mut ws = connect(&mock.url()).unwrap();
    for _ in 0..64 {
        ws.send("hello").unwrap();
    }
    mock.verify();
}

#[test]
#[cfg(not(any(feature = "tls", feature = "rustls")))]
fn without_tls_the_error_names_the_feature() {
    let (address, _) = serve_one(drop);
    let error = connect(&format!("wss://{address}/")).unwrap_err();
    assert!(error.to_string().contains("`tls`"), "{error}");
}

#[test]
#[cfg(any(feature = "tls", feature = "rustls"))]
fn wss_to_a_plain_port_says_that_tls_failed() {
    let client = Client::new().connect_timeout(SOON);
    for (response, why) in [("HTTP/1.1 400 Bad Request\r\n\r\n", "plain HTTP"), ("", "TLS")] {
        let (address, _) = serve_one(move |mut stream| {
            stream.read_exact(&mut [0; 64]).unwrap();
            stream.write_all(response.as_bytes())
        });
        let error = client.connect(&format!("wss://{address}/")).unwrap_err();
        assert!(matches!(error, Error::Tls(_)), "{response}: {error:?}");
        assert!(error.to_string().contains(why), "{response}: {error}");
    }
    let (address, _) = serve_one(|mut stream| stream.read_to_end(&mut Vec::new()));
    let client = client.connect_timeout(Duration::from_millis(300));
    let error = client.connect(&format!("wss://{address}/")).unwrap_err();
    let late = matches!(error, Error::Deadline(Phase::Connect));
    assert!(late, "silent: {error:?}");
}

#[test]
#[cfg(any(feature = "tls", feature = "rustls"))]
fn certificates_that_are_trusted_and_those_that_are_not() {
    use blocking_ws::{Identity, Server};
    use test_support::certificates::Certificates;

    let good = Certificates::new("127.0.0.1", |_| {});
    let other = Certificates::new("127.0.0.1", |_| {});
    let named = Certificates::new("example.com", |_| {});
    let expired = Certificates::new("127.0.0.1", |params| {
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    });
    let client = |root: &Certificates| Client::new().root_certificate_pem(root.root.as_bytes());
    let danger = Client::new().danger_accept_invalid_certs(true);
    for (rule, server, client, trusted) in [
        ("its root is known", &good, client(&good), true),
        ("nobody knows it", &good, Client::new(), false),
        ("another root", &good, client(&other), false),
        ("another name", &named, client(&named), false),
        ("expired", &expired, client(&expired), false),
        ("expired, never mind", &expired, danger.clone(), true),
        ("another name, never mind", &named, danger, true),
    ] {
        let (chain, key) = (server.chain.as_bytes(), server.key.as_bytes());
        let identity = Identity::from_pem(chain, key).unwrap();
        let server = Server::bind("127.0.0.1:0").and_then(|it| it.tls(&identity));
        let server = server.unwrap().spawn(|ws| ws.send("hello")).unwrap();
        match client.connect(server.url()) {
            Ok(mut ws) if trusted => assert_eq!(ws.recv().unwrap(), Some("hello".into())),
            Err(Error::Tls(_)) if !trusted => {}
            outcome => panic!("{rule}: {outcome:?}"),
        }
    }
}
