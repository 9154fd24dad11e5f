//! Much is read at once, and then little: what comes by time comes in time all the same.

use std::thread;
use std::time::Duration;

use blocking_ws::testing::Pipe;
use blocking_ws::{Role, Sender, WebSocket};
use test_support::ending::{CLOSE, close, open};
use test_support::wire::Peer;
use test_support::within;

const PING: u8 = 0x89;
const PONG: u8 = 0x8A;

const LIMIT: Duration = Duration::from_millis(800);
/// Shorter than the limit, so that no read waits as long as that.
const PAUSE: Duration = Duration::from_millis(700);
/// Longer than a test.
const LONG: Duration = Duration::from_secs(60);

/// What is set, and the first byte of the frame that is due when the time is over.
type Limit = (&'static str, fn(&mut WebSocket), u8);

const IDLE: Limit = ("idle", |ws| ws.set_idle_timeout(LIMIT), CLOSE);
const LIFETIME: Limit = ("lifetime", |ws| ws.set_max_lifetime(LIMIT), CLOSE);
const PINGS: Limit = ("ping interval", |ws| ws.set_ping_interval(LIMIT), PING);

/// What there is besides the reader.
type Beside = (&'static str, fn(&mut WebSocket, &mut Peer<Pipe>) -> Option<Sender>);

const ALONE: Beside = ("alone", |_, _| None);
const SHARED: Beside = ("beside a sender", |ws, _| Some(ws.sender().unwrap()));
const WITHIN: Beside = ("within a message", |_, peer| {
    peer.send(0x01, b"it begins");
    None
});
const STANDS_STILL: Beside = ("within a message that must go on", |ws, peer| {
    ws.set_stall_timeout(LONG);
    peer.send(0x01, b"it begins");
    None
});

const ROWS: [(Limit, Beside); 9] = [
    (IDLE, ALONE),
    (IDLE, SHARED),
    (LIFETIME, ALONE),
    (LIFETIME, SHARED),
    (LIFETIME, WITHIN),
    (LIFETIME, STANDS_STILL),
    (PINGS, ALONE),
    (PINGS, SHARED),
    (PINGS, WITHIN),
];

/// Sends a ping, which one read brings. Returns `true` if the answer is what comes next.
fn is_answered(peer: &mut Peer<Pipe>, due: u8) -> bool {
    peer.send(PING, b"");
    let (first, _) = peer.next().expect("a frame");
    assert!(first == PONG || first == due, "{first:#x}");
    first == PONG
}

fn slows_down((what, set, due): Limit, (place, begin): Beside) {
    let (mut ws, mut peer) = open(Role::Server);
    let _sender = begin(&mut ws, &mut peer);
    set(&mut ws);
    let receives = thread::spawn(move || ws.recv());
    let is_quick = (0..64).all(|_| is_answered(&mut peer, due));
    let mut slow = 0;
    if is_quick {
        thread::sleep(PAUSE);
        while is_answered(&mut peer, due) {
            slow += 1;
            thread::sleep(PAUSE);
        }
    }
    // One is in time, and a machine that is busy may let more pass.
    assert!(slow <= 6, "{what}, {place}: {slow} pings were answered before that came");
    peer.send(CLOSE, &close(1000, ""));
    while peer.next().is_some() {}
    assert!(receives.join().unwrap().is_ok(), "{what}, {place}");
}

#[test]
fn what_is_due_comes_in_time_however_reads_come() {
    within(|| {
        thread::scope(|scope| {
            for (limit, beside) in ROWS {
                scope.spawn(move || slows_down(limit, beside));
            }
        });
    });
}
