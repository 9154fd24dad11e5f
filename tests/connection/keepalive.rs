//! Keepalive (RFC 6455 §5.5.2, §5.5.3): pings at an interval, and a peer that shows no sign of life.
//! `tests/transport/tls.rs` has `wss://`.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{Key, MockServer, Peer, Pipe, RawFrame};
use blocking_ws::{
    Client, ClosedBy, Duplex, Error, Event, Phase, ProtocolError, Role, Server, Stream, WebSocket,
};
use test_support::ending::{ROLES, is_over, status};
use test_support::peer::{CLOSE, PING, open, opposite, peer_of};
use test_support::within;

const INTERVAL: Duration = Duration::from_millis(40);
const TIMEOUT: Duration = Duration::from_millis(120);
/// Longer than a busy machine keeps a peer from answering.
const LONG: Duration = Duration::from_secs(1);
/// What a busy machine may add to a bound.
const SLACK: Duration = Duration::from_secs(5);
/// No buffer of any system takes this whole.
const ENDLESS: usize = 32 << 20;

type Call = fn(&mut WebSocket) -> Result<(), Error>;

/// Every way to receive.
const CALLS: [(&str, Call); 8] = [
    ("recv", |ws| ws.recv().map(drop)),
    ("recv beside senders", |ws| {
        ws.sender()?;
        ws.recv().map(drop)
    }),
    ("recv with a read timeout", |ws| {
        ws.set_read_timeout(INTERVAL / 3);
        ws.recv().map(drop)
    }),
    ("recv_ref", |ws| ws.recv_ref().map(drop)),
    ("recv_event", |ws| ws.recv_event().map(drop)),
    ("messages", |ws| ws.messages().next().transpose().map(drop)),
    ("recv_timeout", |ws| ws.recv_timeout(Duration::from_millis(10)).map(drop)),
    ("try_recv", |ws| {
        // Others need the processor, too.
        thread::sleep(Duration::from_millis(1));
        ws.try_recv().map(drop)
    }),
];

/// Receives until the connection is over.
fn lasts(ws: &mut WebSocket, call: Call) -> Option<Error> {
    loop {
        match call(ws) {
            Err(e) if e.is_timeout() => {}
            Err(e) => return Some(e),
            Ok(()) if ws.close_status().is_some() => return None,
            Ok(()) => {}
        }
    }
}

/// Runs a test for each row at the same time.
fn each<T: Copy + Send + 'static>(rows: &[T], test: fn(Role, T)) {
    let rows = rows.to_vec();
    within(move || {
        thread::scope(|scope| {
            for role in ROLES {
                for row in rows.clone() {
                    scope.spawn(move || test(role, row));
                }
            }
        });
    });
}

#[test]
fn section_5_5_2_a_quiet_peer_is_pinged_at_the_interval() {
    each(&CALLS, |role, (name, call)| {
        let (mut ws, mut peer) = open(role);
        peer.called(name);
        let began = Instant::now();
        ws.set_ping_interval(INTERVAL);
        ws.set_pong_timeout(LONG);
        let receiver = thread::spawn(move || lasts(&mut ws, call).is_none());
        for n in 1..=3 {
            let payload = peer.expect_ping();
            let took = began.elapsed();
            assert!(took >= n * INTERVAL, "{name}: ping {n} is too early, {took:?}");
            assert!(took < n * INTERVAL + SLACK, "{name}: ping {n} is too late, {took:?}");
            peer.pong(&payload);
        }
        peer.close(1000, "");
        while peer.recv_frame().is_some_and(|frame| frame.opcode != CLOSE) {}
        drop(peer);
        assert!(receiver.join().unwrap(), "{name}: it ends in order");
    });
}

#[test]
fn section_7_1_5_a_silent_peer_is_lost() {
    each(&CALLS, |role, (name, call)| {
        let (mut ws, mut peer) = open(role);
        let began = Instant::now();
        ws.set_ping_interval(INTERVAL);
        ws.set_pong_timeout(TIMEOUT);
        let hears = thread::spawn(move || {
            let mut pings = 0;
            while let Some(frame) = peer.recv_frame() {
                assert_eq!(frame.opcode, PING, "pings, and no Close frame");
                pings += 1;
            }
            pings
        });
        let error = lasts(&mut ws, call).expect("an error");
        let took = began.elapsed();
        assert!(matches!(error, Error::Deadline(Phase::Pong)), "{name}: {error:?}");
        assert!(took >= INTERVAL + TIMEOUT, "{name}: too early, {took:?}");
        assert!(took < INTERVAL + TIMEOUT + SLACK, "{name}: too late, {took:?}");
        let text = Phase::Pong.to_string();
        assert!(text.starts_with("nothing came from the peer within pong_timeout after a ping"));
        assert_eq!(error.to_string(), text, "{name}");
        assert_eq!(status(&ws), (ClosedBy::Loss, 1006, false), "{name}");
        assert_eq!(ws.close_status().unwrap().reason(), text, "{name}");
        assert_eq!(ws.latency(), None, "{name}");
        is_over(&mut ws, name);
        assert!(hears.join().unwrap() > 0, "{name}: it was pinged, and saw the end");
    });
}

