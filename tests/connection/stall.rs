//! A message that has begun must go on (RFC 6455 §5.4): the stall timeout.

use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::RawFrame;
use blocking_ws::{ClosedBy, Error, ProtocolError, Role};
use test_support::ending::{ROLES, is_over, status};
use test_support::peer::{open, opposite};
use test_support::within;

const BOUND: Duration = Duration::from_millis(150);
/// What a busy machine may add to a bound.
const SLACK: Duration = Duration::from_secs(2);

/// A message that has begun and does not go on, up to where it stands still.
fn torn(peer: Role) -> [(&'static str, Vec<u8>); 5] {
    let whole = RawFrame::text([b'x'; 200]).to_bytes(peer);
    [
        ("within a header", whole[..1].to_vec()),
        ("within a length", whole[..3].to_vec()),
        ("within a payload", whole[..100].to_vec()),
        ("between fragments", RawFrame::text("begun").fin(false).to_bytes(peer)),
        ("within a Close frame", RawFrame::close(1000, "bye").to_bytes(peer)[..3].to_vec()),
    ]
}

/// Receives, in one go or by `poll`, until something else than a timeout comes of it.
fn stands_still(role: Role, place: &str, bytes: &[u8], poll: Option<Duration>) {
    let (mut ws, mut peer) = open(role);
    ws.set_stall_timeout(BOUND);
    peer.bytes(bytes);
    let case = format!("{place}, {role:?}, {poll:?}");
    peer.called(&case);
    let hears = thread::spawn(move || {
        peer.expect_frame(RawFrame::close(1008, &ProtocolError::Stalled.to_string()));
        peer.expect_end();
    });
    let began = Instant::now();
    let error = loop {
        let received = match poll {
            Some(poll) => {
                // Others need the processor, too.
                thread::sleep(Duration::from_millis(1));
                ws.recv_timeout(poll)
            }
            None => ws.recv(),
        };
        let error = received.unwrap_err();
        if !error.is_timeout() || began.elapsed() > BOUND + SLACK {
            break error;
        }
    };
    let took = began.elapsed();
    assert!(matches!(error, Error::Protocol(ProtocolError::Stalled)), "{case}: {error:?}");
    assert!(took >= BOUND, "{case}: too early, {took:?}");
    assert!(took < BOUND + SLACK, "{case}: too late, {took:?}");
    hears.join().unwrap();
    assert_eq!(status(&ws), (ClosedBy::Local, 1008, false), "{case}");
    is_over(&mut ws, &case);
}

#[test]
fn section_5_4_a_message_that_stands_still_ends_the_connection() {
    within(|| {
        thread::scope(|scope| {
            for role in ROLES {
                for (rule, bytes) in torn(opposite(role)) {
                    // Polling must not renew the clock.
                    for poll in [None, Some(BOUND / 5), Some(Duration::ZERO)] {
                        let bytes = bytes.clone();
                        scope.spawn(move || stands_still(role, rule, &bytes, poll));
                    }
                }
            }
        });
    });
}

/// Longer than any machine is busy with something else.
const LONG: Duration = Duration::from_millis(1200);

fn takes_its_time(role: Role) {
    let (mut ws, mut peer) = open(role);
    ws.set_stall_timeout(LONG);
    let silence = LONG + LONG / 2;
    assert!(ws.recv_timeout(silence).unwrap_err().is_timeout(), "before the first message");
    peer.send("whole");
    assert_eq!(ws.recv().unwrap(), Some("whole".into()));
    assert!(ws.recv_timeout(silence).unwrap_err().is_timeout(), "after a message");
    peer.frame(RawFrame::text("frag").fin(false));
    peer.frame(RawFrame::continuation("ments"));
    assert_eq!(ws.recv().unwrap(), Some("fragments".into()));
    assert!(ws.recv_timeout(silence).unwrap_err().is_timeout(), "after fragments");
    let drips = thread::spawn(move || {
        for byte in RawFrame::text("slow").to_bytes(opposite(role)) {
            peer.bytes([byte]);
            thread::sleep(LONG / 3);
        }
        peer
    });
    assert_eq!(ws.recv().unwrap(), Some("slow".into()), "although it takes longer");
    drips.join().unwrap();
}

#[test]
fn section_5_4_silence_between_messages_and_slow_progress_are_no_standstill() {
    within(|| {
        thread::scope(|scope| {
            for role in ROLES {
                scope.spawn(move || takes_its_time(role));
            }
        });
    });
}
