//! Servers and clients over Unix sockets: all that holds over TCP, and whose file it is.

#![cfg(unix)]

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::http::StatusCode;
use blocking_ws::{
    Client, CloseCode, ClosedBy, Error, Hub, Opening, Phase, Refusal, Result, Server, ServerHandle,
    WebSocket,
};
use socket2::{Domain, SockAddr, Socket, Type};
use test_support::folder::Folder;
use test_support::within;

const BOUND: Duration = Duration::from_millis(200);
/// What a busy machine may add to a bound.
const SLACK: Duration = Duration::from_secs(5);
/// More than any of this takes where nobody is waited for.
const LONG: Duration = Duration::from_secs(20);

fn echo(ws: &mut WebSocket) -> Result<()> {
    while let Some(message) = ws.recv()? {
        ws.send(message)?;
    }
    Ok(())
}

fn bind(path: &Path) -> Server {
    Server::bind_unix(path).unwrap().close_timeout(LONG)
}

fn client(path: &Path) -> WebSocket {
    Client::new().unix_socket(path).connect("ws://localhost/").unwrap()
}

#[track_caller]
fn echoes(ws: &mut WebSocket, text: &str) {
    ws.send(text).unwrap();
    assert_eq!(ws.recv().unwrap(), Some(text.into()));
}

/// Listens as another program would, and lets go of it without a trace but the file.
fn leave_stale(path: &Path) {
    drop(UnixListener::bind(path).unwrap());
    assert!(path.exists());
}

#[test]
fn messages_of_every_size_both_ways_and_a_close() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let (told, status) = mpsc::channel();
        let server = bind(&path).spawn(move |ws| {
            echo(ws)?;
            told.send(ws.close_status().cloned().unwrap()).unwrap();
            Ok(())
        });
        let server = server.unwrap();
        let mut ws = client(&path);
        for len in [0, 1, 125, 126, 65_535, 65_536, 4 << 20] {
            let message: Vec<u8> = (0..=u8::MAX).cycle().take(len).collect();
            let sender = ws.sender().unwrap();
            // Both ends would wait for each other where neither reads.
            let sends = thread::spawn({
                let message = message.clone();
                move || sender.send(message)
            });
            assert!(ws.recv().unwrap().unwrap().into_bytes() == message, "{len} bytes");
            sends.join().unwrap().unwrap();
        }
        ws.close(4000, "enough").unwrap();
        let seen = status.recv().unwrap();
        assert_eq!((seen.by(), seen.code()), (ClosedBy::Remote, 4000.into()));
        assert_eq!((seen.reason(), seen.is_clean()), ("enough", true));
        assert!(ws.close_status().unwrap().is_clean());
        drop(server);
    });
}

#[test]
fn another_thread_sends_while_this_one_receives() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let _server = bind(&path).spawn(echo).unwrap();
        let mut ws = client(&path);
        let sender = ws.sender().unwrap();
        let sends = thread::spawn(move || (0..1000).try_for_each(|n| sender.send(n.to_string())));
        for n in 0..1000 {
            assert_eq!(ws.recv().unwrap(), Some(n.to_string().into()));
        }
        sends.join().unwrap().unwrap();
    });
}

#[test]
#[cfg(any(feature = "tls", feature = "rustls"))]
fn wss_takes_the_name_of_the_url() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let server = bind(&path).tls(&test_support::pem::identity()).unwrap().spawn(echo).unwrap();
        assert_eq!(server.url(), "wss://localhost/");
        let client = Client::new()
            .unix_socket(&path)
            .root_certificate_pem(test_support::pem::PEM.0.as_bytes());
        let mut ws = client.connect(server.url()).unwrap();
        assert!(ws.get_ref().is_tls());
        assert!(ws.peer_addr().is_err());
        echoes(&mut ws, "secret");
        ws.close(1000, "").unwrap();
        let other = client.connect("wss://example.com/");
        assert!(matches!(other, Err(Error::Tls(_))), "{other:?}");
        let plain = client.connect("ws://localhost/");
        assert!(plain.is_err(), "{plain:?}");
    });
}

