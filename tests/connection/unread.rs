//! A message lies unread behind much else when the program comes back: the connection is not idle.

use std::thread;
use std::time::Duration;

use blocking_ws::testing::{Faults, Faulty, Pipe, RawFrame};
use blocking_ws::{Role, Stream, WebSocket};
use test_support::peer::peer_of;
use test_support::within;

use super::idle::{CALLS, Receive};

/// Longer than a busy machine keeps a thread from running.
const LIMIT: Duration = Duration::from_secs(1);

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
                        // As much as a ping has.
                        let sips = Faulty::new(near).unwrap().reading(Faults::new().chunk(6..=6));
                        comes_back(&name, Stream::new(sips).unwrap(), far, pings, receive);
                    });
                }
            }
        });
    });
}
