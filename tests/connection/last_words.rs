//! What is written last when a connection ends while another thread writes, or while there is no room
//! (RFC 6455 §7.1).

use std::thread;
use std::time::Duration;

use blocking_ws::testing::{Pipe, RawFrame, pair};
use blocking_ws::{CloseCode, ClosedBy, Duplex, Hub, Overflow, Role, WebSocket};
use test_support::ending::{ROLES, status};
use test_support::peer::{CLOSE, open, peer_of};
use test_support::within;

const LARGE: usize = 1 << 20;
/// More than what lies in the pipe when the writer is stuck.
const MOMENT: Duration = Duration::from_millis(50);

/// The peer says its last word, ends its own direction and reads on.
fn half_closes<S: Duplex + Send + 'static>(
    ends: (S, S),
    role: Role,
    by_hub: bool,
    last: &RawFrame,
) {
    let mut ws = WebSocket::from_parts(ends.0, role, Vec::new());
    ws.set_close_timeout(Duration::from_secs(20));
    let mut peer = peer_of(role, ends.1);
    let hub = Hub::new().max_queued_bytes(2 * LARGE);
    let seat = by_hub.then(|| hub.join(&ws).unwrap());
    let sender = ws.sender().unwrap();
    let sends = thread::spawn(move || {
        let large = vec![7; LARGE];
        if by_hub { hub.broadcast(large).map(drop) } else { sender.send(large) }
    });
    peer.expect_start();
    peer.frame(last);
    peer.half_close();
    let reader = thread::spawn(move || {
        let received = ws.recv().map(|message| message.is_some());
        (received, ws.close_status().cloned().unwrap())
    });
    // Most of the message is not written when the peer's end is seen.
    thread::sleep(MOMENT);
    peer.expect_frame(RawFrame::binary(vec![7; LARGE]));
    let (received, status) = reader.join().unwrap();
    let answer = peer.recv_frame().expect("a Close frame");
    assert_eq!(answer.opcode, CLOSE);
    peer.expect_end();
    sends.join().unwrap().unwrap();
    if last.opcode == CLOSE {
        assert_eq!((received.unwrap(), answer.payload), (false, last.payload.clone()));
        assert!(status.is_clean(), "{status}");
    } else {
        assert!(received.is_err());
        assert_eq!(answer.payload[..2], 1002_u16.to_be_bytes());
    }
    drop(seat);
}

#[test]
fn section_7_1_1_a_peer_that_ends_its_own_direction_gets_what_is_under_way() {
    let closes = RawFrame::close(1000, "bye");
    for role in ROLES {
        for by_hub in [false, true] {
            for last in [closes.clone(), RawFrame::of(3, "")] {
                within(move || half_closes(Pipe::new(16 << 10), role, by_hub, &last));
            }
        }
    }
}

#[cfg(any(feature = "tls", feature = "rustls"))]
#[test]
fn so_does_a_peer_that_ends_tls() {
    let closes = RawFrame::close(1000, "bye");
    for by_hub in [false, true] {
        let closes = closes.clone();
        within(move || half_closes(tls(Pipe::new(16 << 10)), Role::Client, by_hub, &closes));
    }
}

#[test]
fn section_7_4_1_a_drop_says_1001_while_another_thread_writes() {
    const ROUNDS: usize = 100;
    for by_hub in [false, true] {
        within(move || {
            let mut heard = 0;
            for _ in 0..ROUNDS {
                let (ws, mut peer) = open(Role::Server);
                let hub = Hub::new().overflow(Overflow::DropNewest);
                let sender = ws.sender().unwrap();
                let seat = by_hub.then(|| hub.join(&ws).unwrap());
                let (begun, has_begun) = std::sync::mpsc::sync_channel(0);
                let writes = thread::spawn(move || {
                    let mut begun = Some(begun);
                    for _ in 0..100_000 {
                        let broadcast = || hub.broadcast("hello").map(drop);
                        let outcome = if by_hub { broadcast() } else { sender.send("hello") };
                        begun.take().map(|begun| begun.send(()));
                        if outcome.is_err() || by_hub && hub.is_empty() {
                            return;
                        }
                    }
                });
                let peer = thread::spawn(move || {
                    let mut last = None;
                    while let Some(frame) = peer.recv_frame() {
                        last = Some(frame);
                    }
                    last == Some(RawFrame::close(1001, ""))
                });
                has_begun.recv().unwrap();
                drop(ws);
                drop(seat);
                writes.join().unwrap();
                heard += usize::from(peer.join().unwrap());
            }
            // The writer has a tenth of a second for its turn, which a busy machine may not give it.
            assert!(heard > ROUNDS * 4 / 5, "{heard} of {ROUNDS}, by a hub: {by_hub}");
        });
    }
}