/// What a peer does about each ping, and whether that is an answer.
type Reply = (&'static str, fn(&mut Peer, &[u8]), bool);

#[test]
fn whatever_comes_proves_life_and_only_the_pong_tells_the_latency() {
    const PAUSE: Duration = Duration::from_millis(20);
    let rows: [Reply; 4] = [
        (
            "a pong",
            |peer, payload| {
                thread::sleep(PAUSE);
                peer.pong(payload);
            },
            true,
        ),
        ("a pong that answers no ping", |peer, _| peer.pong(1_u64.to_le_bytes()), false),
        ("a message", |peer, _| peer.send("x"), false),
        ("a fragment", |peer, _| peer.frame(RawFrame::continuation("x").fin(false)), false),
    ];
    each(&rows, |role, (rule, reply, answers)| {
        let (mut ws, mut peer) = open(role);
        peer.called(rule);
        ws.set_ping_interval(INTERVAL);
        ws.set_pong_timeout(LONG);
        if rule == "a fragment" {
            peer.frame(RawFrame::text("it begins").fin(false));
        }
        let receiver = thread::spawn(move || (lasts(&mut ws, |ws| ws.recv().map(drop)), ws));
        let began = Instant::now();
        while began.elapsed() < LONG + 3 * INTERVAL {
            let payload = peer.expect_ping();
            reply(&mut peer, &payload);
        }
        peer.close(1000, "");
        while peer.recv_frame().is_some_and(|frame| frame.opcode != CLOSE) {}
        drop(peer);
        let (error, ws) = receiver.join().unwrap();
        assert!(error.is_none(), "{rule}: {error:?}");
        assert_eq!(ws.latency().is_some(), answers, "{rule}");
        if let Some(latency) = ws.latency() {
            assert!(latency >= PAUSE && latency < LONG, "{rule}: {latency:?}");
        }
    });
}

#[test]
fn a_pong_to_a_keepalive_ping_is_an_event() {
    within(|| {
        let (mut ws, mut peer) = open(Role::Server);
        ws.set_ping_interval(LONG / 4);
        let peer = thread::spawn(move || {
            let payload = peer.expect_ping();
            peer.pong(&payload);
            (payload, peer)
        });
        let event = ws.recv_event().unwrap();
        let (payload, _peer) = peer.join().unwrap();
        assert_eq!(event, Some(Event::Pong(payload)));
        assert!(ws.latency().is_some());
    });
}

#[test]
fn without_a_pong_timeout_nobody_is_given_up() {
    each(&CALLS, |role, (name, call)| {
        let (mut ws, mut peer) = open(role);
        ws.set_ping_interval(Duration::from_millis(10));
        ws.set_pong_timeout(TIMEOUT);
        ws.set_pong_timeout(None);
        let receiver = thread::spawn(move || lasts(&mut ws, call).is_none());
        for n in 1..=20_u64 {
            peer.called(name).expect_frame(RawFrame::ping(n.to_be_bytes()));
        }
        peer.close(1000, "");
        while peer.recv_frame().is_some_and(|frame| frame.opcode != CLOSE) {}
        drop(peer);
        assert!(receiver.join().unwrap(), "{name}");
    });
}

#[test]
fn no_interval_no_ping() {
    type Row = (&'static str, fn(&mut WebSocket));
    let rows: [Row; 3] = [
        ("at first", |_| {}),
        ("a timeout alone", |ws| ws.set_pong_timeout(INTERVAL)),
        ("turned off", |ws| {
            ws.set_ping_interval(INTERVAL);
            ws.set_pong_timeout(INTERVAL);
            ws.set_ping_interval(None);
        }),
    ];
    each(&rows, |role, (rule, set)| {
        let (mut ws, mut peer) = open(role);
        set(&mut ws);
        assert!(ws.recv_timeout(5 * INTERVAL).unwrap_err().is_timeout(), "{rule}");
        ws.send("the first").unwrap();
        peer.called(rule).expect_frame(RawFrame::text("the first"));
    });
}

#[test]
fn a_busy_connection_is_pinged_too() {
    within(|| {
        let (mut ws, mut peer) = open(Role::Server);
        ws.set_ping_interval(INTERVAL);
        let receiver = thread::spawn(move || while ws.recv().unwrap().is_some() {});
        let mut far = peer.get_ref().try_clone().unwrap();
        let (pinged, told) = mpsc::channel();
        // Something comes all the time.
        let talker = thread::spawn(move || {
            while told.recv_timeout(INTERVAL / 40) == Err(RecvTimeoutError::Timeout) {
                peer.send("x");
            }
            peer.close(1000, "");
        });
        let mut hears = peer_of(Role::Server, far.try_clone().unwrap());
        for _ in 0..3 {
            hears.expect_ping();
        }
        pinged.send(()).unwrap();
        talker.join().unwrap();
        while far.read(&mut [0; 64]).unwrap() > 0 {}
        drop((far, hears));
        receiver.join().unwrap();
    });
}

fn stuck_writer<S: Duplex + Send + 'static>((near, far): (S, S)) {
    let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
    let mut peer = peer_of(Role::Server, far);
    let sender = ws.sender().unwrap();
    let writer = thread::spawn(move || sender.send(vec![7; ENDLESS]));
    peer.expect_start();

    // From here to its end the writer holds the lock, for the peer does not read.
    ws.set_ping_interval(INTERVAL);
    ws.set_pong_timeout(TIMEOUT);
    let (ended, end) = mpsc::channel();
    let receiver = thread::spawn(move || {
        let error = ws.recv().unwrap_err();
        ended.send(Instant::now()).unwrap();
        error
    });
    let early = end.recv_timeout(3 * (INTERVAL + TIMEOUT));
    assert_eq!(early, Err(RecvTimeoutError::Timeout), "the ping is not out yet");

    let began = Instant::now();
    peer.expect_frame(RawFrame::binary(vec![7; ENDLESS]));
    writer.join().unwrap().unwrap();
    // Paid by the writer.
    peer.expect_ping();
    let took = end.recv().unwrap() - began;
    assert!(took >= TIMEOUT, "too early, {took:?}");
    assert!(matches!(receiver.join().unwrap(), Error::Deadline(Phase::Pong)));
}

#[test]
fn a_ping_waits_for_a_stuck_writer_and_the_peer_has_its_time_from_then() {
    within(|| stuck_writer(Pipe::new(64 << 10)));
    within(|| stuck_writer(tcp()));
}

fn blocked_sender<S: Duplex + Send + 'static>((near, far): (S, S)) {
    let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
    let mut peer = peer_of(Role::Server, far);
    let sender = ws.sender().unwrap();
    ws.set_ping_interval(INTERVAL);
    ws.set_pong_timeout(2 * TIMEOUT);
    let receiver = thread::spawn(move || ws.recv().unwrap_err());
    peer.expect_ping();
    // Nobody reads from here on, and there is no write timeout.
    let error = sender.send(vec![7; ENDLESS]).unwrap_err();
    assert!(matches!(error, Error::Lost(_)), "{error:?}");
    assert!(matches!(receiver.join().unwrap(), Error::Deadline(Phase::Pong)));
}

