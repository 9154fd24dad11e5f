//! Servers behind `nginx` and `HAProxy`, where those are installed: what passes through them, what they
//! cut, and what is left of a connection then.

#![cfg(unix)]

use std::io::Write;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::http::Request;
use blocking_ws::{
    Client, CloseStatus, ClosedBy, Deflate, Error, Result, Server, ServerHandle, WebSocket,
};
use log::Level;
use socket2::{Domain, Socket, Type};
use test_support::folder::Folder;
use test_support::front::{Front, Kind, Settings, installed};
use test_support::journal;
use test_support::nobody::nobody;
use test_support::noise;
use test_support::within;

/// More than any of this takes.
const LONG: Duration = Duration::from_secs(15);
/// A third of what the proxies here bear, where they bear little.
const OFTEN: Duration = Duration::from_millis(300);

/// How a handler's connection ended.
type Ended = (Result<()>, CloseStatus);

/// A server that sends everything back, and tells how each connection ended.
fn echo(server: Server) -> (ServerHandle, Receiver<Ended>) {
    let (tell, told) = mpsc::channel();
    let server = server.spawn(move |ws| {
        let result = send_back(ws);
        // There is none where sending has failed, and the test is over then.
        if let Some(status) = ws.close_status() {
            let _ = tell.send((result, status.clone()));
        }
        Ok(())
    });
    (server.unwrap(), told)
}

/// Until the end, which comes from here at `bye`.
fn send_back(ws: &mut WebSocket) -> Result<()> {
    while let Some(message) = ws.recv()? {
        match message.as_text() {
            Some("bye") => ws.close(4001, "as you wish")?,
            _ => ws.send(message)?,
        }
    }
    Ok(())
}

fn bind() -> Server {
    Server::bind("127.0.0.1:0").unwrap()
}

/// A proxy in front of a server, with long timeouts.
fn front(kind: Kind, server: &ServerHandle) -> Front {
    in_front_of(kind, server.local_addr().unwrap().to_string())
}

fn in_front_of(kind: Kind, upstream: String) -> Front {
    Front::start(kind, &Settings { upstream, timeouts: kind.silence(false), more: "" })
}

/// Opens a connection on which no wait is for ever: a test that hangs would leave its proxy behind.
fn connect(client: &Client, url: &str) -> WebSocket {
    let mut ws = client.clone().write_timeout(LONG).connect(url).unwrap();
    ws.set_read_timeout(LONG);
    ws
}

/// Runs a test with each proxy, side by side.
fn with_each(test: fn(Kind)) {
    within(move || {
        let tests = installed().map(|kind| thread::spawn(move || test(kind)));
        let tests: Vec<_> = tests.collect();
        for test in tests {
            test.join().unwrap();
        }
    });
}

#[track_caller]
fn echoes(ws: &mut WebSocket, text: &str) {
    ws.send(text).unwrap();
    assert_eq!(ws.recv().unwrap(), Some(text.into()));
}

fn is(status: &CloseStatus, by: ClosedBy, code: u16, reason: &str) -> bool {
    (status.by(), status.code(), status.reason()) == (by, code.into(), reason)
}