#[test]
fn section_7_1_5_a_failure_of_the_peer_is_no_normal_end() {
    for (rule, theirs, ours, want) in [
        ("the peer failed", 1011, 1000, (ClosedBy::Remote, 1011, true)),
        ("it had its own reason", 4001, 1001, (ClosedBy::Remote, 4001, true)),
        ("it ends, too", 1001, 1000, (ClosedBy::Local, 1000, true)),
        ("this side failed, too", 1011, 4000, (ClosedBy::Local, 4000, true)),
        ("both for the same reason", 4000, 4000, (ClosedBy::Local, 4000, true)),
    ] {
        for by_sender in [false, true] {
            let (mut ws, peer) = pair();
            peer.sender().unwrap().close(theirs, "theirs").unwrap();
            ws.send("an order").unwrap();
            if by_sender {
                ws.sender().unwrap().close(ours, "").unwrap();
                assert_eq!(ws.recv().unwrap(), None, "{rule}");
            } else {
                ws.close(ours, "").unwrap();
            }
            assert_eq!(status(&ws), want, "{rule}, by a sender: {by_sender}");
            let is_normal = want.1 == 1000;
            assert_eq!(ws.close_result().is_ok(), is_normal, "{rule}");
            assert_eq!(ws.close_status().unwrap().is_normal(), is_normal, "{rule}");
        }
    }
}

#[test]
fn section_7_1_5_a_close_frame_that_was_never_written_is_not_the_first() {
    for is_shared in [false, true] {
        within(move || {
            let (near, far) = Pipe::new(64);
            let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
            ws.set_close_timeout(Duration::from_secs(20));
            ws.send(vec![0; 62]).unwrap(); // There is no room any more.
            let sender = is_shared.then(|| ws.sender().unwrap());
            ws.set_max_lifetime(Duration::from_millis(1));
            thread::sleep(Duration::from_millis(5));
            assert!(ws.try_recv().is_err_and(|e| e.is_timeout()));
            let mut peer = peer_of(Role::Server, far);
            peer.close(4000, "mine");
            drop(peer);
            assert_eq!(ws.recv().unwrap(), None);
            let status = ws.close_status().unwrap();
            assert_eq!((status.by(), status.code()), (ClosedBy::Remote, CloseCode::from(4000)));
            assert_eq!((status.reason(), status.is_clean()), ("mine", false));
            drop(sender);
        });
    }
}

#[cfg(any(feature = "tls", feature = "rustls"))]
#[test]
fn a_poll_does_not_wait_for_room_for_the_end_of_tls() {
    use std::io::{Read as _, Write as _};
    use std::time::Instant;

    use blocking_ws::testing::{Fault, Faults, Faulty};

    within(|| {
        let mut room = None;
        for _ in 0..2 {
            let (near, far) = Pipe::new(64 << 10);
            let mut below = far.try_clone().unwrap();
            let near = Faulty::new(near).unwrap();
            let faults = near.handle();
            let (mut peer, server) = tls((far, near));
            // Tickets of TLS 1.3.
            while below.try_read(&mut [0; 1 << 10]).is_ok() {}
            let mut ws = WebSocket::from_parts(server, Role::Server, Vec::new());
            ws.set_close_timeout(Duration::from_millis(1500));
            if let Some(room) = room {
                faults.set_writing(Faults::new().after(room, Fault::Stall));
            }
            peer.write_all(&RawFrame::close(1000, "").to_bytes(Role::Client)).unwrap();
            let mut longest = Duration::ZERO;
            loop {
                let began = Instant::now();
                let polled = ws.try_recv();
                longest = longest.max(began.elapsed());
                match polled {
                    Err(e) if e.is_timeout() => thread::yield_now(),
                    over => break assert!(over.is_ok(), "{over:?}"),
                }
            }
            // The second round has room for the record of the Close frame, and nothing more.
            let mut header = [0; 5];
            below.read_exact(&mut header).unwrap();
            room = Some(header.len() + usize::from(u16::from_be_bytes([header[3], header[4]])));
            assert!(longest < Duration::from_secs(1), "{longest:?}");
        }
    });
}

#[cfg(any(feature = "tls", feature = "rustls"))]
fn tls<T: Duplex + Send + 'static, U: Duplex + Send + 'static>(
    (client, server): (T, U),
) -> (blocking_ws::TlsStream<T>, blocking_ws::TlsStream<U>) {
    let acceptor = blocking_ws::TlsAcceptor::new(&test_support::pem::identity()).unwrap();
    let server = thread::spawn(move || acceptor.accept(server).unwrap());
    let client = test_support::pem::CONNECTOR.connect("localhost", client).unwrap();
    (client, server.join().unwrap())
}
