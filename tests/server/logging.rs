//! What a server's log says of its clients, and how loud.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use blocking_ws::http::{HeaderValue, Request, Response, StatusCode};
use blocking_ws::testing::Pipe;
use blocking_ws::{Error, Opening, Refusal, Server, ServerHandle, Settings, Stream, WebSocket};
use log::Level;
use test_support::{journal, within};

/// More than any of this takes.
const LONG: Duration = Duration::from_secs(60);

fn bind() -> Server {
    Server::bind("127.0.0.1:0").unwrap()
}

fn receives(ws: &mut WebSocket) -> blocking_ws::Result<()> {
    while ws.recv()?.is_some() {}
    Ok(())
}

/// A request for a WebSocket, with other lines in place of those that begin alike.
fn request(more: &str) -> String {
    let lines = [
        "Host: here",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    let name = |line: &str| line.split(':').next().unwrap().to_owned();
    let kept = lines.iter().filter(|line| !more.lines().any(|other| name(other) == name(line)));
    let lines: Vec<_> = kept.copied().chain(more.lines()).collect();
    format!("GET /room?token=1 HTTP/1.1\r\n{}\r\n\r\n", lines.join("\r\n"))
}

/// What a client sends before it hears out the server.
type Row = (&'static str, fn(Server) -> ServerHandle, String, Level, &'static str);

fn serve(server: Server) -> ServerHandle {
    server.spawn(receives).unwrap()
}

/// Clients that get no connection.
fn refused() -> Vec<Row> {
    vec![
        ("no byte", serve, String::new(), Level::Debug, "no connection: the connection was lost"),
        ("half a request", serve, request("")[..50].into(), Level::Debug, "no connection"),
        (
            "plain HTTP",
            serve,
            "GET / HTTP/1.1\r\nHost: here\r\n\r\n".into(),
            Level::Debug,
            "plain HTTP: this is a WebSocket endpoint",
        ),
        (
            "another version",
            serve,
            request("Sec-WebSocket-Version: 8\r\n"),
            Level::Info,
            "refused with 426: Sec-WebSocket-Version must be 13",
        ),
        (
            "no HTTP",
            serve,
            "\x16\x03\x01\r\n\r\n".into(),
            Level::Info,
            "refused with 400: the head",
        ),
        (
            "a foreign origin",
            |server| serve(server.origin("https://a.example")),
            request("Origin: https://b.example\r\n"),
            Level::Info,
            "refused with 403 by origin: a page of https://b.example may not",
        ),
        (
            "a large head",
            |server| serve(server.max_head_size(300)),
            request(&format!("X: {}\r\n", "x".repeat(300))),
            Level::Info,
            "refused with 431 by max_head_size: the head of the HTTP message is larger than 300",
        ),
        (
            "many headers",
            |server| serve(server.max_headers(5)),
            request("X: x\r\n"),
            Level::Info,
            "refused with 431 by max_headers: the HTTP message has more than 5",
        ),
        (
            "a hook that refuses",
            |server| {
                let hook = |_: &mut Opening| Err(Refusal::new(StatusCode::UNAUTHORIZED, "no\n"));
                serve(server.on_upgrade(hook))
            },
            request(""),
            Level::Info,
            "refused with 401 Unauthorized by on_upgrade: \"no\"",
        ),
        (
            "no room",
            |server| {
                let server = serve(server.max_connections(1));
                // It is accepted first, and stays.
                std::mem::forget(TcpStream::connect(server.local_addr().unwrap()).unwrap());
                server
            },
            request(""),
            Level::Warn,
            "refused with 503, max_connections is 1",
        ),
    ]
}

/// Clients that get one, and what comes of it.
fn opened() -> Vec<Row> {
    vec![
        ("an open one", serve, request(""), Level::Debug, "open, /room"),
        (
            "one that offers another subprotocol",
            |server| serve(server.subprotocol("chat.v1")),
            request("Sec-WebSocket-Protocol: mqtt, x\r\n"),
            Level::Info,
            "open without a subprotocol, because the server supports none that the client offers: \
             mqtt, x",
        ),
        (
            "one that breaks a rule",
            serve,
            request("") + "\u{3}\0",
            Level::Info,
            "the connection was failed: opcode 0x3 is reserved",
        ),
        (
            "its end",
            serve,
            request("") + "\u{3}\0",
            Level::Debug,
            "closed by this side, 1002 (protocol error): opcode 0x3",
        ),
        ("one that is lost", serve, request(""), Level::Info, "the connection was lost: the peer"),
        (
            "a handler that fails",
            |server| server.spawn(|_| Err(Error::other("no such room"))).unwrap(),
            request(""),
            Level::Warn,
            "the handler failed: no such room",
        ),
        (
            "a handler that panics",
            |server| server.spawn(|_: &mut WebSocket| panic!("as told")).unwrap(),
            request(""),
            Level::Error,
            "the handler panicked",
        ),
    ]
}

#[test]
fn each_line_names_the_client_and_has_its_level() {
    within(|| {
        journal::begin();
        for (rule, serve, bytes, level, text) in refused().into_iter().chain(opened()) {
            let is_routine = ["no byte", "half a request", "plain HTTP"].contains(&rule);
            let server = serve(bind());
            let client = say(server.local_addr().unwrap(), bytes.as_bytes());
            server.shutdown(LONG);
            let lines = said(&server, client);
            assert!(!lines.is_empty(), "{rule}");
            let found = lines.iter().any(|(l, line)| {
                let (number, line) = line.split_once(' ').unwrap();
                let number = number.strip_prefix('#').expect(line).parse::<u64>().unwrap();
                *l == level && number > 0 && line.starts_with(&format!("{client}: {text}"))
            });
            assert!(found, "{rule}: {lines:?}");
            for (l, line) in &lines {
                assert!(*l == Level::Debug || !is_routine, "{rule}: {l} {line}");
                assert!(!line.contains("the server refused") && !line.contains("token"), "{line}");
            }
        }
    });
}

/// Sends these bytes, reads to the end, and returns the own address.
fn say(server: SocketAddr, bytes: &[u8]) -> SocketAddr {
    let mut stream = TcpStream::connect(server).unwrap();
    let own = stream.local_addr().unwrap();
    stream.write_all(bytes).unwrap();
    let _ = stream.shutdown(Shutdown::Write);
    // It may be reset.
    let _ = stream.read_to_end(&mut Vec::new());
    own
}

/// What a server said of a client, by its address.
fn said(server: &ServerHandle, client: SocketAddr) -> Vec<(Level, String)> {
    let mut lines = journal::lines_of(server);
    lines.retain(|(_, line)| line.contains(&format!(" {client}: ")));
    lines
}

#[cfg(any(feature = "tls", feature = "rustls"))]
#[test]
fn tls_that_fails_is_told_and_a_client_that_says_nothing_is_routine() {
    use blocking_ws::Identity;
    use test_support::certificates::Certificates;

    within(|| {
        journal::begin();
        let certificates = Certificates::new("localhost", |_| {});
        let identity =
            Identity::from_pem(certificates.chain.as_bytes(), certificates.key.as_bytes()).unwrap();
        for (rule, bytes, level) in [
            ("nothing", &b""[..], Level::Debug),
            ("half of it", b"\x16\x03\x01\x00", Level::Debug),
            ("plain HTTP", b"GET / HTTP/1.1\r\nHost: here\r\n\r\n", Level::Info),
        ] {
            let server = bind().tls(&identity).unwrap().spawn(receives).unwrap();
            let client = say(server.local_addr().unwrap(), bytes);
            server.shutdown(LONG);
            let lines = said(&server, client);
            assert!(
                matches!(&lines[..], [(l, line)] if *l == level && line.contains(": TLS failed: ")),
                "{rule}: {lines:?}"
            );
        }
    });
}

#[test]
fn a_flood_is_summed_up() {
    const CLIENTS: usize = 200;
    within(|| {
        journal::begin();
        let server = bind().origin("https://a.example").spawn(receives).unwrap();
        let address = server.local_addr().unwrap();
        let bytes = request("Origin: https://b.example\r\n");
        let clients: Vec<_> = (0..CLIENTS).map(|_| say(address, bytes.as_bytes())).collect();
        server.shutdown(LONG);
        let mut counted = 0;
        for (level, line) in journal::said("more clients were refused within a second") {
            let Some(rest) = line.strip_prefix(&format!("{address}: ")) else { continue };
            assert_eq!(level, Level::Info);
            counted += rest.split(' ').next().unwrap().parse::<usize>().unwrap();
        }
        let said: Vec<_> = clients.into_iter().map(|client| said(&server, client)).collect();
        assert!(said.iter().all(|lines| lines.len() == 1), "each has a line at debug at least");
        let in_full = said.iter().filter(|lines| lines[0].0 == Level::Info).count();
        assert_eq!(in_full + counted, CLIENTS);
        assert!(in_full >= 5);
    });
}

#[test]
fn what_a_program_does_not_see_elsewhere() {
    within(|| {
        journal::begin();
        // A request that another HTTP server has read, and that is refused.
        let server = Server::unbound().unwrap().spawn(receives).unwrap();
        let request = Request::get("/").header("host", "a").body(()).unwrap();
        assert!(server.upgrade(request, SocketAddr::from(([192, 0, 2, 7], 9))).is_err());
        let lines = journal::said("192.0.2.7:9");
        assert!(lines.iter().any(|(_, text)| text.contains("plain HTTP")), "{lines:?}");
        // A handle that is dropped at once, as by `let _ =`.
        let dropped = bind();
        let address = dropped.local_addr().unwrap().to_string();
        drop(dropped.spawn(receives).unwrap());
        let lines = journal::said(&format!("{address}: the last handle was dropped"));
        assert!(lines.iter().any(|(level, _)| *level == Level::Warn), "{lines:?}");
    });
}

#[test]
fn a_page_that_was_answered_is_no_fault() {
    within(|| {
        journal::begin();
        let server = bind().page("/a-page-for-the-log", |_| Response::new("yes"));
        let server = server.spawn(receives).unwrap();
        let address = server.local_addr().unwrap();
        for (request, answered) in [
            ("GET /a-page-for-the-log?token=1", "GET /a-page-for-the-log: answered with 200 OK"),
            ("PUT /a-page-for-the-log", "PUT /a-page-for-the-log: answered with 405 "),
        ] {
            let mut client = TcpStream::connect(address).unwrap();
            write!(client, "{request} HTTP/1.1\r\nHost: here\r\n\r\n").unwrap();
            client.read_to_end(&mut Vec::new()).unwrap();
            let lines = journal::said(answered);
            assert!(matches!(lines[..], [(Level::Debug, _)]), "{lines:?}");
        }
        // It has served, so this is no mistake.
        drop(server);
        let lines = journal::said(&format!("{address}: the last handle was dropped"));
        assert!(lines.is_empty(), "{lines:?}");
    });
}

/// Panics when it is dropped.
#[derive(Clone)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "as told");
    }
}

