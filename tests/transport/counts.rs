//! A stream of the program counts more bytes than it was given: that is an error and no panic.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use blocking_ws::http::Request;
use blocking_ws::testing::{Peer, Pipe};
use blocking_ws::{Duplex, Error, Hub, Result, Role, WebSocket};
use test_support::opening::good;
use test_support::peer::peer_of;
use test_support::within;

/// The calls that can lie.
const READ: &str = "read";
const WRITE: &str = "write";
const WRITE_SLICES: &str = "write_slices";
const TRY_READ: &str = "try_read";
const TRY_WRITE: &str = "try_write";
/// After a write has waited for too long, what fits is tried once more.
const LAST_TRY: &str = "try_write after a timeout";

/// How many bytes a call counts besides all that it was given.
const MORE: [usize; 3] = [1, 70_000, usize::MAX];
/// Longer than a test takes.
const LONG: Duration = Duration::from_secs(60);

/// Does what the pipe does, but one of its calls lies in the end.
struct Liar {
    pipe: Pipe,
    lies: &'static str,
    more: usize,
    /// How often that call tells the truth before.
    truths: Arc<AtomicUsize>,
}

impl Liar {
    fn of(pipe: Pipe, lies: &'static str, more: usize, truths: usize) -> Self {
        Self { pipe, lies, more, truths: Arc::new(AtomicUsize::new(truths)) }
    }

    fn says(&self, call: &str, most: usize, done: io::Result<usize>) -> io::Result<usize> {
        match done {
            Ok(1..) if self.lies_in(call) => Ok(most.saturating_add(self.more)),
            Ok(1..) if self.lies == call => {
                self.truths.fetch_sub(1, Ordering::SeqCst);
                done
            }
            done => done,
        }
    }

    fn lies_in(&self, call: &str) -> bool {
        self.lies == call && self.truths.load(Ordering::SeqCst) == 0
    }
}

impl Read for Liar {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let done = self.pipe.read(buf);
        self.says(READ, buf.len(), done)
    }
}

impl Write for Liar {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let done = self.pipe.write(buf);
        self.says(WRITE, buf.len(), done)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Duplex for Liar {
    fn try_clone(&self) -> io::Result<Self> {
        let (pipe, truths) = (self.pipe.try_clone()?, self.truths.clone());
        Ok(Self { pipe, truths, ..*self })
    }

    test_support::timeouts_and_shutdown_of!(pipe);

    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.lies_in(LAST_TRY) {
            return Err(ErrorKind::WouldBlock.into());
        }
        let done = self.pipe.write_vectored(slices);
        self.says(WRITE_SLICES, slices.iter().map(|slice| slice.len()).sum(), done)
    }

    fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let done = self.pipe.try_read(buf);
        self.says(TRY_READ, buf.len(), done)
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let done = self.pipe.try_write(buf);
        let done = self.says(LAST_TRY, buf.len(), done);
        self.says(TRY_WRITE, buf.len(), done)
    }
}

/// What the program does while one of the calls lies, with a ping and messages unread.
type Act<S> = fn(&mut WebSocket<S>) -> Result<()>;

/// Calls that return the error of the stream.
fn told<S: Duplex + Send + 'static>() -> Vec<(&'static str, &'static str, Act<S>)> {
    vec![
        (READ, "recv", |ws| ws.recv().map(drop)),
        (READ, "recv_timeout", |ws| ws.recv_timeout(LONG).map(drop)),
        (READ, "close", |ws| ws.close(1000, "")),
        (TRY_READ, "try_recv", |ws| ws.try_recv().map(drop)),
        (WRITE_SLICES, "send", |ws| ws.send("hello")),
        (WRITE_SLICES, "send what is large", |ws| ws.send(vec![7; 40_000])),
        (WRITE_SLICES, "a sender", |ws| ws.sender()?.send("hello")),
        (WRITE_SLICES, "a member of a hub", |ws| {
            let _seat = Hub::new().join(ws)?;
            ws.send(vec![7; 200_000])
        }),
    ]
}

/// What fails in a call that has something else to tell, or in another thread. Then nothing can be
/// sent any more.
fn untold<S: Duplex + Send + 'static>() -> Vec<(&'static str, &'static str, Act<S>)> {
    vec![
        (WRITE_SLICES, "close", |ws| ws.close(1000, "")),
        (LAST_TRY, "send", |ws| {
            ws.set_write_timeout(Duration::from_millis(20))?;
            ws.send("hello")
        }),
        (TRY_WRITE, "the answer to a ping", |ws| ws.recv().map(drop)),
        (TRY_WRITE, "what was fed", |ws| {
            ws.feed("hello")?;
            ws.recv().map(drop)
        }),
        (TRY_WRITE, "a hub", |ws| {
            let hub = Hub::new();
            let _seat = hub.join(ws)?;
            hub.broadcast("hello")?;
            let _ = hub.flush(LONG);
            Ok(())
        }),
    ]
}

/// A connection over a stream, and the peer, which has sent something.
fn open<S, P>((near, far): (S, P)) -> (WebSocket<S>, Peer)
where
    S: Duplex,
    P: Duplex + Send + 'static,
{
    let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
    ws.set_close_timeout(Duration::from_millis(100));
    let mut peer = peer_of(Role::Server, far);
    peer.ping("");
    peer.send("a message");
    (ws, peer)
}

