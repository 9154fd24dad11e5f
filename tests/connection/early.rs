//! Streams of a program whose calls end earlier than they were told.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::mem;
use std::net::Shutdown;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::Pipe;
use blocking_ws::{Client, Duplex, Error, Phase, Role, Settings, WebSocket};
use test_support::within;

/// How long a call waits at most.
const MOST: Duration = Duration::from_millis(20);

/// A stream whose calls wait no longer than [`MOST`], whatever they are told. It keeps what is written
/// until it is flushed.
struct Early(Pipe, Vec<u8>);

impl Early {
    fn pair() -> (Self, Self) {
        let (near, far) = Pipe::new(64 << 10);
        (Self(near, Vec::new()), Self(far, Vec::new()))
    }
}

impl Read for Early {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for Early {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.1.extend(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        while !self.1.is_empty() {
            let n = self.0.write(&self.1)?;
            self.1.drain(..n);
        }
        Ok(())
    }
}

impl Duplex for Early {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(Self(self.0.try_clone()?, Vec::new()))
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.set_read_timeout(timeout.map(|timeout| timeout.min(MOST)))
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.set_write_timeout(timeout.map(|timeout| timeout.min(MOST)))
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.0.shutdown(how)
    }
}

#[test]
fn an_opening_handshake_has_all_of_its_time() {
    const LONG: Duration = Duration::from_secs(30);
    const SHORT: Duration = MOST.saturating_mul(10);

    within(|| {
        for (rule, limit, later) in [("in time", LONG, SHORT), ("never", SHORT, LONG)] {
            let (near, far) = Early::pair();
            let (gone, is_gone) = mpsc::channel::<()>();
            let server = thread::spawn(move || {
                // Until `later`, or until the client has timed out.
                let _ = is_gone.recv_timeout(later);
                Settings::new().accept(far)
            });
            let client = Client::new().connect_timeout(limit);
            let opened = client.connect_over("ws://localhost/", near).map(drop);
            judge(rule, opened, Phase::Connect);
            drop(gone);
            let _ = server.join().unwrap();

            let (near, far) = Early::pair();
            let settings = Settings::new().handshake_timeout(limit);
            let server = thread::spawn(move || settings.accept(far).map(drop));
            let opened = if rule == "in time" {
                thread::sleep(later);
                let _ws = Client::new().connect_over("ws://localhost/", near);
                server.join().unwrap()
            } else {
                server.join().unwrap()
            };
            judge(rule, opened, Phase::Handshake);
        }
    });
}

fn judge(rule: &str, opened: Result<(), Error>, phase: Phase) {
    match opened {
        Ok(()) => assert_eq!(rule, "in time"),
        Err(Error::Deadline(late)) => assert_eq!((rule, late), ("never", phase)),
        Err(e) => panic!("{rule}: {e:?}"),
    }
}

/// On Windows a write that timed out is not repeated.
#[cfg(not(windows))]
#[test]
fn a_flush_has_all_of_the_write_timeout() {
    within(|| {
        let (near, mut far) = Early::pair();
        let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
        ws.set_write_timeout(Duration::from_secs(30)).unwrap();
        let peer = thread::spawn(move || {
            thread::sleep(MOST * 10);
            let mut received = Vec::new();
            far.read_to_end(&mut received).unwrap();
            received.len()
        });
        ws.send(vec![0; 1 << 20]).unwrap();
        drop(ws);
        assert!(peer.join().unwrap() > 1 << 20);
    });
}

#[test]
fn a_flush_ends_with_the_write_timeout() {
    within(|| {
        let (near, _far) = Early::pair();
        let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
        ws.set_write_timeout(MOST * 10).unwrap();
        let began = Instant::now();
        let failed = ws.send(vec![0; 1 << 20]).unwrap_err();
        assert!(matches!(failed, Error::Deadline(Phase::Write)), "{failed:?}");
        let took = began.elapsed();
        assert!(took >= MOST * 10 || cfg!(windows), "{took:?}");
    });
}