#[test]
fn what_hooks_do_wrong_is_a_line_with_the_number_of_the_client() {
    type With = fn(Server) -> Server;
    let plain = || "GET / HTTP/1.1\r\nHost: here\r\n\r\n".to_owned();
    let rows: [(String, With, &str); 5] = [
        (
            request(""),
            |server| server.on_upgrade(|_: &mut Opening| panic!("as told")),
            "the on_upgrade hook panicked",
        ),
        (
            request(""),
            |server| {
                server.on_upgrade(|opening: &mut Opening| {
                    let zero = HeaderValue::from_static("0");
                    opening.headers_mut().insert("content-length", zero);
                    Ok(())
                })
            },
            "the on_upgrade hook may not set content-length; left out",
        ),
        (
            request(""),
            |server| {
                server.on_upgrade(|opening: &mut Opening| {
                    opening.insert(Bomb);
                    Ok(())
                })
            },
            "a value of the on_upgrade hook panicked when it was dropped",
        ),
        (plain(), |server| server.http::<Vec<u8>>(|_| panic!("as told")), "the http hook panicked"),
        (
            plain(),
            |server| {
                server.http(|_| {
                    let response = Response::builder();
                    response.status(StatusCode::CONTINUE).body(Vec::new()).unwrap()
                })
            },
            "the http hook answered 100 Continue, which is no answer",
        ),
    ];
    within(move || {
        journal::begin();
        for (bytes, with, text) in rows {
            let server = with(bind()).spawn(receives).unwrap();
            let client = say(server.local_addr().unwrap(), bytes.as_bytes());
            server.shutdown(LONG);
            let lines = said(&server, client);
            let (number, _) = lines.first().expect(text).1.split_once(' ').unwrap();
            // The level depends on how many such lines other tests cause.
            let line = format!("{number} {text}");
            assert_eq!(journal::said(&line).len(), 1, "{line}: {lines:?}");
        }
    });
}