#[test]
fn the_url_says_what_is_asked_for() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let (tell, told) = mpsc::channel();
        let server = bind(&path).spawn(move |ws| {
            let host = ws.request().headers()["host"].to_str().unwrap().to_owned();
            tell.send((host, ws.request().uri().to_string())).unwrap();
            Ok(())
        });
        let _server = server.unwrap();
        for (url, host, target) in [
            ("ws://localhost/", "localhost", "/"),
            ("ws://nowhere.invalid:81/a?b=c", "nowhere.invalid:81", "/a?b=c"),
            ("ws://[::1]/", "[::1]", "/"),
        ] {
            let mut ws = Client::new().unix_socket(&path).connect(url).unwrap();
            assert_eq!(told.recv().unwrap(), (host.to_owned(), target.to_owned()), "{url}");
            assert_eq!(ws.recv().unwrap(), None);
        }
    });
}

#[test]
fn nobody_is_asked_in_the_name_of_another_host() {
    let folder = Folder::new();
    let path = folder.file("s");
    let redirect = |opening: &mut Opening| match opening.request().uri().path() {
        "/here" => Ok(()),
        way => {
            let location = if way == "/" { "/here" } else { "ws://other.example/here" };
            let refusal = Refusal::new(StatusCode::FOUND, "");
            Err(refusal.header("location".parse().unwrap(), location.parse().unwrap()))
        }
    };
    let _server = bind(&path).on_upgrade(redirect).spawn(echo).unwrap();
    let client = Client::new().unix_socket(&path).redirects(5);
    echoes(&mut client.connect("ws://localhost/").unwrap(), "here");
    let outcome = client.connect("ws://localhost/elsewhere");
    assert!(matches!(outcome, Err(Error::Refused(_))), "{outcome:?}");
}

#[test]
fn a_path_and_an_address_have_one_limit_and_one_end() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let unix_first = || bind(&path).and_bind("127.0.0.1:0").unwrap();
        let tcp_first = || Server::bind("127.0.0.1:0").unwrap().and_bind_unix(&path).unwrap();
        for server in [&unix_first as &dyn Fn() -> Server, &tcp_first] {
            let server = server().max_connections(2).spawn(echo).unwrap();
            let [address] = server.local_addrs()[..] else { panic!("{server:?}") };
            let mut over_path = client(&path);
            let mut over_tcp = blocking_ws::connect(&format!("ws://{address}/")).unwrap();
            assert_eq!(server.local_addr().is_ok(), server.url() == format!("ws://{address}/"));
            echoes(&mut over_path, "by its path");
            echoes(&mut over_tcp, "by its port");
            let no_room = Client::new().unix_socket(&path).connect("ws://localhost/");
            assert!(matches!(no_room, Err(Error::Refused(_))), "{no_room:?}");
            let hear = [over_path, over_tcp].map(|mut ws| thread::spawn(move || ws.recv()));
            assert_eq!(server.shutdown(LONG).closed, 2);
            for hears in hear {
                assert_eq!(hears.join().unwrap().unwrap(), None);
            }
            assert!(!path.exists());
            assert!(std::net::TcpStream::connect(address).is_err());
        }
    });
}

#[test]
fn the_file_of_a_given_listener_stays() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let listener = UnixListener::bind(&path).unwrap();
        let other = listener.try_clone().unwrap();
        let (tell, told) = mpsc::channel();
        let server = Server::from_listener(listener).unwrap().spawn(move |ws| {
            tell.send(thread::current().name().map(str::to_owned)).unwrap();
            echo(ws)
        });
        let server = server.unwrap();
        assert_eq!((server.url(), server.local_addrs()), ("ws://localhost/", Vec::new()));
        echoes(&mut client(&path), "hello");
        assert_eq!(told.recv().unwrap(), Some(format!("ws unix:{}", path.display())));
        server.shutdown(LONG);
        assert!(path.exists());
        let _waits = UnixStream::connect(&path).unwrap();
        other.set_nonblocking(false).unwrap();
        other.accept().unwrap();
    });
}

