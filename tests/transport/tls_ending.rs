//! The end of a connection under TLS takes `close_timeout` at most, whatever the peer does or leaves
//! undone: `close_notify`, a renegotiation and a drop are part of it.

#![cfg(any(feature = "tls", feature = "rustls"))]

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{Peer, Pipe, RawFrame};
use blocking_ws::{Duplex, Error, Event, MessageKind, Role, TlsAcceptor, TlsStream, WebSocket};
use test_support::peer::{CLOSE, peer_of};
use test_support::pem;
use test_support::within;

const CLOSING: Duration = Duration::from_secs(1);
/// What a busy machine may add to it.
const SLACK: Duration = Duration::from_secs(5);
/// Longer than any test waits.
const ENDLESS: Duration = Duration::from_secs(100);

/// A stream that takes some writes, and then is like a socket whose buffer is full.
struct Gate {
    pipe: Pipe,
    /// It has no room at all.
    wall: Pipe,
    left: Arc<AtomicUsize>,
}

impl Gate {
    fn over(pipe: Pipe, left: &Arc<AtomicUsize>) -> Self {
        let (mut wall, far) = Pipe::new(1);
        wall.write_all(b"x").unwrap();
        // It neither reads nor goes.
        std::mem::forget(far);
        Self { pipe, wall, left: Arc::clone(left) }
    }

    fn way(&mut self) -> &mut Pipe {
        let less = |left: usize| if left == usize::MAX { Some(left) } else { left.checked_sub(1) };
        let passes = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok();
        if passes { &mut self.pipe } else { &mut self.wall }
    }
}

impl Read for Gate {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.pipe.read(buf)
    }
}

impl Write for Gate {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.way().write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Duplex for Gate {
    fn try_clone(&self) -> io::Result<Self> {
        let (pipe, wall) = (self.pipe.try_clone()?, self.wall.try_clone()?);
        Ok(Self { pipe, wall, left: Arc::clone(&self.left) })
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.pipe.set_read_timeout(timeout)
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.wall.set_write_timeout(timeout)?;
        self.pipe.set_write_timeout(timeout)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.wall.shutdown(how)?;
        self.pipe.shutdown(how)
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if buf.is_empty() { Ok(0) } else { self.way().try_write(buf) }
    }
}

type Ws = WebSocket<TlsStream<Gate>>;

/// A connection, its peer, and that one's end of the wire below TLS.
struct Ends {
    ws: Ws,
    peer: Peer,
    raw: Pipe,
    left: Arc<AtomicUsize>,
}

fn open(role: Role) -> Ends {
    let (near, far) = Pipe::new(64 << 10);
    let left = Arc::new(AtomicUsize::new(usize::MAX));
    let (near, raw) = (Gate::over(near, &left), far.try_clone().unwrap());
    let acceptor = TlsAcceptor::new(&pem::identity()).unwrap();
    let (near, far) = if role == Role::Server {
        let far = thread::spawn(move || pem::CONNECTOR.connect("localhost", far).unwrap());
        (acceptor.accept(near).unwrap(), far.join().unwrap())
    } else {
        let far = thread::spawn(move || acceptor.accept(far).unwrap());
        (pem::CONNECTOR.connect("localhost", near).unwrap(), far.join().unwrap())
    };
    let mut ws = WebSocket::from_parts(near, role, Vec::new());
    ws.set_close_timeout(CLOSING);
    Ends { ws, peer: peer_of(role, far), raw, left }
}

/// What the peer does all the while, besides reading nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meanwhile {
    Nothing,
    /// Bytes of a record that is never whole.
    Drips,
    /// Frames of which each is whole.
    Talks,
}

/// Goes on until the connection is over, and for as long as that takes.
fn go_on(meanwhile: Meanwhile, mut raw: Pipe, peer: Peer, over: &AtomicBool) -> Peer {
    // It is there to the end, and says no goodbye before.
    let mut stream = peer.get_ref().try_clone().unwrap();
    let ping = RawFrame::ping("").to_bytes(Role::Client);
    let _ = (meanwhile == Meanwhile::Drips).then(|| raw.try_write(b"\x17\x03\x03\x40\0"));
    while !over.load(Ordering::SeqCst) {
        thread::sleep(Duration::from_millis(10));
        let _ = match meanwhile {
            Meanwhile::Nothing => Ok(0),
            Meanwhile::Drips => raw.try_write(b"x"),
            Meanwhile::Talks => stream.try_write(&ping),
        };
    }
    peer
}