#[test]
fn a_sender_that_is_blocked_wakes_when_the_peer_is_given_up() {
    within(|| blocked_sender(Pipe::new(64 << 10)));
    within(|| blocked_sender(tcp()));
}

#[test]
fn section_5_5_1_no_ping_follows_a_close_frame() {
    type Row = (&'static str, fn(WebSocket) -> bool);
    let rows: [Row; 2] = [
        ("close", |mut ws| ws.close(4000, "").is_ok()),
        ("a sender's close", |mut ws| {
            ws.sender().unwrap().close(4000, "").unwrap();
            ws.recv().unwrap().is_none()
        }),
    ];
    each(&rows, |role, (rule, act)| {
        let (mut ws, mut peer) = open(role);
        ws.set_ping_interval(INTERVAL);
        ws.set_pong_timeout(LONG);
        // Pings are out that are not answered.
        assert!(ws.recv_timeout(2 * INTERVAL).unwrap_err().is_timeout(), "{rule}");
        let closer = thread::spawn(move || act(ws));
        let mut pings = 0;
        let close = loop {
            let frame = peer.recv_frame().expect("a Close frame before the end");
            if frame.opcode != PING {
                break frame.key(Key::Role);
            }
            pings += 1;
        };
        assert_eq!(close, RawFrame::close(4000, ""), "{rule}, after {pings} pings");
        assert!(pings > 0, "{rule}");
        // Nothing follows it, although the pong would be overdue by now.
        peer.expect_nothing(LONG + INTERVAL);
        peer.close(4000, "");
        drop(peer);
        assert!(closer.join().unwrap(), "{rule}: in order");
    });
}

#[test]
fn a_peer_that_does_not_answer_a_close_is_waited_for_as_ever() {
    each(&[()], |role, ()| {
        let (mut ws, _peer) = open(role);
        ws.set_ping_interval(10 * INTERVAL);
        ws.set_pong_timeout(7 * INTERVAL);
        ws.set_close_timeout(15 * INTERVAL);
        // A ping is out, and nothing is due before its pong.
        assert!(ws.recv_timeout(11 * INTERVAL).unwrap_err().is_timeout());
        let began = Instant::now();
        let error = ws.close(4000, "").unwrap_err();
        assert!(matches!(error, Error::Deadline(Phase::Close)), "{error:?}");
        assert!(began.elapsed() >= 15 * INTERVAL, "it has its whole time");
        assert_eq!(status(&ws), (ClosedBy::Local, 4000, false));
    });
}

#[test]
fn section_5_4_pongs_do_not_keep_a_message_that_stands_still() {
    each(&[()], |role, ()| {
        let (mut ws, mut peer) = open(role);
        ws.set_ping_interval(INTERVAL);
        ws.set_pong_timeout(LONG);
        ws.set_stall_timeout(3 * INTERVAL);
        peer.frame(RawFrame::text("it begins").fin(false));
        let answers = thread::spawn(move || {
            let mut pongs = 0;
            while let Some(frame) = peer.recv_frame() {
                match frame.opcode {
                    PING => peer.pong(&frame.payload),
                    opcode => return (opcode, pongs),
                }
                pongs += 1;
            }
            panic!("no Close frame");
        });
        let error = ws.recv().unwrap_err();
        assert!(matches!(error, Error::Protocol(ProtocolError::Stalled)), "{error:?}");
        assert_eq!(answers.join().unwrap(), (CLOSE, 0));
    });
}

#[test]
fn a_ping_that_a_message_has_held_up_comes_behind_it() {
    each(&CALLS, |role, (name, call)| {
        let (near, far) = Pipe::new(64 << 10);
        // Read before, so that no ping can come before it.
        let begun = RawFrame::text("it begins").fin(false).to_bytes(opposite(role));
        let mut ws = WebSocket::from_parts(Stream::new(near).unwrap(), role, begun);
        let mut peer = peer_of(role, far);
        ws.set_ping_interval(INTERVAL);
        ws.set_stall_timeout(2 * SLACK);
        let receiver = thread::spawn(move || lasts(&mut ws, call).is_none());
        // Nothing while it stands still.
        peer.called(name).expect_nothing(3 * INTERVAL);
        peer.frame(RawFrame::continuation(" and ends"));
        peer.expect_ping();
        peer.close(1000, "");
        while peer.recv_frame().is_some() {}
        assert!(receiver.join().unwrap(), "{name}: it ends in order");
    });
}

fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (near, listener.accept().unwrap().0)
}