#[test]
fn there_is_a_url_and_no_address() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let (tell, told) = mpsc::channel();
        let server = bind(&path);
        assert_eq!(server.url(), "ws://localhost/");
        let unsupported = |result: Result<_>| match result {
            Err(Error::Io(e)) => assert_eq!(e.kind(), ErrorKind::Unsupported, "{e}"),
            other => panic!("{other:?}"),
        };
        unsupported(server.local_addr());
        let server = server.spawn(move |ws| {
            let name = thread::current().name().unwrap().to_owned();
            tell.send((ws.peer_addr(), name)).unwrap();
            Ok(())
        });
        let server = server.unwrap();
        assert_eq!(server.url(), "ws://localhost/");
        unsupported(server.local_addr());
        let mut ws = client(&path);
        let (peer, name) = told.recv().unwrap();
        unsupported(peer);
        unsupported(ws.get_ref().local_addr().map_err(Error::Io));
        assert_eq!(name, format!("ws unix:{}", path.display()));
        assert_eq!(ws.recv().unwrap(), None);
    });
}

#[test]
fn section_7_4_1_a_shutdown_is_heard_and_reported() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let server = bind(&path).spawn(echo).unwrap();
        let mut clients: Vec<_> = (0..20).map(|_| client(&path)).collect();
        for ws in &mut clients {
            echoes(ws, "here");
        }
        let silent = UnixStream::connect(&path).unwrap();
        // It is in the queue behind the silent one.
        let mut last = client(&path);
        echoes(&mut last, "here");
        clients.push(last);
        let hear: Vec<_> = clients
            .into_iter()
            .map(|mut ws| {
                thread::spawn(move || {
                    assert_eq!(ws.recv().unwrap(), None);
                    ws.close_status().cloned().unwrap()
                })
            })
            .collect();
        let report = server.shutdown(LONG);
        assert_eq!((report.closed, report.cut, report.refused, report.running), (21, 0, 1, 0));
        for hears in hear {
            let status = hears.join().unwrap();
            assert_eq!((status.code(), status.is_clean()), (CloseCode::GoingAway, true));
        }
        assert!(!path.exists(), "its file is gone with it");
        drop(silent);
    });
}

#[test]
fn a_shutdown_wakes_whoever_is_blocked() {
    type Handler = fn(&mut WebSocket) -> Result<()>;
    let rows: [(&str, Handler); 2] =
        [("in recv", |ws| ws.recv().map(drop)), ("in send", |ws| ws.send(vec![0; 16 << 20]))];
    for (rule, handler) in rows {
        within(move || {
            let folder = Folder::new();
            let path = folder.file("s");
            let server = bind(&path).spawn(handler).unwrap();
            // It never reads what is sent, nor answers.
            let ws = client(&path);
            let began = Instant::now();
            let report = server.shutdown(BOUND);
            assert!(began.elapsed() < BOUND + SLACK, "{rule}");
            assert_eq!((report.cut, report.running), (1, 0), "{rule}");
            drop(ws);
        });
    }
}

#[test]
fn serve_returns_after_a_shutdown() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let server = bind(&path);
        let handle = server.handle();
        let serving = thread::spawn(|| server.serve(echo));
        let mut ws = client(&path);
        let hears = thread::spawn(move || ws.recv());
        assert_eq!(handle.shutdown(LONG).closed, 1);
        assert_eq!(hears.join().unwrap().unwrap(), None);
        serving.join().unwrap().unwrap();
        assert!(!path.exists());
        drop(bind(&path));
        assert!(!path.exists(), "one that never served takes it away as well");
    });
}

#[test]
fn deadlines_hold() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let (tell, ends) = mpsc::channel();
        let server = bind(&path)
            .handshake_timeout(BOUND)
            .write_timeout(BOUND)
            .ping_interval(BOUND)
            .pong_timeout(BOUND)
            .spawn(move |ws| {
                let ended = match ws.request().uri().path() {
                    "/send" => ws.send(vec![0; 16 << 20]),
                    _ => ws.recv().map(drop),
                };
                tell.send(ended.unwrap_err().to_string()).unwrap();
                Ok(())
            });
        let _server = server.unwrap();
        let began = Instant::now();
        let mut silent = UnixStream::connect(&path).unwrap();
        silent.write_all(b"GET / HTTP/1.1\r\n").unwrap();
        let mut answer = Vec::new();
        silent.read_to_end(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 408 "), "{}", answer.escape_ascii());
        let connect = |target: &str| {
            let client = Client::new().unix_socket(&path);
            client.connect(&format!("ws://localhost{target}")).unwrap()
        };
        let unread = connect("/send");
        let lost = ends.recv().unwrap();
        assert!(lost.contains("within write_timeout"), "{lost}");
        let mute = connect("/recv");
        let lost = ends.recv().unwrap();
        assert!(lost.contains("pong_timeout"), "{lost}");
        let mut ws = connect("/recv");
        assert!(ws.recv_timeout(BOUND / 4).unwrap_err().is_timeout());
        assert!(began.elapsed() < 8 * BOUND + SLACK);
        drop((unread, mute));
    });
}

