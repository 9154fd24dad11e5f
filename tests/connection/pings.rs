//! Pings that the program sends, the round trip that it waits for, and pongs (RFC 6455 §5.5.2, §5.5.3).

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{Peer, Pipe, RawFrame, pair};
use blocking_ws::{
    Client, Error, Event, MessageRef, Phase, Result, Role, Sender, Server, Stream, WebSocket,
    connect,
};
use test_support::peer::{PING, open};
use test_support::within;

/// Longer than a pong takes on any machine.
const LONG: Duration = Duration::from_secs(60);
/// Long enough for something to happen that must not.
const SHORT: Duration = Duration::from_millis(60);

fn echo(ws: &mut WebSocket) -> Result<()> {
    while let Some(message) = ws.recv()? {
        ws.send(message)?;
    }
    Ok(())
}

#[test]
fn section_5_5_2_a_round_trip_takes_what_the_peer_takes() {
    within(|| {
        for role in [Role::Client, Role::Server] {
            let (mut ws, mut peer) = open(role);
            let waiting = thread::spawn(move || (ws.ping_wait(LONG), ws));
            let payload = peer.expect_ping();
            thread::sleep(SHORT);
            peer.pong(&payload);
            let (took, mut ws) = waiting.join().unwrap();
            let took = took.unwrap();
            assert!((SHORT..LONG).contains(&took), "{role:?}: {took:?}");

            let sender = ws.sender().unwrap();
            let reader = thread::spawn(move || ws.recv());
            let waiting = thread::spawn(move || sender.ping_wait(LONG));
            let second = peer.expect_ping();
            assert_ne!(second, payload, "{role:?}: another payload for each ping");
            thread::sleep(SHORT);
            peer.pong(&second);
            let took = waiting.join().unwrap().unwrap();
            assert!((SHORT..LONG).contains(&took), "{role:?}: {took:?}");
            peer.send("the end");
            assert_eq!(reader.join().unwrap().unwrap(), Some("the end".into()));
        }
    });
}

/// What a peer does after the ping, whose payload it gets, instead of answering it.
type Answer = fn(&mut Peer, &[u8]);

const NO_ANSWERS: [(&str, Answer); 7] = [
    ("nothing", |_, _| {}),
    ("an unsolicited pong", |peer, _| peer.pong("still here")),
    ("an empty pong", |peer, _| peer.pong("")),
    ("a part of the payload", |peer, payload| peer.pong(&payload[..15])),
    ("more than the payload", |peer, payload| peer.pong([payload, b"x"].concat())),
    ("the next number", |peer, payload| {
        let mut next = payload.to_vec();
        next[15] += 1;
        peer.pong(next);
    }),
    ("a ping with the payload", |peer, payload| peer.ping(payload)),
];

#[test]
fn section_5_5_3_no_other_pong_is_taken_for_the_answer() {
    within(|| {
        for (rule, answer) in NO_ANSWERS {
            let (mut ws, mut peer) = open(Role::Client);
            let waiting = thread::spawn(move || (ws.ping_wait(SHORT), ws));
            let payload = peer.expect_ping();
            answer(&mut peer, &payload);
            let (pinged, mut ws) = waiting.join().unwrap();
            assert!(matches!(pinged, Err(Error::Timeout)), "{rule}: {pinged:?}");

            // The first pong comes too late for its ping, and must not answer the second.
            let waiting = thread::spawn(move || (ws.ping_wait(SHORT), ws));
            while peer.recv_frame().is_some_and(|frame| frame.opcode != PING) {}
            peer.pong(&payload);
            let (pinged, mut ws) = waiting.join().unwrap();
            assert!(matches!(pinged, Err(Error::Timeout)), "{rule}: an older pong: {pinged:?}");

            // The connection goes on.
            peer.send("hello");
            assert_eq!(ws.recv().unwrap(), Some("hello".into()), "{rule}");
        }
    });
}

