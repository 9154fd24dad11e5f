//! A message stands still while the reader looks at the clock: it is no idle time, and the connection
//! is not open for longer because of it.

use std::io::{ErrorKind, Read, Write};
use std::thread;
use std::time::Duration;

use blocking_ws::testing::Pipe;
use blocking_ws::{Duplex, Result, Role, WebSocket};
use test_support::ending::{CLOSE, close, open};
use test_support::wire::{Peer, TEXT, frame};
use test_support::within;

use super::idle::{CALLS, Receive, SHORT, closed};

const PING: u8 = 0x89;

/// A time that ends nothing here, except a test that waits for it.
const LONG: Duration = Duration::from_secs(60);

/// A message of which a part has come, and the rest of it.
fn torn() -> [(&'static str, Vec<u8>, Vec<u8>); 5] {
    let whole = frame(true, TEXT, &[b'x'; 200]);
    let (begun, end) = (frame(true, 0x01, b"begun"), frame(true, 0x80, b""));
    let ping = frame(true, PING, b"");
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
type Test = fn(&str, (WebSocket, Peer<Pipe>), Receive, &[u8]);

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
                            peer.stream.write_all(&begun).unwrap();
                            let name = format!("{call}, {place}, stall timeout {stall:?}");
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
fn ends(peer: &mut Peer<Pipe>, rest: &[u8]) {
    peer.stream.write_all(rest).unwrap();
    peer.send(CLOSE, &close(1001, ""));
    while peer.next().is_some() {}
}

#[test]
fn a_message_that_stands_still_is_no_idle_time() {
    each_that_stands_still(|name, (mut ws, mut peer), receive, rest| {
        ws.set_idle_timeout(SHORT);
        let receiver = thread::spawn(move || receives(ws, receive));
        peer.stream.set_read_timeout(Some(4 * SHORT)).unwrap();
        let mut said = [0; 16];
        let said = peer.stream.read(&mut said).map(|n| said[..n].to_vec());
        let nothing = said.as_ref().is_err_and(|e| e.kind() == ErrorKind::WouldBlock);
        assert!(nothing, "{name}: {said:?}");
        peer.stream.set_read_timeout(None).unwrap();
        peer.stream.write_all(rest).unwrap();
        while peer.next().is_some_and(|(first, _)| first != CLOSE) {}
        ends(&mut peer, b"");
        closed(&receiver.join().unwrap().unwrap(), "idle", name);
    });
}

#[test]
fn a_message_that_stands_still_does_not_prolong_a_lifetime() {
    each_that_stands_still(|name, (mut ws, mut peer), receive, rest| {
        ws.set_max_lifetime(SHORT);
        let receiver = thread::spawn(move || receives(ws, receive));
        let told = close(1001, "open for max_lifetime");
        assert_eq!(peer.next(), Some((CLOSE, told)), "{name}");
        ends(&mut peer, rest);
        closed(&receiver.join().unwrap().unwrap(), "open for max_lifetime", name);
    });
}