#[test]
fn a_peer_that_reads_slowly_is_no_peer_that_is_stuck() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let message: Vec<u8> = (0..=u8::MAX).cycle().take(4 << 20).collect();
        let expected = message.clone();
        let server = bind(&path).write_timeout(BOUND).spawn(move |ws| ws.send(&message));
        let _server = server.unwrap();
        let mut ws = WebSocket::connect(
            blocking_ws::http::Request::get("ws://localhost/").body(()).unwrap(),
            Slow { stream: UnixStream::connect(&path).unwrap(), left: 0 },
        )
        .unwrap();
        let began = Instant::now();
        assert!(ws.recv().unwrap().unwrap().into_bytes() == expected);
        assert!(began.elapsed() > 2 * BOUND, "it takes several timeouts");
        assert_eq!(ws.recv().unwrap(), None);
    });
}

/// Takes half a write timeout over each 512 KiB.
struct Slow {
    stream: UnixStream,
    left: usize,
}

impl Read for Slow {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            thread::sleep(BOUND / 2);
            self.left = 512 << 10;
        }
        let most = buf.len().min(self.left);
        let n = self.stream.read(&mut buf[..most])?;
        self.left -= n;
        Ok(n)
    }
}

impl Write for Slow {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.stream.write(buf)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn two_hundred_clients_at_once() {
    const CLIENTS: usize = 200;
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let server = bind(&path).spawn(echo).unwrap();
        thread::scope(|scope| {
            for number in 0..CLIENTS {
                let path = &path;
                scope.spawn(move || {
                    let mut ws = client(path);
                    echoes(&mut ws, &number.to_string());
                    ws.close(1000, "").unwrap();
                });
            }
        });
        let report = server.shutdown(LONG);
        assert_eq!(report.running, 0);
    });
}

#[test]
fn max_connections_holds() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let _server = bind(&path).max_connections(1).spawn(echo).unwrap();
        let mut first = client(&path);
        echoes(&mut first, "here");
        match Client::new().unix_socket(&path).connect("ws://localhost/") {
            Err(Error::Refused(response)) => assert_eq!(response.status(), 503),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_broadcast_reaches_everybody() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let hub = Hub::new();
        let members = hub.clone();
        let server = bind(&path).spawn(move |ws| {
            let _seat = members.join(ws)?;
            ws.send("in")?;
            ws.recv().map(drop)
        });
        let _server = server.unwrap();
        let mut clients: Vec<_> = (0..10).map(|_| client(&path)).collect();
        for ws in &mut clients {
            assert_eq!(ws.recv().unwrap(), Some("in".into()));
        }
        // Of those who never read, nobody else notices.
        let stuck = client(&path);
        let large = "x".repeat(300 << 10);
        for _ in 0..3 {
            hub.broadcast(&large).unwrap();
            for ws in &mut clients {
                assert_eq!(ws.recv().unwrap(), Some(large.as_str().into()));
            }
        }
        drop(stuck);
    });
}

#[test]
fn the_file_of_a_server_that_is_gone_is_replaced() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        for _ in 0..2 {
            leave_stale(&path);
            let server = bind(&path).spawn(echo).unwrap();
            echoes(&mut client(&path), "anew");
            drop(server);
            assert!(!path.exists());
        }
    });
}