#[test]
fn section_5_5_3_the_answer_to_the_most_recent_ping_is_enough_for_all_threads() {
    const THREADS: usize = 5;
    within(|| {
        let (mut ws, mut peer) = open(Role::Server);
        let sender = ws.sender().unwrap();
        let reader = thread::spawn(move || ws.recv());
        let (mut waiting, mut latest) = (Vec::new(), Vec::new());
        for _ in 0..THREADS {
            let sender = sender.clone();
            waiting.push(thread::spawn(move || sender.ping_wait(LONG)));
            latest = peer.expect_ping();
        }
        peer.pong(latest);
        for waiting in waiting {
            waiting.join().unwrap().unwrap();
        }
        peer.send("the end");
        assert!(reader.join().unwrap().unwrap().is_some());
    });
}

#[test]
fn pings_of_the_keepalive_answer_only_those_before_them() {
    within(|| {
        let (mut ws, mut peer) = open(Role::Client);
        ws.set_ping_interval(SHORT);
        let waiting = thread::spawn(move || (ws.recv_timeout(3 * SHORT), ws));
        let keepalive = peer.expect_ping();
        assert_eq!(keepalive.len(), 8, "a number");
        let (timeout, mut ws) = waiting.join().unwrap();
        assert!(timeout.is_err_and(|e| e.is_timeout()));
        ws.set_ping_interval(None);

        // It was sent before the ping that is waited for.
        let waiting = thread::spawn(move || (ws.ping_wait(SHORT), ws));
        while peer.recv_frame().is_some_and(|frame| frame.payload.len() != 16) {}
        peer.pong(keepalive);
        let (pinged, mut ws) = waiting.join().unwrap();
        assert!(pinged.is_err_and(|e| e.is_timeout()));

        // This one is sent after it, and the peer answers only the most recent.
        ws.set_ping_interval(SHORT);
        let sender = ws.sender().unwrap();
        let reader = thread::spawn(move || ws.recv());
        let waiting = thread::spawn(move || sender.ping_wait(LONG));
        while peer.expect_ping().len() != 16 {}
        let keepalive = peer.expect_ping();
        assert_eq!(keepalive.len(), 8, "a number");
        peer.pong(keepalive);
        waiting.join().unwrap().unwrap();
        peer.send("the end");
        assert!(reader.join().unwrap().unwrap().is_some());
    });
}

#[test]
fn messages_before_the_pong_are_neither_lost_nor_reordered() {
    within(|| {
        let (mut ws, mut peer) = open(Role::Client);
        ws.set_read_timeout(LONG);
        let waiting = thread::spawn(move || (ws.ping_wait(LONG), ws));
        let payload = peer.expect_ping();
        peer.ping("before");
        peer.expect_pong();
        peer.send("one");
        peer.frame(RawFrame::text("t").fin(false));
        peer.ping("within");
        peer.frame(RawFrame::continuation("wo"));
        peer.send(vec![3; 100_000]);
        peer.pong(payload);
        peer.send("four");
        let (took, mut ws) = waiting.join().unwrap();
        took.unwrap();
        // A second one looks behind the same messages.
        let waiting = thread::spawn(move || (ws.ping_wait(LONG), ws));
        let payload = peer.expect_ping();
        peer.pong(payload);
        peer.close(1000, "enough");
        let (took, mut ws) = waiting.join().unwrap();
        took.unwrap();
        assert!(ws.close_status().is_none());

        assert_eq!(ws.recv_ref().unwrap(), Some(MessageRef::Text("one")));
        assert_eq!(ws.recv().unwrap(), Some("two".into()));
        assert_eq!(peer.expect_pong(), b"within");
        let mut stream = ws.recv_stream().unwrap().unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut stream, &mut bytes).unwrap();
        assert!(bytes == vec![3; 100_000]);
        assert!(matches!(ws.recv_event().unwrap(), Some(Event::Pong(_))));
        assert_eq!(ws.recv().unwrap(), Some("four".into()));
        let closing = ws.ping_wait(LONG);
        assert!(matches!(closing, Err(Error::Closed)), "{closing:?}");
        assert_eq!(ws.recv().unwrap(), None);
        assert_eq!(ws.close_status().unwrap().reason(), "enough");
    });
}

