//! A peer that never reads is let go after the write timeout, whatever is written, by whom and over
//! which stream. One that reads slowly but steadily is not.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{Pipe, RawFrame};
use blocking_ws::{Client, Duplex, Error, Hub, MessageKind, Role, Server, ServerHandle, WebSocket};
use socket2::{Domain, Socket, Type};
use test_support::ending::ROLES;
use test_support::pace;
use test_support::peer::{opposite, upgraded};
use test_support::within;

/// What a peer has that never reads.
const BOUND: Duration = Duration::from_secs(3);
/// What the library may add to it, and as much again for a busy machine: together less than the bound
/// once more, as a wait would take that began anew.
const SLACK: Duration = Duration::from_secs(4);

/// No buffer of the streams here takes this whole.
static LARGE: [u8; 4 << 20] = [7; 4 << 20];

/// The second end holds little more than `room`: a system that moves bytes on from one socket to the
/// other in its own time finds room again in a stream that was full.
fn tcp(room: usize) -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let far = narrow(listener.local_addr().unwrap(), room);
    let near = listener.accept().unwrap().0;
    // A buffer that was set does not grow.
    socket2::SockRef::from(&near).set_send_buffer_size(room).unwrap();
    (near, far)
}

fn narrow(to: SocketAddr, room: usize) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(room).unwrap();
    socket.connect(&to.into()).unwrap();
    socket.into()
}

const LITTLE: usize = 4 << 10;
const MUCH: usize = 64 << 10;

#[cfg(any(feature = "tls", feature = "rustls"))]
fn secured<S: Duplex + Send + 'static>(
    (near, far): (S, S),
) -> (blocking_ws::TlsStream<S>, blocking_ws::TlsStream<S>) {
    let far = thread::spawn(move || by_client(far));
    let acceptor = blocking_ws::TlsAcceptor::new(&test_support::pem::identity()).unwrap();
    (acceptor.accept(near).unwrap(), far.join().unwrap())
}

#[cfg(any(feature = "tls", feature = "rustls"))]
fn by_client<S: Duplex>(stream: S) -> blocking_ws::TlsStream<S> {
    test_support::pem::CONNECTOR.connect("localhost", stream).unwrap()
}

/// A stream of a program's own; without `TRIES` it cannot write without waiting.
struct Own<const TRIES: bool>(Pipe);

impl<const TRIES: bool> Own<TRIES> {
    fn pair() -> (Self, Self) {
        let (near, far) = Pipe::new(64 << 10);
        (Self(near), Self(far))
    }
}

impl<const TRIES: bool> Read for Own<TRIES> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl<const TRIES: bool> Write for Own<TRIES> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<const TRIES: bool> Duplex for Own<TRIES> {
    fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    test_support::timeouts_and_shutdown_of!(0);

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if TRIES { self.0.try_write(buf) } else { Err(ErrorKind::Unsupported.into()) }
    }
}

/// Runs a test over each kind of stream, all at the same time.
macro_rules! over_each_stream {
    ($test:ident, $room:expr) => {
        thread::scope(|scope| {
            scope.spawn(|| $test("TCP", || tcp($room)));
            #[cfg(unix)]
            scope.spawn(|| $test("Unix", || UnixStream::pair().unwrap()));
            #[cfg(any(feature = "tls", feature = "rustls"))]
            scope.spawn(|| $test("TLS", || secured(tcp($room))));
            #[cfg(any(feature = "tls", feature = "rustls"))]
            scope.spawn(|| $test("TLS in memory", || secured(Pipe::new(64 << 10))));
            scope.spawn(|| $test("Pipe", || Pipe::new(64 << 10)));
            scope.spawn(|| $test("a program's own", Own::<true>::pair));
            scope.spawn(|| $test("a program's own that must wait", Own::<false>::pair));
        })
    };
}

#[test]
fn a_peer_that_never_reads_is_let_go() {
    within(|| over_each_stream!(never_reads, LITTLE));
}

#[test]
fn a_peer_that_reads_slowly_stays() {
    within(|| over_each_stream!(reads_slowly, MUCH));
}

/// Where there was no room for so long, there is none.
const QUIET: Duration = Duration::from_millis(300);