/// A peer on a socket that reads a ping and is silent, until it sees the end.
fn falls_silent(mut peer: Peer) {
    peer.expect_ping();
    while peer.recv_frame().is_some_and(|frame| frame.opcode == PING) {}
}

#[test]
fn a_servers_settings_hold_for_its_connections() {
    within(|| {
        let (ended, end) = mpsc::channel();
        let server = Server::bind("127.0.0.1:0").unwrap();
        let server = server.ping_interval(INTERVAL).pong_timeout(TIMEOUT).spawn(move |ws| {
            let error = ws.recv().unwrap_err();
            ended.send(matches!(error, Error::Deadline(Phase::Pong))).unwrap();
            Ok(())
        });
        let server = server.unwrap();
        falls_silent(Peer::connect(server.url()).unwrap());
        assert_eq!(end.recv(), Ok(true));
    });
}

#[test]
fn a_clients_settings_hold_for_its_connection() {
    within(|| {
        let mock = MockServer::new().unwrap().on_connection(|peer| {
            peer.expect_ping();
            while peer.recv_frame().is_some_and(|frame| frame.opcode == PING) {}
        });
        let client = Client::new().ping_interval(INTERVAL).pong_timeout(TIMEOUT);
        let error = client.connect(&mock.url()).unwrap().recv().unwrap_err();
        assert!(matches!(error, Error::Deadline(Phase::Pong)), "{error:?}");
        mock.verify();
    });
}
