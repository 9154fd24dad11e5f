//! A message stands still while the reader looks at the clock: it is no idle time, and the connection
//! is not open for longer because of it.

use std::thread;
use std::time::Duration;

use blocking_ws::testing::{Peer, RawFrame};
use blocking_ws::{Result, Role, WebSocket};
use test_support::peer::{CLOSE, open};
use test_support::within;

use super::idle::{CALLS, Receive, SHORT, closed};

/// A time that ends nothing here, except a test that waits for it.
const LONG: Duration = Duration::from_secs(60);

/// A message of which a part has come, and the rest of it.
fn torn() -> [(&'static str, Vec<u8>, Vec<u8>); 5] {
    let whole = RawFrame::text([b'x'; 200]).to_bytes(Role::Client);
    let (begun, end) = (
        RawFrame::text("begun").fin(false).to_bytes(Role::Client),
        RawFrame::continuation("").to_bytes(Role::Client),
    );
    let ping = RawFrame::ping("").to_bytes(Role::Client);
    let cut = |at: usize| (whole[..at].to_vec(), whole[at..].to_vec());
    [
        ("within a header", cut(1)),
        ("within a length", cut(3)),
        ("within a payload", cut(100)),
        ("between fragments", (begun.clone(), end.clone())),
        ("within a ping", ([&begun, &ping[..1]].concat(), [&ping[1..], &end].concat())),
    ]
    .map(|(place, (begun, rest))| (place, begun, rest))
}

/// Gets its name, a connection on which a message stands still, a way to receive, and the rest of
/// the message.
type Test = fn(&str, (WebSocket, Peer), Receive, &[u8]);

/// Runs a test for each place where a message can stand still, each way to receive, and with a
/// stall timeout or without.
fn each_that_stands_still(test: Test) {
    within(move || {
        thread::scope(|scope| {
            for (call, receive) in CALLS {
                for stall in [None, Some(LONG)] {
                    for (place, begun, rest) in torn() {
                        scope.spawn(move || {
                            let (mut ws, mut peer) = open(Role::Server);
                            ws.set_stall_timeout(stall);
                            peer.bytes(begun);
                            let name = format!("{call}, {place}, stall timeout {stall:?}");
                            peer.called(&name);
                            test(&name, (ws, peer), receive, &rest);
                        });
                    }
                }
            }
        });
    });
}

/// Receives until the end.
fn receives(mut ws: WebSocket, receive: Receive) -> Result<WebSocket> {
    while receive(&mut ws)?.is_some() {}
    Ok(ws)
}

/// Sends the rest of a message and a Close frame, and reads until the end.
fn ends(peer: &mut Peer, rest: &[u8]) {
    peer.bytes(rest);
    peer.close(1001, "");
    while peer.recv_frame().is_some() {}
}

#[test]
fn a_message_that_stands_still_is_no_idle_time() {
    each_that_stands_still(|name, (mut ws, mut peer), receive, rest| {
        ws.set_idle_timeout(SHORT);
        let receiver = thread::spawn(move || receives(ws, receive));
        peer.expect_nothing(4 * SHORT);
        peer.bytes(rest);
        while peer.recv_frame().is_some_and(|frame| frame.opcode != CLOSE) {}
        ends(&mut peer, b"");
        closed(&receiver.join().unwrap().unwrap(), "idle", name);
    });
}

#[test]
fn a_message_that_stands_still_does_not_prolong_a_lifetime() {
    each_that_stands_still(|name, (mut ws, mut peer), receive, rest| {
        ws.set_max_lifetime(SHORT);
        let receiver = thread::spawn(move || receives(ws, receive));
        peer.expect_frame(RawFrame::close(1001, "open for max_lifetime"));
        ends(&mut peer, rest);
        closed(&receiver.join().unwrap().unwrap(), "open for max_lifetime", name);
    });
}