#[test]
fn messages_and_closes_pass() {
    with_each(|kind| {
        let (server, ended) = echo(bind().deflate(Deflate::new()));
        let front = front(kind, &server);
        let client = || Client::new().root_certificate_pem(front.root.as_bytes());
        for url in [&front.plain, &front.secure] {
            if url.starts_with("wss") && !cfg!(any(feature = "tls", feature = "rustls")) {
                continue;
            }
            for deflate in [false, true] {
                let rule = format!("{kind:?}, {url}, {deflate}");
                let client = if deflate { client().deflate(Deflate::new()) } else { client() };
                let mut ws = connect(&client, url);
                assert_eq!(ws.extensions().is_some(), deflate && cfg!(feature = "deflate"));
                for len in [0, 1, 125, 126, 65_535, 65_536, 3 << 20] {
                    let message: Vec<u8> = noise::noise(len);
                    ws.send(&message).unwrap();
                    let got = ws.recv().unwrap().unwrap().into_bytes();
                    assert!(got == message, "{rule}: {len} bytes");
                }
                ws.close(4000, "enough").unwrap();
                let (result, status) = ended.recv_timeout(LONG).unwrap();
                result.unwrap();
                assert!(is(&status, ClosedBy::Remote, 4000, "enough"), "{rule}: {status:?}");
                assert!(status.is_clean() && ws.close_status().unwrap().is_clean(), "{rule}");

                let mut ws = connect(&client, url);
                ws.send("bye").unwrap();
                assert_eq!(ws.recv().unwrap(), None, "{rule}");
                let status = ws.close_status().unwrap();
                assert!(is(status, ClosedBy::Remote, 4001, "as you wish"), "{rule}: {status:?}");
                let (result, status) = ended.recv_timeout(LONG).unwrap();
                result.unwrap();
                assert!(status.is_clean(), "{rule}: {status:?}");
            }
        }
    });
}

#[test]
fn the_handler_sees_for_whom_and_how() {
    with_each(|kind| {
        let (tell, told) = mpsc::channel();
        let server = bind().spawn(move |ws| {
            tell.send(ws.request().clone()).unwrap();
            Ok(())
        });
        let server = server.unwrap();
        let front = front(kind, &server);
        let client = Client::new().root_certificate_pem(front.root.as_bytes());
        for (url, proto) in [(&front.plain, "http"), (&front.secure, "https")] {
            if proto == "https" && !cfg!(any(feature = "tls", feature = "rustls")) {
                continue;
            }
            let mut ws = connect(&client, &format!("{url}a?b=c"));
            let request: Request<()> = told.recv_timeout(LONG).unwrap();
            assert_eq!(request.uri(), "/a?b=c", "{kind:?}");
            assert_eq!(request.headers()["x-forwarded-for"], "127.0.0.1", "{kind:?}");
            assert_eq!(request.headers()["x-forwarded-proto"], proto, "{kind:?}");
            assert_eq!(ws.recv().unwrap(), None);
        }
    });
}

/// Connects to a proxy from another address of this machine, with more headers.
fn connect_from(ip: &str, url: &str, headers: &[(&str, &str)]) -> Result<WebSocket> {
    let to = url.trim_start_matches("ws://").trim_end_matches('/').parse::<SocketAddr>().unwrap();
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::new(ip.parse().unwrap(), 0).into()).unwrap();
    socket.connect(&to.into()).unwrap();
    let client = headers.iter().fold(Client::new(), |it, (name, value)| it.header(name, value));
    client.connect_over(url, TcpStream::from(socket))
}

#[test]
fn rfc_7239_a_trusted_proxy_says_who_the_client_is() {
    with_each(|kind| {
        let folder = Folder::new();
        let path = folder.file("s");
        for (from, trusted, want) in [
            ("tcp", "127.0.0.1", "127.0.0.2"),
            ("tcp", "10.0.0.1", "127.0.0.1"),
            ("unix", "unix:", "127.0.0.2"),
            ("unix", "127.0.0.1", "none"),
        ] {
            let server = if from == "tcp" { bind() } else { Server::bind_unix(&path).unwrap() };
            let (tell, told) = mpsc::channel();
            let server = server.trusted_proxy(trusted).on_upgrade(move |opening| {
                let client = opening.client_ip();
                tell.send(client.map_or("none".to_owned(), |ip| ip.to_string())).unwrap();
                Ok(())
            });
            let server = server.spawn(|_| Ok(())).unwrap();
            let upstream = match (from, kind) {
                ("tcp", _) => server.local_addr().unwrap().to_string(),
                (_, Kind::Nginx) => format!("unix:{}", path.display()),
                (_, Kind::HaProxy) => format!("unix@{}", path.display()),
            };
            let front = in_front_of(kind, upstream);
            // What the client makes up does not count.
            for lies in [&[][..], &[("X-Forwarded-For", "192.0.2.9")]] {
                connect_from("127.0.0.2", &front.plain, lies).unwrap();
                let rule = format!("{kind:?}, {from}, {trusted}, {lies:?}");
                assert_eq!(told.recv_timeout(LONG).unwrap(), want, "{rule}");
            }
            // The proxies pass this on, and the client could pass for one of them.
            let lies = [("Forwarded", "for=192.0.2.9")];
            let connected = connect_from("127.0.0.2", &front.plain, &lies);
            if want == "127.0.0.2" {
                match connected {
                    Err(Error::Refused(response)) => assert_eq!(response.status(), 400, "{kind:?}"),
                    other => panic!("{kind:?}, {from}: {other:?}"),
                }
            } else {
                connected.unwrap();
                assert_eq!(told.recv_timeout(LONG).unwrap(), want, "{kind:?}, {from}");
            }
        }
    });
}