/// What the peer has sent before, and how this side ends it.
type Row = (&'static str, fn(&mut Peer), fn(Ws));

const ROWS: [Row; 12] = [
    (
        "the peer closes",
        |peer| peer.close(1000, ""),
        |mut ws| {
            let _ = ws.recv();
        },
    ),
    (
        "both close",
        |peer| peer.close(1000, ""),
        |mut ws| {
            let _ = ws.close(4000, "");
        },
    ),
    (
        "the peer's Close is an event",
        |peer| peer.close(1000, ""),
        |mut ws| {
            assert!(matches!(ws.recv_event(), Ok(Some(Event::Close(_)))));
            let _ = ws.close(4000, "");
        },
    ),
    ("the peer does not answer", |_| {}, |mut ws| assert!(ws.close(4000, "").is_err())),
    (
        "another thread closes",
        |_| {},
        |mut ws| {
            // It may wait for room, and has no time of its own for that.
            let sender = ws.sender().unwrap();
            let closes = thread::spawn(move || drop(sender.close(4000, "")));
            assert!(ws.recv().is_err());
            closes.join().unwrap();
        },
    ),
    (
        "the peer breaks a rule",
        |peer| peer.frame(RawFrame::of(3, "")),
        |mut ws| {
            assert!(matches!(ws.recv(), Err(Error::Protocol(_))));
            let _ = ws.close(1000, "");
        },
    ),
    (
        "a message is given up",
        |peer| peer.close(1000, ""),
        |mut ws| {
            ws.set_write_timeout(CLOSING).unwrap();
            let mut stream = ws.send_stream(MessageKind::Text);
            let _ = stream.write_all(b"half").and_then(|()| stream.flush());
            drop(stream);
            let _ = ws.recv();
        },
    ),
    ("a drop", |_| {}, drop),
    ("a drop after feed", |_| {}, |mut ws| ws.feed("fed").unwrap()),
    (
        "a drop within a message",
        |peer| peer.frame(RawFrame::text("half").fin(false)),
        |mut ws| {
            assert!(ws.recv_timeout(CLOSING / 10).is_err());
        },
    ),
    (
        "a drop after the peer's Close",
        |peer| peer.frame(RawFrame::close_raw("")),
        |mut ws| drop(ws.recv_event()),
    ),
    (
        "a drop while a thread is stuck",
        |_| {},
        |mut ws| {
            let sender = ws.sender().unwrap();
            let writer = thread::spawn(move || sender.send(vec![0; 1 << 20]));
            let _ = ws.recv_timeout(CLOSING / 10);
            drop(ws);
            assert!(writer.join().unwrap().is_err());
        },
    ),
];

#[test]
fn section_7_1_an_end_is_bounded() {
    within(|| {
        thread::scope(|scope| {
            for row in ROWS {
                for role in [Role::Client, Role::Server] {
                    for room in [0, 1, 2, usize::MAX] {
                        for meanwhile in [Meanwhile::Nothing, Meanwhile::Drips, Meanwhile::Talks] {
                            scope.spawn(move || ends(row, role, room, meanwhile));
                        }
                    }
                }
            }
        });
    });
}

fn ends((name, says, act): Row, role: Role, room: usize, meanwhile: Meanwhile) {
    let Ends { mut ws, mut peer, raw, left } = open(role);
    if room % 2 == 1 {
        // Longer than the end may take, as none at all is.
        ws.set_write_timeout(ENDLESS).unwrap();
    }
    peer.send("first");
    assert_eq!(ws.recv().unwrap(), Some("first".into()));
    says(&mut peer);
    left.store(room, Ordering::SeqCst);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let peer = scope.spawn(|| go_on(meanwhile, raw, peer, &over));
        let began = Instant::now();
        act(ws);
        let took = began.elapsed();
        over.store(true, Ordering::SeqCst);
        let case = format!("{name}, {role:?}, room for {room} writes, {meanwhile:?}");
        assert!(took < CLOSING + SLACK, "{case}: {took:?}");
        assert_eq!(Arc::strong_count(&left), 1, "{case}: the stream is not let go of");
        let mut peer = peer.join().unwrap();
        if room == usize::MAX && meanwhile == Meanwhile::Nothing && !name.contains("stuck") {
            // Where there is room for it, an end in order can be read.
            let mut last = None;
            while let Some(frame) = peer.recv_frame() {
                last = Some(frame.opcode);
            }
            assert_eq!(last, Some(CLOSE), "{case}");
        }
    });
}

// `rustls` refuses to.
#[cfg(feature = "tls")]
mod renegotiation {
    //! The other end is the `openssl` program, behind a wire that hands nothing on any more at some
    //! moment. Skipped where there is none.