#[test]
fn what_a_hook_does_wrong_where_another_server_reads_the_request() {
    fn is_told_once(id: u64) {
        let line = format!("#{id} the on_upgrade hook may not set content-length");
        assert_eq!(journal::said(&line).len(), 1);
    }
    within(|| {
        journal::begin();
        let hook = |opening: &mut Opening| {
            opening.headers_mut().insert("content-length", HeaderValue::from_static("0"));
            Ok(())
        };
        let request = || {
            let request = Request::get("/")
                .header("host", "here")
                .header("connection", "Upgrade")
                .header("upgrade", "websocket")
                .header("sec-websocket-version", "13")
                .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
            request.body(()).unwrap()
        };
        let settings = Settings::new().on_upgrade(hook);
        let upgrade = settings.upgrade(request(), None).unwrap();
        is_told_once(upgrade.open(Pipe::new(1024).0, Vec::new()).unwrap().id());

        let (tell, told) = mpsc::channel();
        let server = Server::unbound().unwrap().on_upgrade(hook).spawn(move |ws| {
            tell.send(ws.id()).unwrap();
            Ok(())
        });
        let server = server.unwrap();
        let admission = server.upgrade(request(), None).unwrap();
        admission.serve(Pipe::new(1024).0, Vec::new()).unwrap();
        is_told_once(told.recv().unwrap());
    });
}

/// Panics when it is read, before there is a handler to run.
struct Unreadable;

impl Read for Unreadable {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        panic!("as told");
    }
}

impl Write for Unreadable {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        Ok(buf.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_panic_outside_of_the_handler_is_a_line_with_the_number_of_the_client() {
    within(|| {
        journal::begin();
        let server = bind().spawn(receives).unwrap();
        server.adopt(Stream::half(Unreadable)).unwrap();
        let report = server.shutdown(LONG);
        assert_eq!(report.running, 0, "{report:?}");
        let lines = journal::said_by(&server, Level::Error);
        let [line] = &lines[..] else { panic!("{lines:?}") };
        let (number, line) = line.split_once(' ').unwrap();
        assert!(number.strip_prefix('#').unwrap().parse::<u64>().is_ok(), "{lines:?}");
        assert_eq!(line, "unnamed: a panic outside of the handler");
    });
}