#[test]
fn section_10_2_the_own_page_of_a_server_behind_a_proxy() {
    with_each(|kind| {
        let (server, _ended) = echo(bind());
        let front = front(kind, &server);
        let page = front.plain.replace("ws://", "http://");
        let page = page.trim_end_matches('/');
        let port = page.rsplit(':').next().unwrap();
        for (origin, welcome) in [
            (page, true),
            ("https://127.0.0.1", true),
            (&*format!("http://localhost:{port}"), false),
            ("https://evil.example", false),
        ] {
            let opened = Client::new().header("Origin", origin).connect(&front.plain);
            match opened {
                Ok(_) => assert!(welcome, "{kind:?}, {origin}"),
                Err(Error::Refused(response)) => {
                    let body = String::from_utf8_lossy(response.body());
                    assert!(!welcome && body.contains(origin), "{kind:?}, {origin}: {body}");
                    assert!(body.contains("127.0.0.1"), "{kind:?}, {origin}: {body}");
                }
                other => panic!("{kind:?}, {origin}: {other:?}"),
            }
        }
    });
}

#[test]
fn section_10_2_a_proxy_that_changes_the_host() {
    within(|| {
        for kind in installed().filter(|kind| *kind == Kind::HaProxy) {
            let changes = "http-request set-header X-Forwarded-Host %[req.hdr(host)]\n\
                           http-request set-header Host backend.example";
            for (trusted, welcome) in [("10.0.0.1", false), ("127.0.0.1", true)] {
                let (server, _ended) = echo(bind().trusted_proxy(trusted));
                let upstream = server.local_addr().unwrap().to_string();
                let timeouts = kind.silence(false);
                let front = Front::start(kind, &Settings { upstream, timeouts, more: changes });
                let client = Client::new().header("Origin", "http://127.0.0.1");
                match client.connect(&front.plain) {
                    Ok(_) => assert!(welcome, "{trusted}"),
                    Err(Error::Refused(response)) => {
                        let body = String::from_utf8_lossy(response.body());
                        assert!(!welcome && body.contains("backend.example"), "{body}");
                    }
                    other => panic!("{trusted}: {other:?}"),
                }
            }
        }
    });
}

#[test]
fn a_server_at_a_path_is_an_upstream() {
    with_each(|kind| {
        let folder = Folder::new();
        let path = folder.file("s");
        let (_server, ended) = echo(Server::bind_unix(&path).unwrap());
        let upstream = match kind {
            Kind::Nginx => format!("unix:{}", path.display()),
            Kind::HaProxy => format!("unix@{}", path.display()),
        };
        let front = in_front_of(kind, upstream);
        let mut ws = connect(&Client::new(), &front.plain);
        echoes(&mut ws, "by way of a path");
        ws.close(1000, "").unwrap();
        assert!(ended.recv_timeout(LONG).unwrap().1.is_clean(), "{kind:?}");
    });
}