/// Leaves no room in a stream.
fn fill<S: Duplex>(stream: &mut S) {
    let (mut last, mut size) = (Instant::now(), 16 << 10);
    // The system moves bytes on from one socket to the other in its own time.
    while last.elapsed() < QUIET {
        match write_at_once(stream, &LARGE[..size]) {
            Ok(_) => (last, size) = (Instant::now(), 16 << 10),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                // TCP takes a few bytes where it has just refused many.
                size = 1;
                thread::yield_now();
            }
            Err(e) => panic!("{e}"),
        }
    }
}

fn write_at_once<S: Duplex>(stream: &mut S, bytes: &[u8]) -> io::Result<usize> {
    match stream.try_write(bytes) {
        Err(e) if e.kind() == ErrorKind::Unsupported => {
            stream.set_write_timeout(Some(QUIET / 10))?;
            let written = stream.write(bytes);
            stream.set_write_timeout(None)?;
            written
        }
        tried => tried,
    }
}

/// Pings until the connection is over: a stream that was full may find room for a few bytes more.
fn pings<S: Write>(far: &mut S, own: Role) {
    let ping = RawFrame::ping([b'p'; 125]).to_bytes(own);
    while far.write_all(&ping).is_ok() {
        thread::sleep(Duration::from_millis(1));
    }
}

/// What is written and never read, in a stream that is full or not, and the error that ends it.
struct Row<S: Duplex> {
    name: &'static str,
    is_full: bool,
    act: fn(&mut WebSocket<S>) -> Error,
}

fn rows<S: Duplex + Send + 'static>() -> Vec<Row<S>> {
    let row = |name, is_full, act| Row { name, is_full, act };
    vec![
        row("send", false, |ws| ws.send(&LARGE[..]).unwrap_err()),
        row("a sender's send", false, |ws| ws.sender().unwrap().send(&LARGE[..]).unwrap_err()),
        row("a short send", true, |ws| {
            loop {
                if let Err(e) = ws.send([7; 1000]) {
                    return e;
                }
            }
        }),
        row("feed", false, |ws| {
            loop {
                if let Err(e) = ws.feed([7; 1000]) {
                    return e;
                }
            }
        }),
        row("flush", true, |ws| {
            loop {
                ws.feed([7; 10_000]).unwrap();
                if let Err(e) = ws.flush() {
                    return e;
                }
            }
        }),
        row("a stream", false, |ws| {
            let mut stream = ws.send_stream(MessageKind::Binary);
            stream.write_all(&LARGE).unwrap_err().into()
        }),
        row("a sender's stream", false, |ws| {
            let sender = ws.sender().unwrap();
            let mut stream = sender.send_stream(MessageKind::Binary);
            stream.write_all(&LARGE).unwrap_err().into()
        }),
        row("the end of a stream", true, |ws| {
            loop {
                let mut stream = ws.send_stream(MessageKind::Binary);
                stream.write_all(&LARGE[..10_000]).unwrap();
                if let Err(e) = stream.finish() {
                    return e;
                }
            }
        }),
        row("ping", true, |ws| {
            loop {
                if let Err(e) = ws.ping([7; 125]) {
                    return e;
                }
            }
        }),
        row("a pong that is owed", true, |ws| ws.recv().unwrap_err()),
        row("what was fed before a receiving call", true, |ws| {
            ws.feed([7; 10_000]).unwrap();
            ws.recv().unwrap_err()
        }),
        row("a hub, while the member receives", false, |ws| {
            let hub = Hub::new();
            let _seat = hub.join(ws).unwrap();
            hub.broadcast(&LARGE[..]).unwrap();
            ws.recv().unwrap_err()
        }),
        row("a hub, while the member does not", false, |ws| {
            let hub = Hub::new();
            let _seat = hub.join(ws).unwrap();
            hub.broadcast(&LARGE[..]).unwrap();
            assert!(hub.flush(20 * BOUND), "it has no mail any more");
            ws.recv().unwrap_err()
        }),
        row("a hub, in a stream that is full", true, |ws| {
            let hub = Hub::new();
            let _seat = hub.join(ws).unwrap();
            hub.broadcast(&LARGE[..100_000]).unwrap();
            ws.recv().unwrap_err()
        }),
    ]
}