#[test]
fn memory_for_what_comes_before_the_pong_is_bounded() {
    const MESSAGE: usize = 10_000;
    within(|| {
        let (near, far) = Pipe::new(4 << 20);
        let mut ws = WebSocket::from_parts(near, Role::Client, Vec::new());
        let mut peer = WebSocket::from_parts(far, Role::Server, Vec::new());
        for n in 0..100_u8 {
            peer.send([n; MESSAGE]).unwrap();
        }
        let begun = Instant::now();
        let pinged = ws.ping_wait(LONG);
        assert!(matches!(pinged, Err(Error::Timeout)), "{pinged:?}");
        assert!(begun.elapsed() < LONG, "more cannot help, so it does not wait");
        for n in 0..100 {
            assert_eq!(ws.recv().unwrap(), Some([n; MESSAGE].into()), "{n}");
        }
        let (peer, waiting) = (thread::spawn(move || peer.recv()), ws.ping_wait(LONG));
        waiting.unwrap();
        drop(ws);
        assert_eq!(peer.join().unwrap().unwrap(), None);
    });
}

/// How a connection ends while threads wait.
type End = fn(&mut Peer);

#[test]
fn threads_that_wait_learn_of_the_end() {
    let ends: [(&str, End, bool); 3] = [
        ("a Close frame", |peer| peer.close(1000, ""), true),
        ("no Close frame", Peer::cut, false),
        ("a broken rule", |peer| peer.frame(RawFrame::text("x").rsv(2)), true),
    ];
    within(move || {
        for (rule, end, is_closed) in ends {
            let (mut ws, mut peer) = open(Role::Client);
            let sender = ws.sender().unwrap();
            let waiting = thread::spawn(move || sender.ping_wait(LONG));
            let reader = thread::spawn(move || ws.recv());
            peer.expect_ping();
            end(&mut peer);
            let pinged = waiting.join().unwrap();
            match pinged {
                Err(Error::Closed) => assert!(is_closed, "{rule}"),
                Err(Error::Lost(e)) => {
                    assert!(!is_closed, "{rule}: {e}");
                    assert_eq!(e.to_string(), "it ended before the pong came");
                }
                other => panic!("{rule}: {other:?}"),
            }
            let _ = reader.join().unwrap();

            let (mut ws, mut peer) = open(Role::Client);
            let waiting = thread::spawn(move || (ws.ping_wait(LONG), ws));
            peer.expect_ping();
            peer.send("before");
            end(&mut peer);
            if rule == "a broken rule" {
                peer.cut();
            }
            let (pinged, mut ws) = waiting.join().unwrap();
            assert!(pinged.is_err_and(|e| !e.is_timeout()), "{rule}");
            assert_eq!(ws.recv().unwrap(), Some("before".into()), "{rule}: it is not lost");
        }
    });
}

#[test]
fn a_dropped_websocket_wakes_threads_that_wait() {
    within(|| {
        let (ws, mut peer) = open(Role::Server);
        let sender = ws.sender().unwrap();
        let waiting = thread::spawn(move || (sender.ping_wait(LONG), sender));
        peer.expect_ping();
        drop(ws);
        let (pinged, sender) = waiting.join().unwrap();
        assert!(matches!(pinged, Err(Error::Closed)), "{pinged:?}");
        assert!(matches!(sender.ping_wait(LONG), Err(Error::Closed)));
        assert!(matches!(sender.pong(""), Err(Error::Closed)));
    });
}

#[test]
fn without_a_receiving_call_and_with_a_peer_that_does_not_read_the_time_is_kept() {
    const SMALL: usize = 1024;
    within(|| {
        let (near, far) = Pipe::new(SMALL);
        let mut ws = WebSocket::from_parts(near, Role::Client, Vec::new());
        let sender = ws.sender().unwrap();
        let pinged = sender.ping_wait(SHORT);
        assert!(matches!(pinged, Err(Error::Timeout)), "no thread receives: {pinged:?}");

        // A thread is stuck in a send, and holds the lock.
        let stuck = sender.clone();
        let (tell, told) = mpsc::channel();
        thread::spawn(move || tell.send(stuck.send(vec![0; 100 * SMALL])));
        assert!(told.recv_timeout(SHORT).is_err());
        for n in 0..3 {
            let begun = Instant::now();
            let pinged = if n < 2 { sender.ping_wait(SHORT) } else { ws.ping_wait(SHORT) };
            assert!(matches!(pinged, Err(Error::Timeout)), "{pinged:?}");
            assert!(begun.elapsed() < LONG);
        }
        // The peer reads again, and finds one ping for all those.
        let mut peer = WebSocket::from_parts(far, Role::Server, Vec::new());
        peer.set_auto_pong(false);
        assert!(matches!(peer.recv_event().unwrap(), Some(Event::Ping(_))));
        assert!(matches!(peer.recv_event().unwrap(), Some(Event::Message(_))));
        assert!(matches!(peer.recv_event().unwrap(), Some(Event::Ping(_))));
        told.recv().unwrap().unwrap();
        assert!(peer.try_recv().is_err_and(|e| e.is_timeout()));
    });
}

