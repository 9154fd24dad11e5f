//! What a server's program sees of a request, chooses and hands on; which pages may connect; what a
//! client sees of the answer.

use std::io::{self, Cursor, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::http::{HeaderValue, Request, StatusCode};
use blocking_ws::testing::{MockServer, Pipe};
use blocking_ws::{
    Client, Deflate, Error, HandshakeError, Opening, Refusal, Result, Server, ServerHandle,
    Settings, Stream, WebSocket,
};
use test_support::http::Head;
use test_support::opening::{ask, expect_open, expect_refusal, good};
use test_support::socket::PATIENCE;
use test_support::within;

fn server() -> Server {
    Server::bind("127.0.0.1:0").unwrap()
}

fn echo(server: Server) -> ServerHandle {
    server.spawn(test_support::echo::echo).unwrap()
}

/// How many guards there are. Each is a value that a hook inserts.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

struct Guard(Count);

impl Count {
    fn guard(&self) -> Arc<Guard> {
        self.0.fetch_add(1, Relaxed);
        Arc::new(Guard(self.clone()))
    }

    fn now(&self) -> usize {
        self.0.load(Relaxed)
    }

    /// Waits until there is none.
    fn expect_none(&self, rule: &str) {
        let begun = Instant::now();
        while self.now() > 0 {
            assert!(begun.elapsed() < PATIENCE, "{rule}: {} stay", self.now());
            thread::yield_now();
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

/// A value whose drop panics.
#[derive(Clone)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(thread::panicking(), "this is what the test wants");
    }
}

/// A client that asks and does not read.
struct Deaf(Cursor<Vec<u8>>);

impl Read for Deaf {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for Deaf {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn clients_that_reset_in_mid_handshake_leave_no_guard_behind() {
    within(|| {
        let count = Count::default();
        let (asked, asks) = mpsc::channel();
        let (let_go, goes_on) = mpsc::channel::<()>();
        let (guards, goes_on) = (count.clone(), std::sync::Mutex::new(goes_on));
        let server = echo(server().on_upgrade(move |opening| {
            opening.insert(guards.guard());
            if opening.request().uri().path() == "/wait" {
                asked.send(()).unwrap();
                let _ = goes_on.lock().unwrap().recv();
            }
            Ok(())
        }));
        let address = server.local_addr().unwrap();
        for _ in 0..40 {
            ask(address, good("")).reset();
            // This one has left for certain before the 101 is written.
            let mut client = ask(address, good("").replace("/ ", "/wait "));
            asks.recv().unwrap();
            client.reset();
            let_go.send(()).unwrap();
        }
        count.expect_none("all have left");
        let mut client = ask(address, good(""));
        expect_open(&mut client, "one that stays");
        assert_eq!(count.now(), 1);
        drop(client);
        count.expect_none("it left");
    });
}

#[test]
fn a_refused_client_holds_no_guard_even_if_it_stays() {
    within(|| {
        let count = Count::default();
        let guards = count.clone();
        let server = server().require_subprotocol().on_upgrade(move |opening| {
            opening.insert(guards.guard());
            opening.insert(Bomb);
            match opening.request().uri().path() {
                "/refuse" => Err(Refusal::new(StatusCode::FORBIDDEN, "")),
                "/panic" => panic!("this is what the test wants"),
                "/open" => opening.choose_subprotocol("a"),
                _ => Ok(()),
            }
        });
        let server = echo(server);
        let ask = |path: &str, more: &str| {
            ask(server.local_addr().unwrap(), good(more).replace("/ ", &format!("{path} ")))
        };
        for (path, status) in [("/refuse", 403), ("/panic", 500), ("/later", 400), ("/open", 400)] {
            let mut client = ask(path, "");
            assert_eq!(client.called(path).expect_response().status(), status, "{path}");
            assert_eq!(count.now(), 0, "{path}: before the answer is written");
        }
        let mut client = ask("/open", "Sec-WebSocket-Protocol: a\r\n");
        expect_open(&mut client, "open");
        assert_eq!(count.now(), 1);
        drop(client);
        count.expect_none("beside a bomb");
        let mut client = ask("/open", "Sec-WebSocket-Protocol: a\r\n");
        expect_open(&mut client, "the server lives");
    });
}

#[test]
fn a_guard_ends_with_a_stream_of_the_programs_own() {
    let count = Count::default();
    let guards = count.clone();
    let settings = Settings::new().on_upgrade(move |opening| {
        assert_eq!((opening.peer_addr(), opening.client_ip()), (None, None));
        opening.insert(guards.guard());
        opening.insert(Bomb);
        Ok(())
    });
    let request = || {
        let upgrade = Request::get("/").header("connection", "upgrade").header("host", "h");
        let version = upgrade.header("upgrade", "websocket").header("sec-websocket-version", "13");
        version.header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==").body(()).unwrap()
    };
    let upgrade = settings.upgrade(request(), None).unwrap();
    assert_eq!(count.now(), 1);
    drop(upgrade);
    assert_eq!(count.now(), 0, "never opened");
    let upgrade = settings.upgrade(request(), None).unwrap();
    let ws = upgrade.open(Pipe::new(4096).0, Vec::new()).unwrap();
    assert!(ws.request().extensions().get::<Arc<Guard>>().is_some());
    assert_eq!(count.now(), 1);
    drop(ws);
    assert_eq!(count.now(), 0, "dropped");
    let (near, far) = Pipe::new(4096);
    let client = thread::spawn(move || Client::new().connect_over("ws://h/", near));
    let ws = settings.accept(far).unwrap();
    assert_eq!(count.now(), 1);
    drop((ws, client.join().unwrap()));
    assert_eq!(count.now(), 0, "accepted and dropped");
    let asks = Cursor::new(good("").into_bytes());
    let lost = settings.accept(Stream::half(Deaf(asks)));
    assert!(matches!(lost, Err(Error::Lost(_))), "{lost:?}");
    assert_eq!(count.now(), 0, "the 101 cannot be written");
}

#[test]
fn the_hook_sees_who_asks_and_the_handler_what_it_found() {
    type Seen = (Option<SocketAddr>, Option<IpAddr>);
    let hook = |opening: &mut Opening| {
        let seen: Seen = (opening.peer_addr(), opening.client_ip());
        opening.insert(seen);
        Ok(())
    };
    let (tell, told) = mpsc::channel();
    let server = server().trusted_proxy("127.0.0.0/8").on_upgrade(hook);
    let server = server.spawn(move |ws| {
        tell.send(ws.request().extensions().get::<Seen>().copied()).unwrap();
        Ok(())
    });
    let server = server.unwrap();
    for (rule, lines, want) in [
        ("no proxy", "", "127.0.0.1"),
        ("a proxy", "X-Forwarded-For: 9.9.9.9, 192.0.2.7\r\n", "192.0.2.7"),
        ("RFC 7239", "Forwarded: for=\"[2001:db8::7]:1\"\r\n", "2001:db8::7"),
        ("it hides the client", "Forwarded: for=unknown\r\n", "-"),
    ] {
        let client = ask(server.local_addr().unwrap(), good(lines));
        let seen = told.recv_timeout(PATIENCE).expect(rule);
        assert_eq!(seen, Some((client.get_ref().local_addr().ok(), want.parse().ok())), "{rule}");
    }
    // Otherwise a client could pass for the proxy.
    for spoilt in ["for=1.1.1.1", "\"", "for=unknown"] {
        let lines = format!("X-Forwarded-For: 192.0.2.7\r\nForwarded: {spoilt}\r\n");
        let mut client = ask(server.local_addr().unwrap(), good(&lines));
        let (_, told) = expect_refusal(&mut client, 400, spoilt);
        assert!(told.contains("who the client is"), "{told}");
        assert!(told.contains("has to remove"), "{told}");
    }
}

#[test]
fn rfc_7617_and_6750_credentials() {
    let server = echo(server().on_upgrade(|opening| {
        if opening.request().uri().path() == "/basic" {
            let who = opening.basic()?;
            if who.is("ali", "ses:ame") { Ok(()) } else { Err(who.refusal()) }
        } else {
            let token = opening.bearer()?;
            if token.is("sesame") { Ok(()) } else { Err(token.refusal()) }
        }
    }));
    let basic = Some("Basic realm=\"WebSocket\", charset=\"UTF-8\"");
    let bearer = Some("Bearer realm=\"WebSocket\"");
    let invalid = Some("Bearer realm=\"WebSocket\", error=\"invalid_token\"");
    for (path, credentials, challenge) in [
        ("/basic", "Basic YWxpOnNlczphbWU=", None),
        ("/basic", "Basic YWxpOnNlc2FtZQ==", basic),
        ("/basic", "Basic ?", basic),
        ("/basic", "Bearer YWxpOnNlczphbWU=", basic),
        ("/basic", "", basic),
        ("/bearer", "Bearer sesame", None),
        ("/bearer", "Bearer sesam", invalid),
        ("/bearer", "Bearer a b", bearer),
        ("/bearer", "", bearer),
    ] {
        let rule = format!("{path}: {credentials}");
        let more = format!("Authorization: {credentials}\r\n");
        let request = good(if credentials.is_empty() { "" } else { &more });
        let request = request.replace("/ ", &format!("{path} "));
        let mut client = ask(server.local_addr().unwrap(), request);
        if challenge.is_none() {
            expect_open(&mut client, &rule);
        } else {
            let (head, _) = expect_refusal(&mut client, 401, &rule);
            assert_eq!(head.get("www-authenticate"), challenge, "{rule}");
        }
    }
}

#[test]
fn section_10_2_pages_of_other_sites_are_told_why() {
    let own = "Origin: https://a:8443\r\n";
    let other = "Origin: https://www.evil.example\r\n";
    let proxied = format!("{other}X-Forwarded-Host: www.evil.example:1\r\n");
    let plain = || server();
    let rows: [(&str, Server, &str, Option<&str>); 9] = [
        ("no page", plain(), "", None),
        ("its own page", plain(), own, None),
        (
            "another",
            plain(),
            other,
            Some("a page of https://www.evil.example may not connect to a,"),
        ),
        ("a file", plain(), "Origin: null\r\n", Some("any_origin()")),
        ("a list adds", plain().origin("https://b.example"), own, None),
        ("listed", plain().origin("https://*.evil.example"), other, None),
        ("any", plain().any_origin(), "Origin: null\r\n", None),
        ("a proxy nobody trusts", plain(), &proxied, Some("Server::origin(")),
        ("a trusted proxy", plain().trusted_proxy("127.0.0.1"), &proxied, None),
    ];
    for (rule, server, lines, refused) in rows {
        let server = echo(server);
        let mut client = ask(server.local_addr().unwrap(), good(lines));
        match refused {
            None => drop(expect_open(&mut client, rule)),
            Some(text) => {
                let (_, body) = expect_refusal(&mut client, 403, rule);
                assert!(body.contains(text) && body.contains("any_origin()"), "{rule}: {body}");
            }
        }
    }
    // What has no address, and no setting, has the default too.
    let (mut near, far) = Pipe::new(4096);
    let accepted = thread::spawn(move || WebSocket::accept(far));
    near.write_all(good(other).as_bytes()).unwrap();
    let refused = accepted.join().unwrap();
    let is_named = matches!(&refused, Err(Error::Handshake(HandshakeError::Origin(text)))
        if text.contains("https://www.evil.example"));
    assert!(is_named, "{refused:?}");
}

#[test]
fn settings_that_can_never_work_are_told_before_any_client_comes() {
    type Change = fn(Settings) -> Settings;
    let rows: [(&str, Change, &str); 13] = [
        (
            "no scheme",
            |it| it.origin("example.com"),
            "\"example.com\" is no origin of a page: write ",
        ),
        ("a path", |it| it.origin("https://a.example/"), "write https://a.example"),
        ("any origin", |it| it.origin("*"), "any_origin() allows all pages"),
        ("a server's URL", |it| it.origin("wss://a.example"), "write https://a.example"),
        ("no messages", |it| it.max_message_size(0), "max_message_size is 0, so only empty"),
        ("no streams", |it| it.max_stream_size(0), "max_stream_size is 0, so only empty"),
        ("no head", |it| it.max_head_size(0), "max_head_size is 0, so no connection"),
        ("no headers", |it| it.max_headers(0), "max_headers is 0, so no connection"),
        ("no time", |it| it.pong_timeout(Duration::ZERO), "pong_timeout cannot be zero"),
        ("no proxy", |it| it.trusted_proxy("10.0.0.0/99"), "10.0.0.0/8"),
        ("no token", |it| it.subprotocol("a b"), "is no token"),
        ("twice", |it| it.subprotocol("a").subprotocol("a"), "is named twice"),
        ("nothing to require", Settings::require_subprotocol, "`subprotocol`"),
    ];
    for (rule, change, says) in rows {
        let settings = change(Settings::new());
        let outcomes: [Result<()>; 4] = [
            server().settings(settings.clone()).spawn(|_| Ok(())).map(drop),
            server().settings(settings.clone()).serve(|_| Ok(())),
            settings.accept(Pipe::new(1).0).map(drop),
            Client::new().settings(settings.clone()).connect("ws://127.0.0.1:9/").map(drop),
        ];
        for outcome in outcomes {
            let told = matches!(&outcome, Err(Error::Invalid(text)) if text.contains(says));
            assert!(told, "{rule}: {outcome:?}");
        }
        let refusal = settings.upgrade(Request::new(()), None).unwrap_err();
        assert_eq!(refusal.response().status(), 500, "{rule}");
    }
    let chosen = server().require_subprotocol().on_upgrade(|it| it.choose_subprotocol("a"));
    assert!(chosen.spawn(|_| Ok(())).is_ok(), "the hook may choose");
}

#[test]
fn section_1_9_a_subprotocol_may_be_required_on_both_sides() {
    for (rule, ours, theirs, requires, want) in [
        ("a server that does not", &["a"][..], &["b"][..], false, Ok(None)),
        ("in common", &["a", "b"], &["b"], true, Ok(Some("b"))),
        ("not in common", &["a", "b"], &["c"], true, Err("the server supports a, b")),
        ("none offered", &["a"], &[], true, Err("the server supports a")),
    ] {
        let supports = ours.iter().fold(server(), |it, name| it.subprotocol(name));
        let server = echo(if requires { supports.require_subprotocol() } else { supports });
        let client = theirs.iter().fold(Client::new(), |it, name| it.subprotocol(name));
        match (client.connect(server.url()), want) {
            (Ok(ws), Ok(chosen)) => assert_eq!(ws.subprotocol(), chosen, "{rule}"),
            (Err(Error::Refused(response)), Err(says)) => {
                assert_eq!(response.status(), 400, "{rule}");
                let body = String::from_utf8_lossy(response.body());
                assert!(body.contains(says), "{rule}: {body}");
            }
            other => panic!("{rule}: {other:?}"),
        }
    }
    let server = echo(server().subprotocol("a"));
    let client = |names: &[&str]| {
        let offers = names.iter().fold(Client::new(), |it, name| it.subprotocol(name));
        offers.require_subprotocol().connect(server.url())
    };
    assert_eq!(client(&["b", "a"]).unwrap().subprotocol(), Some("a"));
    let error = client(&["b", "c"]).unwrap_err();
    let is_named = matches!(error, Error::Handshake(HandshakeError::NoCommonSubprotocol(_)));
    assert!(is_named && error.to_string().contains("offered b, c"), "{error}");
}

#[test]
fn a_client_sees_the_101() {
    let mock = MockServer::new().unwrap().on_connection(|peer| {
        peer.open(&[
            ("Set-Cookie", "id=sesame"),
            ("X-Echo", "Bearer 42"),
            ("X-Served-By", "room 1"),
        ]);
        peer.expect_close(1001);
    });
    let client = Client::new().header("Authorization", "Bearer 42");
    let ws = client.connect(&mock.url()).unwrap();
    let response = ws.response().unwrap();
    assert_eq!(response.status(), 101);
    assert_eq!(response.headers()["set-cookie"], "id=sesame");
    let shown = format!("{response:?}");
    assert!(shown.contains("room 1") && !shown.contains("sesame"), "{shown}");
    assert!(!shown.contains("42"), "{shown}");
    drop(ws);
    mock.verify();

    let server = server().deflate(Deflate::new()).on_upgrade(|opening| {
        opening.headers_mut().insert("x-served-by", HeaderValue::from_static("room 2"));
        Ok(())
    });
    let server = server.spawn(|ws| ws.send(format!("{:?}", ws.response()))).unwrap();
    let mut ws = Client::new().deflate(Deflate::new()).connect(server.url()).unwrap();
    assert_eq!(ws.recv().unwrap(), Some("None".into()));
    let headers = ws.response().unwrap().headers();
    assert_eq!(headers["x-served-by"], "room 2");
    let extensions = headers.get("sec-websocket-extensions").map(|it| it.to_str().unwrap());
    assert_eq!(extensions, ws.extensions());
}

#[test]
fn rfc_9110_section_15_5_9_a_slow_head_is_a_408() {
    let server = echo(server().handshake_timeout(Duration::from_millis(200)));
    for (rule, start, status) in [
        ("one byte", "G", Some(408)),
        ("half a head", "GET / HTTP/1.1\r\nHost: a\r\n", Some(408)),
        // A browser opens connections in advance, and would show the answer to its user.
        ("a connection that is not used", "", None),
    ] {
        let mut client = ask(server.local_addr().unwrap(), start);
        if let Some(status) = status {
            let (head, body) = expect_refusal(&mut client, status, rule);
            assert_eq!(head.get("connection"), Some("close"), "{rule}");
            assert!(body.contains("in time"), "{rule}: {body}");
        } else {
            client.called(rule).expect_end();
        }
    }
    let (mut near, far) = Pipe::new(4096);
    let settings = Settings::new().handshake_timeout(Duration::from_millis(200));
    let accepted = thread::spawn(move || settings.accept(far));
    near.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    let mut told = [0; 12];
    near.read_exact(&mut told).unwrap();
    assert_eq!(&told, b"HTTP/1.1 408");
    drop(near);
    let slow = accepted.join().unwrap();
    assert!(matches!(slow, Err(Error::Handshake(HandshakeError::SlowHead))), "{slow:?}");
}