/// What took `took` ended in time.
#[track_caller]
fn in_time(case: &str, took: Duration, error: &Error) {
    // Who receives hears of another thread's write by the loss of the connection.
    let is_told = error.to_string().contains("within write_timeout");
    assert!(is_told, "{case}: {error:?}, after {took:?}");
    assert!(took >= BOUND, "{case}: too early, {took:?}");
    assert!(took < BOUND + SLACK, "{case}: too late, {took:?}");
}

fn never_reads<S: Duplex + Send + 'static>(over: &str, open: impl Fn() -> (S, S) + Sync) {
    thread::scope(|scope| {
        for role in [Role::Client, Role::Server] {
            for Row { name, is_full, act } in rows() {
                let open = &open;
                scope.spawn(move || {
                    let (mut near, mut far) = open();
                    if is_full {
                        fill(&mut near);
                    }
                    if name.contains("pong") {
                        thread::spawn(move || pings(&mut far, opposite(role)));
                    } else {
                        // It stays, and does nothing.
                        std::mem::forget(far);
                    }
                    let mut ws = WebSocket::from_parts(near, role, Vec::new());
                    ws.set_write_timeout(BOUND).unwrap();
                    let began = Instant::now();
                    let error = act(&mut ws);
                    in_time(&format!("{name}, {role:?}, {over}"), began.elapsed(), &error);
                    assert!(ws.send("late").is_err(), "{name}: it stays so");
                });
            }
        }
    });
}

/// What a peer has that reads a piece now and then, ten times as much as it must.
const STEADY: Duration = Duration::from_millis(1500);
const PIECE: usize = 64 << 10;
const PAUSE: Duration = Duration::from_millis(150);
/// It does not hurry for so long.
const SLOW: Duration = Duration::from_secs(4);

/// Reads piece by piece, and quickly once it has shown that it may be slow; returns how much came.
fn reads<S: Read>(far: &mut S) -> usize {
    let (began, mut room, mut got) = (Instant::now(), vec![0; PIECE], 0);
    loop {
        let mut piece = 0;
        while piece < PIECE {
            match far.read(&mut room[piece..]) {
                Ok(n @ 1..) => piece += n,
                Ok(0) | Err(_) => return got + piece,
            }
        }
        got += piece;
        if began.elapsed() < SLOW {
            thread::sleep(PAUSE);
        }
    }
}

fn reads_slowly<S: Duplex + Send + 'static>(over: &str, open: impl Fn() -> (S, S) + Sync) {
    type Act<S> = fn(&mut WebSocket<S>);
    let rows: [(&str, Act<S>); 4] = [
        ("send", |ws| ws.send(&LARGE[..]).unwrap()),
        ("feed and flush", |ws| {
            LARGE.chunks(1000).for_each(|piece| ws.feed(piece).unwrap());
            ws.flush().unwrap();
        }),
        ("a stream", |ws| {
            let sender = ws.sender().unwrap();
            let mut stream = sender.send_stream(MessageKind::Binary);
            stream.write_all(&LARGE).unwrap();
            stream.finish().unwrap();
        }),
        ("a hub", |ws| {
            let hub = Hub::new();
            let _seat = hub.join(ws).unwrap();
            hub.broadcast(&LARGE[..]).unwrap();
            assert!(hub.flush(5 * SLOW), "it gets its mail");
        }),
    ];
    thread::scope(|scope| {
        for (rule, act) in rows {
            let open = &open;
            scope.spawn(move || {
                let (near, mut far) = open();
                let reader = thread::spawn(move || reads(&mut far));
                let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
                ws.set_write_timeout(STEADY).unwrap();
                let began = Instant::now();
                act(&mut ws);
                let took = began.elapsed();
                assert!(took > STEADY, "{rule}, {over}: it takes longer, not {took:?}");
                assert_eq!(ws.close_status(), None, "{rule}, {over}");
                drop(ws);
                assert!(reader.join().unwrap() >= LARGE.len(), "{rule}, {over}: all of it");
            });
        }
    });
}

type Handler = fn(&mut WebSocket) -> Result<(), Error>;