/// A stream that takes one byte slowly, and then all. Notes the timeout that a flush has.
struct Slow {
    pipe: Pipe,
    has_taken: bool,
    told: Cell<Option<Duration>>,
    flushed: mpsc::Sender<Option<Duration>>,
}

impl Read for Slow {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.pipe.read(buf)
    }
}

impl Write for Slow {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if mem::replace(&mut self.has_taken, true) {
            return Ok(buf.len());
        }
        thread::sleep(SLOW * 3 / 4);
        Ok(1)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushed.send(self.told.get()).map_err(io::Error::other)
    }
}

impl Duplex for Slow {
    fn try_clone(&self) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.pipe.set_read_timeout(timeout)
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.told.set(timeout);
        Ok(())
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.pipe.shutdown(how)
    }
}

const SLOW: Duration = Duration::from_secs(1);

#[test]
fn a_flush_has_the_time_of_the_window_that_has_begun() {
    within(|| {
        let (flushed, told) = mpsc::channel();
        let (pipe, _far) = Pipe::new(1);
        let stream = Slow { pipe, has_taken: false, told: Cell::default(), flushed };
        let mut ws = WebSocket::from_parts(stream, Role::Server, Vec::new());
        ws.set_write_timeout(SLOW).unwrap();
        // With its header, this is more than 64 KiB, and the last write takes all but the header.
        ws.send(vec![0; (64 << 10) - 1]).unwrap();
        let told = told.try_recv().unwrap().unwrap();
        assert!(told > SLOW * 3 / 4, "{told:?}");
    });
}

/// A stream that says at once that its time is over.
struct Hasty {
    pipe: Pipe,
    has_room: bool,
    calls: Rc<Cell<u32>>,
}

impl Hasty {
    fn call<T>(&self, done: T) -> io::Result<T> {
        self.calls.set(self.calls.get() + 1);
        if self.has_room { Ok(done) } else { Err(io::ErrorKind::WouldBlock.into()) }
    }
}

impl Read for Hasty {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.call(0)
    }
}

impl Write for Hasty {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.call(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.has_room = false;
        self.call(())
    }
}

impl Duplex for Hasty {
    fn try_clone(&self) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    test_support::timeouts_and_shutdown_of!(pipe);
}

#[test]
fn a_stream_that_never_waits_does_not_spin() {
    const TIMEOUT: Duration = Duration::from_millis(100);

    within(|| {
        for (call, has_room) in [("write", false), ("flush", true)] {
            let (pipe, _far) = Pipe::new(1);
            let calls = Rc::<Cell<u32>>::default();
            let stream = Hasty { pipe, has_room, calls: Rc::clone(&calls) };
            let mut ws = WebSocket::from_parts(stream, Role::Server, Vec::new());
            ws.set_write_timeout(TIMEOUT).unwrap();
            let failed = ws.send("x").unwrap_err();
            assert!(matches!(failed, Error::Deadline(Phase::Write)), "{call}: {failed:?}");
            // One in a millisecond, and a few at the end.
            assert!(calls.get() < 200, "{call}: {} calls", calls.get());
        }
    });
}

#[test]
fn a_stream_that_never_waits_for_data_does_not_spin() {
    const TIMEOUT: Duration = Duration::from_millis(100);

    within(|| {
        let (pipe, _far) = Pipe::new(1);
        let calls = Rc::<Cell<u32>>::default();
        let stream = Hasty { pipe, has_room: false, calls: Rc::clone(&calls) };
        let mut ws = WebSocket::from_parts(stream, Role::Server, Vec::new());
        let began = Instant::now();
        assert!(ws.recv_timeout(TIMEOUT).unwrap_err().is_timeout());
        assert!(began.elapsed() >= TIMEOUT);
        // One in a millisecond, and a few at the end.
        assert!(calls.get() < 200, "{} calls", calls.get());
    });
}
