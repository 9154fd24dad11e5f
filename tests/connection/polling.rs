//! A program that only polls, by `try_recv`, has all that one that waits has, and never waits.

#![cfg(unix)]

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{Peer, Pipe, RawFrame};
use blocking_ws::{Duplex, Error, Message, Phase, ProtocolError, Role, WebSocket};
use test_support::drip::Drip;
use test_support::peer::{opposite, peer_of};
use test_support::socket::tcp;
use test_support::within;

const BOUND: Duration = Duration::from_millis(150);
/// What a busy machine may add to a bound.
const SLACK: Duration = Duration::from_secs(5);

fn drip() -> (Drip<Pipe>, Drip<Pipe>) {
    let (near, far) = Pipe::new(1 << 20);
    (Drip::of(near), Drip::of(far))
}

#[cfg(any(feature = "tls", feature = "rustls"))]
fn tls<S: Duplex + Send + 'static>(
    (client, server): (S, S),
    role: Role,
) -> (blocking_ws::TlsStream<S>, blocking_ws::TlsStream<S>) {
    let acceptor = blocking_ws::TlsAcceptor::new(&test_support::pem::identity()).unwrap();
    let server = thread::spawn(move || acceptor.accept(server).unwrap());
    let client = test_support::pem::CONNECTOR.connect("localhost", client).unwrap();
    let server = server.join().unwrap();
    if role == Role::Client { (client, server) } else { (server, client) }
}

/// Makes the tests below for one kind of stream; `$open` makes two ends of it for a role.
macro_rules! polling {
    ($transport:ident, $open:expr) => {
        polling! { $transport, $open,
            nothing_is_lost_at_any_byte
            section_5_5_2_a_silent_peer_is_pinged_and_lost
            section_5_4_a_message_that_stands_still_is_stalled
            section_7_1_2_a_peer_that_does_not_answer_is_late
            what_came_while_the_program_was_away_is_in_time
            the_rest_of_a_stream_that_was_left_is_skipped
            a_receiving_call_waits_again
        }
    };
    ($transport:ident, $open:expr, $($test:ident)*) => {
        mod $transport {
            use super::*;
            $(
                #[test]
                fn $test() {
                    for role in [Role::Client, Role::Server] {
                        within(move || over::$test($open(role), role));
                    }
                }
            )*
        }
    };
}

polling!(in_memory, |_| Pipe::new(1 << 20));
polling!(over_tcp, |_| tcp());
polling!(over_unix, |_| UnixStream::pair().unwrap());
polling!(over_a_stream_that_stops_at_every_byte, |_| drip());
#[cfg(any(feature = "tls", feature = "rustls"))]
polling!(over_tls, |role| tls(tcp(), role));
#[cfg(any(feature = "tls", feature = "rustls"))]
polling!(over_tls_that_stops_at_every_byte, |role| tls(drip(), role));

fn open<S: Duplex + Send + 'static>((near, far): (S, S), role: Role) -> (WebSocket<S>, Peer) {
    (WebSocket::from_parts(near, role, Vec::new()), peer_of(role, far))
}

/// Polls until something else than a timeout comes of it.
fn polled<S: Duplex>(ws: &mut WebSocket<S>) -> Result<Option<Message>, Error> {
    loop {
        match ws.try_recv() {
            // Others need the processor, too.
            Err(e) if e.is_timeout() => thread::sleep(Duration::from_micros(50)),
            other => return other,
        }
    }
}

mod over {
    use super::*;