    use std::io::{BufRead, BufReader};
    use std::net::{TcpListener, TcpStream};
    use std::process::{Child, Command, Stdio};

    use blocking_ws::Phase;

    use super::*;
    use test_support::folder;

    struct Program(Child);

    impl Drop for Program {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    /// The program and where it listens.
    fn start(folder: &folder::Folder) -> Option<(Program, String)> {
        let (cert, key) = (folder.file("cert"), folder.file("key"));
        std::fs::write(&cert, &pem::PEM.0).unwrap();
        std::fs::write(&key, &pem::PEM.1).unwrap();
        let mut program = Command::new("openssl");
        program.args(["s_server", "-accept", "127.0.0.1:0", "-tls1_2", "-cert"]);
        program.arg(cert).arg("-key").arg(key).stderr(Stdio::null());
        let Ok(mut child) = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else {
            eprintln!("skipped: there is no `openssl` to run");
            return None;
        };
        let mut screen = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("ACCEPT ") {
            line.clear();
            assert!(screen.read_line(&mut line).unwrap() > 0, "openssl does not listen");
        }
        let address = line["ACCEPT ".len()..].trim().to_owned();
        thread::spawn(move || io::copy(&mut screen, &mut io::sink()));
        Some((Program(child), address))
    }

    /// Hands on what comes, until it is to stop.
    fn forward(mut from: TcpStream, mut to: TcpStream, stops: &AtomicBool) {
        let mut buf = [0; 1 << 10];
        while let Ok(n @ 1..) = from.read(&mut buf) {
            if !stops.load(Ordering::SeqCst) && to.write_all(&buf[..n]).is_err() {
                return;
            }
        }
    }

    #[test]
    fn that_stops_obeys_the_timeouts() {
        type Call = fn(&mut WebSocket<TlsStream<TcpStream>>) -> Error;
        let rows: [(&str, Call); 4] = [
            ("send", |ws| ws.send("y").unwrap_err()),
            ("a sender's send", |ws| ws.sender().unwrap().send("y").unwrap_err()),
            ("flush", |ws| ws.feed("y").and_then(|()| ws.flush()).unwrap_err()),
            ("close", |ws| {
                ws.set_write_timeout(ENDLESS).unwrap();
                ws.close(1000, "").unwrap_err()
            }),
        ];
        within(move || {
            thread::scope(|scope| {
                for (rule, call) in rows {
                    scope.spawn(move || {
                        let folder = folder::Folder::new();
                        let Some((program, address)) = start(&folder) else { return };
                        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
                        let (wire, far) =
                            (listener.accept().unwrap().0, TcpStream::connect(address).unwrap());
                        let stops = Arc::new(AtomicBool::new(false));
                        let (from, to) = (far.try_clone().unwrap(), wire.try_clone().unwrap());
                        thread::spawn(move || forward(from, to, &AtomicBool::new(false)));
                        let told = Arc::clone(&stops);
                        thread::spawn(move || forward(wire, far, &told));
                        let stream = pem::CONNECTOR.connect("localhost", near).unwrap();
                        let mut ws = WebSocket::from_parts(stream, Role::Client, Vec::new());
                        ws.set_close_timeout(CLOSING);
                        ws.set_write_timeout(CLOSING).unwrap();
                        // A message: the program has its screen and keyboard.
                        let mut keys = program.0.stdin.as_ref().unwrap();
                        keys.write_all(b"\x81\x02a\n").unwrap();
                        assert_eq!(ws.recv().unwrap(), Some("a\n".into()), "{rule}");
                        // It asks, and what we answer does not arrive. Each line is a read of its own.
                        stops.store(true, Ordering::SeqCst);
                        keys.write_all(b"r\n").unwrap();
                        let pauses = ws.recv_timeout(CLOSING / 2);
                        assert!(pauses.unwrap_err().is_timeout(), "{rule}");
                        let began = Instant::now();
                        let error = call(&mut ws);
                        let took = began.elapsed();
                        let is_right =
                            matches!(error, Error::Deadline(Phase::Write | Phase::Close));
                        assert!(is_right, "{rule}: {error:?}, after {took:?}");
                        assert!(took >= CLOSING, "{rule}: too early, {took:?}");
                        assert!(took < CLOSING + SLACK, "{rule}: too late, {took:?}");
                        drop(ws);
                        assert!(began.elapsed() < CLOSING + SLACK, "{rule}: a drop");
                    });
                }
            });
        });
    }
}
