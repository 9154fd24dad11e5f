//! Timeouts: a receiving call that runs out of time loses nothing, a writing one is bounded.

use std::net::TcpStream;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{Peer, Pipe, RawFrame, pair};
use blocking_ws::{Client, Duplex, Error, Event, Message, Phase, Role, Sender, Server, WebSocket};
use test_support::peer::{opposite, peer_of};
use test_support::socket::tcp;
use test_support::within;

/// What a busy machine may add to a bound.
const SLACK: Duration = Duration::from_secs(2);
const SHORT: Duration = Duration::from_millis(1);

fn open<S: Duplex + Send + 'static>((near, far): (S, S), role: Role) -> (WebSocket<S>, Peer) {
    (WebSocket::from_parts(near, role, Vec::new()), peer_of(role, far))
}

/// What a peer sends, and what each frame brings about once it is whole, if anything.
fn conversation() -> Vec<(RawFrame, Option<Event>)> {
    let text = |text: &str| Some(Event::Message(Message::from(text)));
    let long = "\u{20ac}".repeat(42);
    vec![
        (RawFrame::text("h\u{e9}"), text("h\u{e9}")),
        // The fragments part a character of four bytes.
        (RawFrame::text(b"a\xf0\x9f").fin(false), None),
        (RawFrame::ping("ping"), Some(Event::Ping(b"ping".to_vec()))),
        (RawFrame::continuation(b"\xa6").fin(false), None),
        (RawFrame::continuation(b"\x80z"), text("a\u{1f980}z")),
        (RawFrame::binary(""), Some(Event::Message(Message::Binary(vec![])))),
        // A length of two bytes.
        (RawFrame::text(&long), text(&long)),
        (RawFrame::close(1000, ""), Some(Event::Close(blocking_ws::CloseFrame::new(1000, "")))),
    ]
}

/// Feeds the conversation byte by byte, with an expired timeout after each but the last of a
/// frame that means something.
fn section_by_section<S: Duplex>((mut ws, mut peer): (WebSocket<S>, Peer), role: Role) {
    ws.set_read_timeout(SHORT);
    for (frame, event) in conversation() {
        let bytes = frame.to_bytes(opposite(role));
        let (last, all_but_one) = bytes.split_last().unwrap();
        for (i, byte) in all_but_one.iter().enumerate() {
            peer.bytes([*byte]);
            let error = if i % 2 == 0 { ws.recv_event().err() } else { ws.try_recv().err() };
            assert!(error.is_some_and(|e| e.is_timeout()), "{frame:?}, byte {i}");
        }
        peer.bytes([*last]);
        if event.is_some() {
            ws.set_read_timeout(None);
            assert_eq!(ws.recv_event().unwrap(), event, "{frame:?}");
            ws.set_read_timeout(SHORT);
        }
    }
    peer.expect_frame(RawFrame::pong("ping"));
    peer.half_close();
    assert_eq!(ws.recv().unwrap(), None);
    assert!(ws.close_status().unwrap().is_clean());
}

#[test]
fn a_timeout_at_any_byte_loses_nothing() {
    for role in [Role::Client, Role::Server] {
        within(move || section_by_section(open(Pipe::new(1024), role), role));
    }
    within(|| section_by_section(open(tcp(), Role::Server), Role::Server));
}

#[test]
fn recv_timeout_is_one_deadline_however_a_peer_drips() {
    within(|| {
        let (mut ws, mut peer) = open(Pipe::new(64 << 10), Role::Client);
        let (enough, told) = mpsc::channel();
        let drips = thread::spawn(move || {
            // The bytes of one long message, then nothing but pings.
            let mut bytes = RawFrame::text([b'x'; 300]).to_bytes(Role::Server).into_iter();
            while told.recv_timeout(Duration::from_millis(2)) == Err(RecvTimeoutError::Timeout) {
                match bytes.next() {
                    Some(byte) if bytes.len() > 0 => peer.bytes([byte]),
                    _ => return,
                }
            }
            peer.bytes(bytes.as_slice());
        });
        let began = Instant::now();
        assert!(ws.recv_timeout(Duration::from_millis(100)).unwrap_err().is_timeout());
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(100), "{took:?}");
        assert!(!drips.is_finished(), "the peer still dripped, {took:?}");
        enough.send(()).unwrap();
        assert_eq!(ws.recv().unwrap(), Some("x".repeat(300).into()));
        drips.join().unwrap();
    });
}

#[test]
fn each_receiving_call_has_the_timeout_that_was_set() {
    type Call = fn(&mut WebSocket) -> Error;
    let rows: [(&str, Call); 5] = [
        ("recv", |ws| ws.recv().unwrap_err()),
        ("recv_ref", |ws| ws.recv_ref().unwrap_err()),
        ("recv_event", |ws| ws.recv_event().unwrap_err()),
        ("messages", |ws| ws.messages().next().unwrap().unwrap_err()),
        ("recv_timeout has its own", |ws| {
            ws.set_read_timeout(None);
            ws.recv_timeout(Duration::from_millis(30)).unwrap_err()
        }),
    ];
    for (rule, call) in rows {
        within(move || {
            let (mut ws, mut other) = pair();
            ws.set_read_timeout(Duration::from_millis(30));
            for _ in 0..2 {
                let began = Instant::now();
                assert!(call(&mut ws).is_timeout(), "{rule}");
                assert!(began.elapsed() >= Duration::from_millis(30), "{rule}: too early");
            }
            // Messages that are there need no time.
            other.send("there").unwrap();
            assert_eq!(ws.try_recv().unwrap(), Some("there".into()), "{rule}");
            assert_eq!(ws.close_status(), None, "{rule}: a timeout ends nothing");
        });
    }
}