    pub(super) fn nothing_is_lost_at_any_byte<S: Duplex + Send + 'static>(
        ends: (S, S),
        role: Role,
    ) {
        let (mut ws, mut peer) = open(ends, role);
        ws.set_close_timeout(SLACK);
        let long = "\u{20ac}".repeat(100);
        let frames = [
            RawFrame::text("h\u{e9}"),
            // The fragments part a character of four bytes.
            RawFrame::text(b"a\xf0\x9f").fin(false),
            RawFrame::ping("ping"),
            RawFrame::continuation(b"\xa6").fin(false),
            RawFrame::continuation(b"\x80z"),
            RawFrame::binary(""),
            RawFrame::text(&long),
        ];
        let mut got = Vec::new();
        for frame in frames {
            for byte in frame.to_bytes(opposite(role)) {
                peer.bytes([byte]);
                match ws.try_recv() {
                    Ok(message) => got.push(message.unwrap()),
                    Err(e) => assert!(e.is_timeout(), "{e}"),
                }
            }
        }
        while got.len() < 4 {
            got.push(polled(&mut ws).unwrap().unwrap());
        }
        let want: [Message; 4] =
            ["h\u{e9}".into(), "a\u{1f980}z".into(), vec![].into(), long.into()];
        assert_eq!(got, want);
        peer.expect_frame(RawFrame::pong("ping"));
        peer.close(1000, "bye");
        peer.half_close();
        assert_eq!(polled(&mut ws).unwrap(), None);
        assert!(ws.close_status().unwrap().is_clean());
        peer.expect_frame(RawFrame::close(1000, "bye"));
    }

    pub(super) fn section_5_5_2_a_silent_peer_is_pinged_and_lost<S: Duplex + Send + 'static>(
        ends: (S, S),
        role: Role,
    ) {
        let (mut ws, mut peer) = open(ends, role);
        let began = Instant::now();
        ws.set_ping_interval(BOUND);
        ws.set_pong_timeout(2 * BOUND);
        let error = polled(&mut ws).unwrap_err();
        let took = began.elapsed();
        assert!(matches!(error, Error::Deadline(Phase::Pong)), "{error:?}");
        assert!(took >= 3 * BOUND && took < 3 * BOUND + SLACK, "{took:?}");
        peer.expect_ping();
    }

    pub(super) fn section_5_4_a_message_that_stands_still_is_stalled<S: Duplex + Send + 'static>(
        ends: (S, S),
        role: Role,
    ) {
        let (mut ws, mut peer) = open(ends, role);
        ws.set_stall_timeout(BOUND);
        // The end of the connection takes no time of its own.
        ws.set_close_timeout(Duration::from_millis(1));
        let began = Instant::now();
        peer.frame(RawFrame::text("it begins").fin(false));
        let error = polled(&mut ws).unwrap_err();
        let took = began.elapsed();
        assert!(matches!(error, Error::Protocol(ProtocolError::Stalled)), "{error:?}");
        assert!(took >= BOUND && took < BOUND + SLACK, "{took:?}");
    }

    pub(super) fn section_7_1_2_a_peer_that_does_not_answer_is_late<S: Duplex + Send + 'static>(
        ends: (S, S),
        role: Role,
    ) {
        let (mut ws, mut peer) = open(ends, role);
        ws.set_close_timeout(BOUND);
        let began = Instant::now();
        ws.sender().unwrap().close(4000, "").unwrap();
        peer.send("on its way");
        assert_eq!(polled(&mut ws).unwrap(), Some("on its way".into()));
        let error = polled(&mut ws).unwrap_err();
        let took = began.elapsed();
        assert!(matches!(error, Error::Deadline(Phase::Close)), "{error:?}");
        assert!(took >= BOUND && took < BOUND + SLACK, "{took:?}");
        assert_eq!(ws.try_recv().unwrap(), None);
    }

    pub(super) fn what_came_while_the_program_was_away_is_in_time<S: Duplex + Send + 'static>(
        ends: (S, S),
        role: Role,
    ) {
        // Longer than a busy machine takes for two calls.
        const SHORT: Duration = Duration::from_millis(500);
        let (mut ws, mut peer) = open(ends, role);
        ws.set_stall_timeout(SHORT);
        peer.frame(RawFrame::binary("a").fin(false));
        // A stream that stops at every byte brings the next one at the second call.
        (0..2).for_each(|_| assert!(ws.try_recv().unwrap_err().is_timeout()));
        peer.frame(RawFrame::continuation("b"));
        ws.set_stall_timeout(SLACK);
        thread::sleep(SHORT * 6 / 5);
        assert_eq!(polled(&mut ws).unwrap(), Some(b"ab"[..].into()));
    }

    pub(super) fn the_rest_of_a_stream_that_was_left_is_skipped<S: Duplex + Send + 'static>(
        ends: (S, S),
        role: Role,
    ) {
        let (mut ws, mut peer) = open(ends, role);
        peer.frame(RawFrame::binary("abc").fin(false));
        let mut part = ws.recv_stream().unwrap().unwrap();
        part.read_exact(&mut [0; 2]).unwrap();
        assert!(ws.try_recv().unwrap_err().is_timeout());
        peer.frame(RawFrame::continuation("def").fin(false));
        assert!(ws.try_recv().unwrap_err().is_timeout());
        peer.frame(RawFrame::continuation("ghi"));
        peer.send("next");
        assert_eq!(polled(&mut ws).unwrap(), Some("next".into()));

        // Part of a message that timed out is the beginning of a stream.
        peer.frame(RawFrame::binary("abc").fin(false));
        for _ in 0..20 {
            assert!(ws.try_recv().unwrap_err().is_timeout());
        }
        peer.frame(RawFrame::continuation("def"));
        let mut whole = Vec::new();
        ws.recv_stream().unwrap().unwrap().read_to_end(&mut whole).unwrap();
        assert_eq!(whole, b"abcdef");
    }

    pub(super) fn a_receiving_call_waits_again<S>(ends: (S, S), role: Role)
    where
        S: Duplex + Send + 'static,
    {
        let (mut ws, mut peer) = open(ends, role);
        for _ in 0..10 {
            assert!(ws.try_recv().unwrap_err().is_timeout());
        }
        let began = Instant::now();
        assert!(ws.recv_timeout(BOUND).unwrap_err().is_timeout());
        assert!(began.elapsed() >= BOUND, "{:?}", began.elapsed());
        let (ready, go) = mpsc::channel();
        let receiver = thread::spawn(move || {
            assert!(ws.try_recv().unwrap_err().is_timeout());
            ready.send(()).unwrap();
            ws.recv()
        });
        go.recv().unwrap();
        // If it did not wait, it would be over before this peer spoke.
        thread::sleep(Duration::from_millis(20));
        peer.send("late");
        assert_eq!(receiver.join().unwrap().unwrap(), Some("late".into()));
    }
}