#[test]
fn many_threads_at_once_over_tcp() {
    const THREADS: usize = 8;
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().spawn(echo).unwrap();
        let mut ws = connect(server.url()).unwrap();
        assert!(ws.ping_wait(LONG).unwrap() < LONG, "just after connecting");
        let sender: Sender = ws.sender().unwrap();
        let reader = thread::spawn(move || {
            let mut count = 0;
            while ws.recv().unwrap().is_some() {
                count += 1;
            }
            count
        });
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let sender = sender.clone();
                thread::spawn(move || {
                    for _ in 0..50 {
                        sender.send("between").unwrap();
                        assert!(sender.ping_wait(LONG).unwrap() < LONG);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        sender.close(1000, "").unwrap();
        assert_eq!(reader.join().unwrap(), THREADS * 50);
    });
}

#[test]
fn section_5_5_3_unsolicited_pongs() {
    within(|| {
        let (mut ws, mut peer) = open(Role::Server);
        ws.pong("one").unwrap();
        ws.sender().unwrap().pong([2; 125]).unwrap();
        assert_eq!(peer.expect_pong(), b"one");
        assert_eq!(peer.expect_pong(), [2; 125]);
        let text = "a ping or pong carries at most 125 bytes (RFC 6455 5.5)";
        for too_long in [
            ws.ping([0; 126]),
            ws.pong([0; 126]),
            ws.sender().unwrap().ping([0; 126]),
            ws.sender().unwrap().pong([0; 126]),
        ] {
            assert_eq!(too_long.unwrap_err().to_string(), text);
        }
        ws.send("and nothing else").unwrap();
        peer.expect_text("and nothing else");
    });
}

#[test]
fn a_peer_that_answers_no_pings_runs_into_the_keepalive() {
    within(|| {
        let (mut client, mut server) = pair();
        client.set_auto_pong(false);
        server.set_ping_interval(SHORT);
        server.set_pong_timeout(SHORT);
        let peer = thread::spawn(move || (client.recv_event(), client.recv_event(), client));
        let ended = server.recv();
        assert!(matches!(ended, Err(Error::Deadline(Phase::Pong))), "{ended:?}");
        let (ping, end, _client) = peer.join().unwrap();
        assert!(matches!(ping, Ok(Some(Event::Ping(_)))), "{ping:?}");
        assert!(matches!(end, Err(Error::Lost(_))), "{end:?}");
    });
}

#[test]
fn a_program_may_answer_pings_itself() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().spawn(|ws| {
            ws.set_auto_pong(false);
            while let Some(event) = ws.recv_event()? {
                if let Event::Ping(payload) = event {
                    ws.pong(payload)?;
                }
            }
            Ok(())
        });
        let server = server.unwrap();
        let mut ws = Client::new().connect(server.url()).unwrap();
        assert!(ws.ping_wait(LONG).unwrap() < LONG);
    });
}

#[test]
fn a_stream_without_timeouts_is_refused_at_once() {
    let (near, _far) = Pipe::new(1024);
    let stream = Stream::half(near);
    let mut ws = WebSocket::from_parts(stream, Role::Client, Vec::new());
    let refused = ws.ping_wait(LONG).unwrap_err();
    let text =
        "this stream has no timeouts, so no pong can be waited for; use a stream that is `Duplex`";
    assert_eq!(refused.to_string(), text);
}