/// What a server writes to a client that never reads, in a stream that is full or not.
const HANDLERS: [(&str, bool, Handler); 5] = [
    ("a handler's send", false, |ws| ws.send(vec![7; 64 << 20])),
    ("a handler's stream", false, |ws| {
        let mut stream = ws.send_stream(MessageKind::Binary);
        stream.write_all(&vec![7; 64 << 20]).map_err(Error::from)
    }),
    ("a pong that is owed", true, |ws| ws.recv().map(drop)),
    ("a hub", true, |ws| {
        let hub = Hub::new();
        let _seat = hub.join(ws).unwrap();
        hub.broadcast(&LARGE[..]).unwrap();
        ws.recv().map(drop)
    }),
    // A socket without room can find some again, but not for a goodbye behind this.
    (GOODBYE, false, |ws| {
        let sender = ws.sender()?;
        thread::scope(|scope| {
            let sends = scope.spawn(move || sender.send(vec![7; 64 << 20]));
            let received = ws.recv().map(drop);
            sends.join().unwrap().and(received)
        })
    }),
];

const GOODBYE: &str = "a goodbye";

/// `open` makes a server, and what connects to it.
fn server_lets_go<S, C>(open: impl Fn() -> (Server, C))
where
    S: Duplex + Send + 'static,
    C: FnOnce(&ServerHandle) -> S + Send,
{
    thread::scope(|scope| {
        for (name, is_full, handler) in HANDLERS {
            let (server, connect) = open();
            scope.spawn(move || {
                let (done, result) = mpsc::channel();
                let server = server.write_timeout(BOUND).close_timeout(None).ping_interval(None);
                let server = server.spawn(move |ws| {
                    if is_full {
                        fill(&mut ws.get_ref().try_clone().unwrap());
                    }
                    let began = Instant::now();
                    let ended = handler(ws);
                    done.send((began.elapsed(), ended)).unwrap();
                    Ok(())
                });
                let server = server.unwrap();
                let mut peer = upgraded(connect(&server), &[]);
                if name == GOODBYE {
                    peer.expect_start();
                    let began = Instant::now();
                    server.shutdown(10 * BOUND);
                    let took = began.elapsed();
                    assert!(took < BOUND + SLACK, "{name}: too late, {took:?}");
                } else if name.contains("pong") {
                    let mut far = peer.get_ref().try_clone().unwrap();
                    thread::spawn(move || pings(&mut far, Role::Client));
                }
                let (took, ended) = result.recv().unwrap();
                in_time(name, took, &ended.unwrap_err());
                drop(peer);
            });
        }
    });
}

fn by_tcp(server: &ServerHandle) -> TcpStream {
    narrow(server.local_addr().unwrap(), LITTLE)
}

fn bind() -> Server {
    Server::bind("127.0.0.1:0").unwrap()
}

#[test]
fn a_server_lets_go_of_a_client_that_never_reads() {
    within(|| {
        thread::scope(|scope| {
            scope.spawn(|| server_lets_go(|| (bind(), by_tcp)));
            #[cfg(unix)]
            scope.spawn(|| {
                let folder = &test_support::folder::Folder::new();
                server_lets_go(|| unix(folder));
            });
            #[cfg(any(feature = "tls", feature = "rustls"))]
            scope.spawn(|| {
                server_lets_go(|| {
                    let server = bind().tls(&test_support::pem::identity()).unwrap();
                    (server, |server: &ServerHandle| by_client(by_tcp(server)))
                });
            });
        });
    });
}

#[cfg(unix)]
type UnixStream = std::os::unix::net::UnixStream;

#[cfg(unix)]
fn unix(
    folder: &test_support::folder::Folder,
) -> (Server, impl FnOnce(&ServerHandle) -> UnixStream) {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = folder.file(number.to_string());
    let server = Server::bind_unix(&path).unwrap();
    (server, move |_| UnixStream::connect(path).unwrap())
}

#[test]
fn a_write_timeout_is_about_progress_in_memory() {
    within(|| {
        thread::scope(|scope| {
            for role in ROLES {
                scope.spawn(move || pace::steady(Pipe::new(64 << 10), role));
            }
        });
    });
}

#[test]
fn a_write_timeout_is_about_progress_of_a_server() {
    within(|| pace::from_server(Server::bind("127.0.0.1:0").unwrap(), |socket| socket));
}

#[test]
fn a_write_timeout_is_about_progress_of_a_client() {
    within(|| pace::from_client(Client::new(), "ws", |socket| socket));
}