/// Proxies that bear a second of silence, each way to say so.
fn impatient() -> Vec<(Kind, &'static str)> {
    let mut all: Vec<_> = installed().map(|kind| (kind, kind.silence(true))).collect();
    if all.iter().any(|(kind, _)| *kind == Kind::HaProxy) {
        all.push((Kind::HaProxy, "timeout client 1s\ntimeout server 1s"));
        all.push((Kind::HaProxy, "timeout client 20s\ntimeout server 20s\ntimeout tunnel 1s"));
    }
    all
}

#[test]
fn pings_of_either_side_keep_a_silent_connection() {
    within(|| {
        thread::scope(|scope| {
            for (kind, timeouts) in impatient() {
                for from_server in [true, false] {
                    scope.spawn(move || keeps(kind, timeouts, from_server));
                }
            }
        });
    });
}

fn keeps(kind: Kind, timeouts: &'static str, from_server: bool) {
    let rule = format!("{kind:?}, {timeouts}, {from_server}");
    let interval = |own: bool| own.then_some(OFTEN);
    let (server, ended) = echo(bind().ping_interval(interval(from_server)));
    let upstream = server.local_addr().unwrap().to_string();
    let front = Front::start(kind, &Settings { upstream, timeouts, more: "" });
    let client = Client::new().ping_interval(interval(!from_server));
    let mut ws = connect(&client, &front.plain);
    let silence = ws.recv_timeout(Duration::from_secs(3));
    assert!(silence.as_ref().is_err_and(Error::is_timeout), "{rule}: {silence:?}");
    echoes(&mut ws, "still there");
    ws.close(1000, "").unwrap();
    assert!(ended.recv_timeout(LONG).unwrap().1.is_clean(), "{rule}");
}

#[test]
fn section_7_1_5_without_pings_both_sides_notice_that_the_proxy_cut() {
    within(|| {
        thread::scope(|scope| {
            for (kind, timeouts) in impatient() {
                scope.spawn(move || is_cut(kind, timeouts));
            }
        });
    });
}

fn is_cut(kind: Kind, timeouts: &'static str) {
    let rule = format!("{kind:?}, {timeouts}");
    let (server, ended) = echo(bind().ping_interval(None));
    let upstream = server.local_addr().unwrap().to_string();
    let front = Front::start(kind, &Settings { upstream, timeouts, more: "" });
    let mut ws = connect(&Client::new(), &front.plain);
    let received = ws.recv_timeout(LONG);
    assert!(matches!(received, Err(Error::Lost(_))), "{rule}: {received:?}");
    is_lost(ws.close_status().unwrap(), &rule);
    let (result, status) = ended.recv_timeout(LONG).unwrap();
    assert!(matches!(result, Err(Error::Lost(_))), "{rule}: {result:?}");
    is_lost(&status, &rule);
}

#[track_caller]
fn is_lost(status: &CloseStatus, rule: &str) {
    assert_eq!((status.by(), status.code()), (ClosedBy::Loss, 1006.into()), "{rule}: {status:?}");
}

#[test]
fn section_7_1_5_a_proxy_that_is_killed_is_noticed_by_both_sides() {
    with_each(|kind| {
        let rule = format!("{kind:?}");
        let (server, ended) = echo(bind());
        let front = front(kind, &server);
        let mut ws = connect(&Client::new(), &front.plain);
        echoes(&mut ws, "before");
        drop(front);
        let received = ws.recv_timeout(LONG);
        assert!(matches!(received, Err(Error::Lost(_))), "{rule}: {received:?}");
        is_lost(ws.close_status().unwrap(), &rule);
        let (result, status) = ended.recv_timeout(LONG).unwrap();
        assert!(matches!(result, Err(Error::Lost(_))), "{rule}: {result:?}");
        is_lost(&status, &rule);
    });
}

