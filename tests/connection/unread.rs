//! A message lies unread behind much else when the program comes back: the connection is not idle.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use blocking_ws::testing::{Pipe, RawFrame};
use blocking_ws::{Duplex, Role, Stream, WebSocket};
use test_support::peer::peer_of;
use test_support::within;

use super::idle::{CALLS, Receive};

/// Longer than a busy machine keeps a thread from running.
const LIMIT: Duration = Duration::from_secs(1);

/// Brings as much as a ping has with each read.
struct Sips(Pipe);

impl Sips {
    const MOST: usize = 6;
}

impl Read for Sips {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = buf.len().min(Self::MOST);
        self.0.read(&mut buf[..most])
    }
}

impl Write for Sips {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Duplex for Sips {
    fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.set_read_timeout(timeout)
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.set_write_timeout(timeout)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.0.shutdown(how)
    }

    fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = buf.len().min(Self::MOST);
        self.0.try_read(&mut buf[..most])
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.try_write(buf)
    }
}

/// The program is away for longer than the idle timeout, while this many pings arrive, and then a
/// message.
fn comes_back(name: &str, near: Stream, far: Pipe, pings: usize, receive: Receive) {
    let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
    let mut peer = peer_of(Role::Server, far);
    ws.set_idle_timeout(LIMIT);
    peer.send("the first");
    assert!(receive(&mut ws).unwrap().is_some(), "{name}");
    // The time begins, and so little comes that every read looks at the clock.
    assert!(ws.recv_timeout(LIMIT / 50).unwrap_err().is_timeout(), "{name}");
    peer.bytes(RawFrame::ping("").to_bytes(Role::Client).repeat(pings));
    peer.send("the second");
    thread::sleep(LIMIT * 3 / 2);
    assert!(receive(&mut ws).unwrap().is_some(), "{name}");
    ws.send("it is open").unwrap_or_else(|e| panic!("{name}: {e}"));
    // Behind pongs.
    peer.called(name).expect_text("it is open");
}

#[test]
fn what_lies_in_front_of_a_message_does_not_make_a_connection_idle() {
    within(|| {
        thread::scope(|scope| {
            for (call, receive) in CALLS {
                for pings in [0, 3, 600] {
                    scope.spawn(move || {
                        let (near, far) = Pipe::new(64 << 10);
                        let name = format!("{call}, {pings} pings");
                        comes_back(&name, Stream::new(near).unwrap(), far, pings, receive);
                    });
                }
                for pings in 0..5 {
                    scope.spawn(move || {
                        let (near, far) = Pipe::new(64 << 10);
                        let name = format!("{call}, {pings} pings, each with a read");
                        comes_back(&name, Stream::new(Sips(near)).unwrap(), far, pings, receive);
                    });
                }
            }
        });
    });
}