#[test]
fn recv_without_a_timeout_blocks_again() {
    within(|| {
        let (mut ws, peer) = open(tcp(), Role::Client);
        assert!(ws.recv_timeout(SHORT).unwrap_err().is_timeout());
        let (ready, go) = mpsc::channel();
        let receiver = thread::spawn(move || {
            ready.send(()).unwrap();
            ws.recv()
        });
        go.recv().unwrap();
        // If it kept the short timeout, it would be over before this peer spoke.
        let mut peer = peer;
        thread::sleep(Duration::from_millis(50));
        peer.send("late");
        assert_eq!(receiver.join().unwrap().unwrap(), Some("late".into()));
    });
}

/// No buffer of any system takes this whole.
const ENDLESS: usize = 64 << 20;

#[test]
fn a_write_that_ran_out_of_time_ends_the_connection() {
    let write = |sender: &Sender<TcpStream>| {
        let error = sender.send(vec![0; ENDLESS]).unwrap_err();
        assert!(matches!(error, Error::Deadline(Phase::Write)), "{error:?}");
    };
    for (rule, waits_meanwhile) in [("recv that comes later", false), ("recv that waits", true)] {
        within(move || {
            let (mut ws, _peer) = open(tcp(), Role::Client);
            ws.set_write_timeout(Duration::from_millis(200)).unwrap();
            let sender = ws.sender().unwrap();
            if !waits_meanwhile {
                write(&sender);
                assert!(ws.send("after a torn message").is_err(), "{rule}");
            }
            let receiver = thread::spawn(move || (ws.recv().is_err(), ws.recv().unwrap()));
            if waits_meanwhile {
                write(&sender);
            }
            assert_eq!(receiver.join().unwrap(), (true, None), "{rule}");
            assert!(sender.send("after a torn message").is_err(), "{rule}");
        });
    }
}

#[test]
fn a_write_timeout_of_zero_is_refused() {
    let (mut ws, _peer) = pair();
    assert!(matches!(ws.set_write_timeout(Duration::ZERO), Err(Error::Io(_))));
    ws.set_write_timeout(None).unwrap();
    ws.send("as before").unwrap();
}

#[test]
fn a_read_timeout_of_zero_still_delivers_what_is_there() {
    within(|| {
        let (mut ws, mut other) = pair();
        ws.set_read_timeout(Duration::ZERO);
        assert!(ws.recv().unwrap_err().is_timeout());
        other.send("there").unwrap();
        assert_eq!(ws.recv().unwrap(), Some("there".into()));
        other.send("again").unwrap();
        assert_eq!(ws.recv_event().unwrap(), Some(Event::Message("again".into())));
        assert_eq!(ws.close_status(), None);
    });
}

#[test]
fn a_timeout_of_zero_is_refused_before_anything_happens() {
    type Set<T> = fn(T) -> T;
    const ZERO: Duration = Duration::ZERO;
    let check = |name: &str, refused: Result<(), Error>| match refused {
        Err(Error::Invalid(text)) => {
            assert_eq!(text, format!("{name} cannot be zero; None turns it off"));
        }
        other => panic!("{name}: {other:?}"),
    };
    let of_servers: [(&str, Set<Server>); 8] = [
        ("handshake_timeout", |server| server.handshake_timeout(ZERO)),
        ("write_timeout", |server| server.write_timeout(ZERO)),
        ("close_timeout", |server| server.close_timeout(ZERO)),
        ("stall_timeout", |server| server.stall_timeout(ZERO)),
        ("ping_interval", |server| server.ping_interval(ZERO)),
        ("pong_timeout", |server| server.pong_timeout(ZERO)),
        ("idle_timeout", |server| server.idle_timeout(ZERO)),
        ("max_lifetime", |server| server.max_lifetime(ZERO)),
    ];
    for (name, set) in of_servers {
        within(move || {
            let server = move || set(Server::bind("127.0.0.1:0").unwrap());
            check(name, server().spawn(|_| Ok(())).map(drop));
            let (done, result) = mpsc::channel();
            // Where it is not refused, it serves for ever.
            thread::spawn(move || done.send(server().serve(|_| Ok(()))));
            let ended = result.recv_timeout(SLACK);
            check(name, ended.expect("it serves"));
        });
    }
    let of_clients: [(&str, Set<Client>); 8] = [
        ("connect_timeout", |client| client.connect_timeout(ZERO)),
        ("write_timeout", |client| client.write_timeout(ZERO)),
        ("close_timeout", |client| client.close_timeout(ZERO)),
        ("stall_timeout", |client| client.stall_timeout(ZERO)),
        ("ping_interval", |client| client.ping_interval(ZERO)),
        ("pong_timeout", |client| client.pong_timeout(ZERO)),
        ("idle_timeout", |client| client.idle_timeout(ZERO)),
        ("max_lifetime", |client| client.max_lifetime(ZERO)),
    ];
    for (name, set) in of_clients {
        within(move || {
            let server = Server::bind("127.0.0.1:0").unwrap().spawn(|_| Ok(())).unwrap();
            let connected = set(Client::new()).connect(server.url());
            check(name, connected.map(drop));
        });
    }
}