#[test]
fn a_server_that_goes_away_is_heard_and_then_missed() {
    with_each(|kind| {
        let (server, _ended) = echo(bind());
        let front = front(kind, &server);
        let mut ws = connect(&Client::new(), &front.plain);
        echoes(&mut ws, "before");
        let hears = thread::spawn(move || {
            assert_eq!(ws.recv().unwrap(), None);
            ws.close_status().cloned().unwrap()
        });
        let report = server.shutdown(LONG);
        assert_eq!(report.closed, 1, "{kind:?}: {report:?}");
        let status = hears.join().unwrap();
        assert!(
            is(&status, ClosedBy::Remote, 1001, "the server shuts down"),
            "{kind:?}: {status:?}"
        );
        refuses(&front.plain, absent(kind));
    });
}

#[test]
fn a_server_that_is_not_there_is_a_refusal_by_the_proxy() {
    with_each(|kind| {
        let (_taken, address) = nobody();
        let front = in_front_of(kind, address.to_string());
        refuses(&front.plain, absent(kind));
    });
}

/// What a proxy answers where it reaches nobody.
fn absent(kind: Kind) -> u16 {
    if kind == Kind::Nginx { 502 } else { 503 }
}

#[track_caller]
fn refuses(url: &str, status: u16) {
    match Client::new().connect(url) {
        Err(Error::Refused(response)) => assert_eq!(response.status(), status, "{url}"),
        other => panic!("{url}: {other:?}"),
    }
}

#[test]
fn a_proxy_that_knows_nothing_of_upgrades_passes_on_why_not() {
    within(|| {
        for kind in installed().filter(|kind| *kind == Kind::Nginx) {
            let (server, _ended) = echo(bind());
            let front = front(kind, &server);
            // To the server it is HTTP/1.0 then.
            refuses(&format!("{}unaware", front.plain), 426);
        }
    });
}

#[test]
fn a_client_that_leaves_at_any_byte_leaves_nothing_behind() {
    with_each(|kind| {
        journal::begin();
        let (server, _ended) = echo(bind());
        let front = front(kind, &server);
        let address = front.plain.trim_start_matches("ws://").trim_end_matches('/');
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: keep-alive, \
             Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        let bytes = [request.as_bytes(), b"\x81\x84\0\0\0\0text"].concat();
        for end in (0..bytes.len()).step_by(13).chain(request.len()..=bytes.len()) {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(&bytes[..end]).unwrap();
            stream.shutdown(Shutdown::Both).unwrap();
        }
        let mut ws = connect(&Client::new(), &front.plain);
        echoes(&mut ws, "among them");
        ws.close(1000, "").unwrap();
        drop(front);
        let report = server.shutdown(LONG);
        assert_eq!(report.running, 0, "{kind:?}");
        // That they were lost is for who wants to know.
        assert_eq!(journal::said_by(&server, Level::Warn), [""; 0], "{kind:?}");
    });
}

#[test]
fn health_checks_disturb_nobody() {
    within(|| {
        journal::begin();
        for kind in installed().filter(|kind| *kind == Kind::HaProxy) {
            for (more, line) in [
                // It is over before the server could see it; others connect in earnest.
                ("option tcp-check", "hung up before"),
                ("option httpchk GET /\nhttp-check expect status 426", "WebSocket endpoint"),
            ] {
                let (server, ended) = echo(bind());
                let upstream = server.local_addr().unwrap().to_string();
                let timeouts = kind.silence(false);
                let front = Front::start(kind, &Settings { upstream, timeouts, more });
                let mut ws = connect(&Client::new(), &front.plain);
                let began = Instant::now();
                let lines = || journal::said_by(&server, Level::Debug).into_iter();
                while lines().filter(|said| said.contains(line)).count() < 10 {
                    assert!(began.elapsed() < LONG, "{more}: {:?}", lines().last());
                    drop(TcpStream::connect(server.local_addr().unwrap()).unwrap());
                    echoes(&mut ws, "meanwhile");
                }
                ws.close(1000, "").unwrap();
                assert!(ended.recv_timeout(LONG).unwrap().1.is_clean(), "{more}");
                assert_eq!(journal::said_by(&server, Level::Info), [""; 0], "{more}");
            }
        }
    });
}