/// No call that may wait is made, whatever comes.
#[test]
fn a_poll_never_waits() {
    type Act = fn(&mut Peer);
    let rows: [(&str, Act); 6] = [
        ("nothing", |_| {}),
        ("a message", |peer| peer.send("x")),
        ("part of one", |peer| peer.frame(RawFrame::text("x").fin(false))),
        ("a ping", |peer| peer.ping("x")),
        ("a Close frame", |peer| peer.frame(RawFrame::close_raw(""))),
        ("a broken rule", |peer| peer.frame(RawFrame::of(3, ""))),
    ];
    for (rule, act) in rows {
        for role in [Role::Client, Role::Server] {
            within(move || {
                let (near, far) = drip();
                let waits = near.waits.clone();
                let (mut ws, mut peer) = open((near, far), role);
                ws.set_close_timeout(BOUND);
                ws.set_stall_timeout(BOUND);
                ws.set_ping_interval(BOUND);
                ws.set_pong_timeout(BOUND);
                ws.feed("fed").unwrap();
                act(&mut peer);
                let began = Instant::now();
                while began.elapsed() < 3 * BOUND {
                    let _ = ws.try_recv();
                    let _ = ws.recv_timeout(Duration::ZERO);
                    ws.set_read_timeout(Duration::ZERO);
                    let _ = ws.recv().map(drop);
                    let _ = ws.recv_ref().map(drop);
                    let _ = ws.recv_event().map(drop);
                    if let Ok(Some(mut stream)) = ws.recv_stream() {
                        let _ = stream.read(&mut [0]);
                    }
                    thread::sleep(Duration::from_millis(1));
                }
                assert_eq!(waits.load(Ordering::Relaxed), 0, "{rule}, {role:?}");
                let row = format!("{rule}, {role:?}");
                peer.called(&row).expect_frame(RawFrame::text("fed"));
            });
        }
    }
}

/// Each call has its own time, and the peer's answer is seen even after the close timeout.
#[test]
fn an_answer_that_lies_there_is_not_late() {
    for role in [Role::Client, Role::Server] {
        within(move || {
            let (mut ws, mut peer) = open(Pipe::new(1 << 10), role);
            let timeout = Duration::from_millis(20);
            ws.set_close_timeout(timeout);
            ws.sender().unwrap().close(1000, "").unwrap();
            peer.close(1000, "");
            thread::sleep(2 * timeout);
            assert_eq!(polled(&mut ws).unwrap(), None);
            assert!(ws.close_status().unwrap().is_clean());
        });
    }
}

#[test]
fn a_peer_that_sends_without_end_does_not_hold_a_poll() {
    let start = RawFrame::text("").fin(false);
    let more = RawFrame::continuation("").fin(false);
    let kinds = [
        ("pings", vec![RawFrame::ping("x")]),
        ("empty fragments", vec![start, more.clone(), more, RawFrame::continuation("")]),
        ("data after its Close frame", vec![RawFrame::close_raw(""), RawFrame::text("x")]),
    ];
    for (rule, frames) in kinds {
        for role in [Role::Client, Role::Server] {
            let frames = frames.clone();
            within(move || {
                let (mut ws, peer) = open(Pipe::new(16 << 10), role);
                ws.set_close_timeout(SLACK);
                let mut far = peer.get_ref().try_clone().unwrap();
                let is_over = AtomicBool::new(false);
                thread::scope(|scope| {
                    scope.spawn(|| {
                        let bytes: Vec<u8> = frames
                            .iter()
                            .flat_map(|frame| frame.to_bytes(opposite(role)))
                            .collect();
                        while !is_over.load(Ordering::Relaxed) {
                            if far.write_all(&bytes).is_err() {
                                break;
                            }
                        }
                    });
                    for _ in 0..20 {
                        let began = Instant::now();
                        let _ = ws.try_recv();
                        assert!(began.elapsed() < SLACK, "{rule}: {:?}", began.elapsed());
                    }
                    is_over.store(true, Ordering::Relaxed);
                    drop(ws);
                });
            });
        }
    }
}