#[test]
fn what_is_in_use_or_no_socket_is_left_alone() {
    within(|| {
        let folder = Folder::new();
        let serves = folder.file("serves");
        let _server = bind(&serves).spawn(echo).unwrap();
        // Elsewhere it cannot be told from one that is gone.
        let busy = folder.file("busy");
        let _busy = cfg!(target_os = "linux").then(|| full(&busy));
        let busy = if busy.exists() { &busy } else { &serves };
        let datagrams = folder.file("datagrams");
        let _datagrams = UnixDatagram::bind(&datagrams).unwrap();
        let plain = folder.file("plain");
        fs::write(&plain, "precious").unwrap();
        let link = folder.file("link");
        std::os::unix::fs::symlink(&plain, &link).unwrap();
        let directory = folder.file("directory");
        fs::create_dir(&directory).unwrap();
        let [missing, in_file] = ["no/such/directory", "plain/s"].map(|name| folder.file(name));
        let no_directory = format!("there is no directory {}", folder.file("no/such").display());
        let no_folder = format!("{} is no directory", plain.display());
        for (path, kind, what, helps) in [
            (&serves, ErrorKind::AddrInUse, "a server listens there", "choose another path"),
            (busy, ErrorKind::AddrInUse, "a server listens there", "choose another path"),
            (&datagrams, ErrorKind::AddrInUse, "a server listens there", "choose another path"),
            (&plain, ErrorKind::AlreadyExists, "a file that is no socket", "remove the file"),
            (&link, ErrorKind::AlreadyExists, "a file that is no socket", "remove the file"),
            (&directory, ErrorKind::AlreadyExists, "a file that is no socket", "remove the file"),
            (&missing, ErrorKind::NotFound, &no_directory, "create it"),
            (&in_file, ErrorKind::NotADirectory, &no_folder, "choose another path"),
            (&folder.file("x".repeat(120)), ErrorKind::InvalidInput, " bytes", "a shorter path"),
            (&PathBuf::new(), ErrorKind::InvalidInput, "no path of a file", "write a path"),
            (
                &PathBuf::from("\0abstract"),
                ErrorKind::InvalidInput,
                "no path of a file",
                "write a path",
            ),
        ] {
            match Server::bind_unix(path) {
                Err(Error::Io(e)) => {
                    assert_eq!(e.kind(), kind, "{}: {e}", path.display());
                    let text = e.to_string();
                    let empty = path.as_os_str().is_empty();
                    let shown = if empty { "\"\"".into() } else { path.display().to_string() };
                    assert!(text.starts_with(&format!("{shown}: ")), "{text}");
                    assert!(text.contains(what) && text.contains(helps), "{text}");
                }
                other => panic!("{}: {other:?}", path.display()),
            }
        }
        echoes(&mut client(&serves), "still there");
        assert_eq!(fs::read(&plain).unwrap(), b"precious");
        assert!(link.is_symlink() && directory.is_dir() && datagrams.exists());
    });
}

#[test]
fn the_file_of_another_server_is_not_removed() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let first = bind(&path).spawn(echo).unwrap();
        let mut of_first = client(&path);
        fs::remove_file(&path).unwrap();
        let _second = bind(&path).spawn(echo).unwrap();
        echoes(&mut of_first, "those who are in stay in");
        let hears = thread::spawn(move || of_first.recv());
        first.shutdown(LONG);
        assert_eq!(hears.join().unwrap().unwrap(), None);
        echoes(&mut client(&path), "the second one's");
    });
}

/// Binds a path that others bind as well: it is had, or in use.
fn contend(path: &Path) -> Option<Server> {
    match Server::bind_unix(path) {
        Ok(server) => Some(server),
        Err(Error::Io(e)) if e.kind() == ErrorKind::AddrInUse => None,
        Err(e) => panic!("{e}"),
    }
}

#[test]
fn of_servers_that_begin_at_one_moment_one_has_the_path() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        for round in 0..500 {
            leave_stale(&path);
            let start = Barrier::new(3);
            let servers: Vec<_> = thread::scope(|scope| {
                let begin = || {
                    start.wait();
                    contend(&path)
                };
                let begins = [scope.spawn(begin), scope.spawn(begin), scope.spawn(begin)];
                begins.into_iter().filter_map(|begins| begins.join().unwrap()).collect()
            });
            assert_eq!(servers.len(), 1, "round {round}");
            UnixStream::connect(&path).unwrap();
            drop(servers);
        }
        let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    });
}