/// Runs all of that over streams that `wrap` makes of a liar and the other end of its pipe.
fn lies<S, P>(wrap: fn((Liar, Pipe)) -> (S, P))
where
    S: Duplex + Send + 'static,
    P: Duplex + Send + 'static,
{
    let told = told().into_iter().map(|row| (row, true));
    for ((call, what, act), is_told) in told.chain(untold().into_iter().map(|row| (row, false))) {
        for more in MORE {
            let case = format!("{call} counts {more} too many: {what}");
            let (near, far) = Pipe::new(64 << 10);
            let near = Liar::of(near, call, more, usize::MAX);
            let truths = near.truths.clone();
            let (mut ws, peer) = open(wrap((near, far)));
            truths.store(0, Ordering::SeqCst);
            let done = act(&mut ws);
            if is_told {
                let is_lost =
                    |e: &Error| matches!(e, Error::Lost(e) if e.kind() == ErrorKind::InvalidData);
                assert!(done.as_ref().is_err_and(is_lost), "{case}: {done:?}");
            }
            assert!(ws.send("late").is_err(), "{case}");
            drop(peer);
            while let Ok(Some(_)) = ws.recv() {}
            assert!(ws.close_status().is_some(), "{case}");
        }
    }
}

#[test]
fn of_a_connection() {
    within(|| lies(|ends| ends));
}

/// A stream of which the library knows nothing but to read and write it.
struct Half(Liar);

impl Read for Half {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for Half {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// What a program does with a stream that it reads and writes.
type Use = fn(Half) -> Result<()>;

#[test]
fn of_half_a_stream_and_of_an_opening_handshake() {
    let rows: [(&str, &str, Use); 6] = [
        (READ, "recv", |half| {
            WebSocket::from_parts(half, Role::Client, Vec::new()).recv().map(drop)
        }),
        (WRITE, "send", |half| WebSocket::from_parts(half, Role::Client, Vec::new()).send("hello")),
        (READ, "accept", |half| WebSocket::accept(half).map(drop)),
        (WRITE, "accept", |half| WebSocket::accept(half).map(drop)),
        (READ, "connect", |half| WebSocket::connect(request(), half).map(drop)),
        (WRITE, "connect", |half| WebSocket::connect(request(), half).map(drop)),
    ];
    within(move || {
        for (call, what, act) in rows {
            for more in MORE {
                let case = format!("{call} counts {more} too many: {what}");
                let (near, mut far) = Pipe::new(64 << 10);
                let near = Liar::of(near, call, more, 0);
                far.write_all(good("").as_bytes()).unwrap();
                let error = act(Half(near)).expect_err(&case);
                let Error::Lost(e) = error else { panic!("{case}: {error:?}") };
                assert_eq!(e.kind(), ErrorKind::InvalidData, "{case}");
            }
        }
    });
}

#[test]
fn of_the_body_of_a_refusal() {
    within(|| {
        for more in MORE {
            // The head comes with the first read, and the body with the next: there is no more room.
            let head = b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\n";
            let (near, mut far) = Pipe::new(head.len());
            far.write_all(head).unwrap();
            let late = thread::spawn(move || {
                let mut asked = Vec::new();
                while !asked.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    far.read_exact(&mut byte).unwrap();
                    asked.push(byte[0]);
                }
                far.write_all(b"body").unwrap();
                far
            });
            let near = Liar::of(near, READ, more, 1);
            let error = WebSocket::connect(request(), Half(near)).expect_err("a refusal");
            let Error::Refused(response) = error else { panic!("{more}: {error:?}") };
            assert_eq!(response.status(), 404, "{more}");
            drop(late.join().unwrap());
        }
    });
}

fn request() -> Request<()> {
    Request::get("ws://localhost/").body(()).unwrap()
}

#[cfg(any(feature = "tls", feature = "rustls"))]
mod tls {
    use blocking_ws::{TlsAcceptor, TlsStream};
    use test_support::pem::{CONNECTOR, identity};

    use super::*;

    fn accepted((near, far): (Liar, Pipe)) -> (TlsStream<Liar>, TlsStream<Pipe>) {
        let acceptor = TlsAcceptor::new(&identity()).unwrap();
        let client = thread::spawn(move || CONNECTOR.connect("localhost", far).unwrap());
        (acceptor.accept(near).unwrap(), client.join().unwrap())
    }

    #[test]
    fn below_tls() {
        within(|| lies(accepted));
    }

    #[test]
    fn below_a_tls_handshake() {
        within(|| {
            for call in [READ, WRITE_SLICES] {
                for more in MORE {
                    let case = format!("{call} counts {more} too many");
                    let (near, far) = Pipe::new(64 << 10);
                    let near = Liar::of(near, call, more, 0);
                    let acceptor = TlsAcceptor::new(&identity()).unwrap();
                    let server = thread::spawn(move || acceptor.accept(near).map(drop));
                    // It may have been told all of it.
                    let _ = CONNECTOR.connect("localhost", far);
                    let error = server.join().unwrap().expect_err(&case);
                    let Error::Tls(e) = error else { panic!("{case}: {error:?}") };
                    assert_eq!(e.kind(), ErrorKind::InvalidData, "{case}");
                }
            }
        });
    }
}
