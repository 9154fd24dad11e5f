//! Much is read at once, and then little: what comes by time comes in time all the same.

use std::thread;
use std::time::Duration;

use blocking_ws::testing::{Peer, RawFrame};
use blocking_ws::{Role, Sender, WebSocket};
use test_support::peer::{CLOSE, PING, PONG, open};
use test_support::within;

const LIMIT: Duration = Duration::from_millis(800);
/// Shorter than the limit, so that no read waits as long as that.
const PAUSE: Duration = Duration::from_millis(700);
/// Longer than a test.
const LONG: Duration = Duration::from_secs(60);

/// What is set, and the opcode of the frame that is due when the time is over.
type Limit = (&'static str, fn(&mut WebSocket), u8);

const IDLE: Limit = ("idle", |ws| ws.set_idle_timeout(LIMIT), CLOSE);
const LIFETIME: Limit = ("lifetime", |ws| ws.set_max_lifetime(LIMIT), CLOSE);
const PINGS: Limit = ("ping interval", |ws| ws.set_ping_interval(LIMIT), PING);

/// What there is besides the reader.
type Beside = (&'static str, fn(&mut WebSocket, &mut Peer) -> Option<Sender>);

const ALONE: Beside = ("alone", |_, _| None);
const SHARED: Beside = ("beside a sender", |ws, _| Some(ws.sender().unwrap()));
const WITHIN: Beside = ("within a message", |_, peer| {
    peer.frame(RawFrame::text("it begins").fin(false));
    None
});
const STANDS_STILL: Beside = ("within a message that must go on", |ws, peer| {
    ws.set_stall_timeout(LONG);
    peer.frame(RawFrame::text("it begins").fin(false));
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
fn is_answered(peer: &mut Peer, due: u8) -> bool {
    peer.ping("");
    let frame = peer.recv_frame().expect("a frame");
    assert!(frame.opcode == PONG || frame.opcode == due, "{frame:?}");
    frame.opcode == PONG
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
    peer.close(1000, "");
    while peer.recv_frame().is_some() {}
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