#[test]
fn whoever_has_the_path_is_reached_while_others_come_and_go() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        thread::scope(|scope| {
            for number in 0..3 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..200 {
                        let Some(server) = contend(path) else { continue };
                        let server = server.spawn(move |ws| ws.send(number.to_string())).unwrap();
                        let mut ws = client(path);
                        assert_eq!(ws.recv().unwrap(), Some(number.to_string().into()));
                        assert_eq!(ws.recv().unwrap(), None);
                        server.shutdown(LONG);
                    }
                });
            }
        });
        assert!(!path.exists());
    });
}

#[test]
fn a_path_that_leads_to_nobody_is_an_error_that_names_it() {
    within(|| {
        let folder = Folder::new();
        let stale = folder.file("stale");
        leave_stale(&stale);
        let plain = folder.file("plain");
        fs::write(&plain, "").unwrap();
        for path in [
            &folder.file("missing"),
            &stale,
            &plain,
            &folder.file("x".repeat(120)),
            &PathBuf::new(),
            &PathBuf::from("a\0b"),
        ] {
            let began = Instant::now();
            match Client::new().unix_socket(path).connect("ws://localhost/") {
                Err(Error::Connect(e)) => {
                    assert!(e.to_string().starts_with(&path.display().to_string()), "{e}");
                }
                other => panic!("{}: {other:?}", path.display()),
            }
            assert!(began.elapsed() < SLACK);
        }
    });
}

/// A server that accepts nobody, and its full queue.
fn full(path: &Path) -> (Socket, Vec<Socket>) {
    let listener = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    let address = SockAddr::unix(path).unwrap();
    listener.bind(&address).unwrap();
    listener.listen(1).unwrap();
    let mut queue = Vec::new();
    loop {
        let client = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
        client.set_nonblocking(true).unwrap();
        if client.connect(&address).is_err() {
            return (listener, queue);
        }
        queue.push(client);
    }
}

/// Elsewhere a client is refused then.
#[cfg(target_os = "linux")]
#[test]
fn where_the_queue_is_full_a_client_waits_to_its_deadline_and_no_longer() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let (listener, queue) = full(&path);
        let connect = |timeout: Duration| {
            let client = Client::new().unix_socket(&path).connect_timeout(timeout);
            client.connect("ws://localhost/")
        };
        for bound in [Duration::from_nanos(100), BOUND] {
            let began = Instant::now();
            let waited = connect(bound);
            let took = began.elapsed();
            assert!(matches!(waited, Err(Error::Deadline(Phase::Connect))), "{waited:?}");
            assert!(bound <= took && took < bound + SLACK, "{took:?}");
        }
        // Once there is room, it is let in.
        thread::scope(|scope| {
            let waits = scope.spawn(|| connect(LONG));
            thread::sleep(BOUND);
            assert!(!waits.is_finished());
            for _ in 0..queue.len() {
                listener.accept().unwrap();
            }
            let (stream, _) = listener.accept().unwrap();
            let mut served = WebSocket::accept(stream).unwrap();
            let mut ws = waits.join().unwrap().unwrap();
            served.send("at last").unwrap();
            assert_eq!(ws.recv().unwrap(), Some("at last".into()));
        });
    });
}

#[test]
fn a_peer_that_is_gone_is_an_error_of_whoever_sends() {
    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let (tell, told) = mpsc::channel();
        let server: ServerHandle = bind(&path)
            .spawn(move |ws| {
                let sent = (0..1000).try_for_each(|_| ws.send(vec![0; 64 << 10]));
                tell.send(matches!(sent, Err(Error::Lost(_)))).unwrap();
                sent
            })
            .unwrap();
        drop(client(&path));
        assert_eq!(told.recv(), Ok(true));
        echo_is_over(&server);
    });
}

/// Nobody is left, and the server ends at once.
fn echo_is_over(server: &ServerHandle) {
    let began = Instant::now();
    assert_eq!(server.shutdown(LONG).running, 0);
    assert!(began.elapsed() < SLACK);
}
