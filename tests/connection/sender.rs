//! Peers that do not answer, vanish or never stop, and settings at the edge: whatever they do, each
//! call ends, and the status says what happened (RFC 6455 §5.5, §7.1).

mod common;
#[path = "common/ending.rs"]
mod ending;
#[path = "common/pace.rs"]
mod pace;
#[path = "common/wire.rs"]
mod wire;

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{Pipe, pair};
use blocking_ws::{
    Client, ClosedBy, Duplex, Error, Event, Phase, Refusal, Role, Server, WebSocket, connect,
};
use common::within;
use ending::{CLOSE, ROLES, close, is_over, open, status};
use wire::{TEXT, frame};

const BOUND: Duration = Duration::from_millis(150);
/// What a busy machine may add to a bound.
const SLACK: Duration = Duration::from_secs(2);

#[test]
fn section_7_1_2_a_peer_that_never_answers_does_not_hold_the_receiving_thread() {
    for role in ROLES {
        for waits_already in [false, true] {
            within(move || {
                let (mut ws, mut peer) = open(role);
                ws.set_close_timeout(BOUND);
                let sender = ws.sender().unwrap();
                // A receiving call writes it out when it is about to wait.
                ws.feed("waits").unwrap();
                if !waits_already {
                    sender.close(4000, "mine").unwrap();
                }
                let (began, receiver) = (
                    Instant::now(),
                    thread::spawn(move || (ws.recv().unwrap_err(), Instant::now(), ws)),
                );
                assert_eq!(peer.next(), Some((TEXT, b"waits".to_vec())));
                if waits_already {
                    sender.close(4000, "mine").unwrap();
                }
                assert_eq!(peer.next(), Some((CLOSE, close(4000, "mine"))));
                let (error, ended, mut ws) = receiver.join().unwrap();
                let took = ended - began;
                assert!(matches!(error, Error::Deadline(Phase::Close)), "{error:?}");
                assert!(took < 2 * BOUND + SLACK, "too late, {took:?}");
                assert_eq!(status(&ws), (ClosedBy::Local, 4000, false));
                assert_eq!(ws.close_status().unwrap().reason(), "mine");
                is_over(&mut ws, "after the deadline");
                assert_eq!(peer.next(), None, "one Close frame only");
            });
        }
    }
}

#[test]
fn section_5_5_1_a_rule_broken_after_our_close_does_not_change_what_we_said() {
    for role in ROLES {
        for (rule, first, payload) in [
            ("an unknown opcode", 0x83, &b""[..]),
            ("nothing to continue", 0x80, b"x"),
            ("half a close code", CLOSE, b"\x03"),
        ] {
            for from_sender in [false, true] {
                within(move || {
                    let (mut ws, mut peer) = open(role);
                    peer.send(first, payload);
                    peer.stream.shutdown(Shutdown::Write).unwrap();
                    let ended = if from_sender {
                        ws.sender().unwrap().close(4000, "mine").unwrap();
                        ws.recv().map(drop)
                    } else {
                        ws.close(4000, "mine")
                    };
                    assert!(matches!(ended, Err(Error::Protocol(_))), "{rule}: {ended:?}");
                    assert_eq!(status(&ws), (ClosedBy::Local, 4000, false), "{rule}");
                    assert_eq!(ws.close_status().unwrap().reason(), "mine", "{rule}");
                    is_over(&mut ws, rule);
                    assert_eq!(peer.next(), Some((CLOSE, close(4000, "mine"))), "{rule}");
                    assert_eq!(peer.next(), None, "{rule}: one Close frame only");
                });
            }
        }
    }
}

#[test]
fn section_7_1_4_an_end_is_not_clean_where_our_close_frame_could_not_be_written() {
    for role in ROLES {
        for (rule, own_code, room) in [
            ("the peer is gone, recv answers", false, true),
            ("the peer is gone, close answers", true, true),
            ("the peer leaves no room", false, false),
        ] {
            within(move || {
                let (mut ws, mut peer) = open(role);
                ws.set_close_timeout(BOUND);
                peer.send(CLOSE, &close(1000, ""));
                // Where there is room, nobody is there to use it.
                let _peer = if room {
                    drop(peer);
                    None
                } else {
                    let header = if role == Role::Client { 8 } else { 4 };
                    ws.send(vec![0; (64 << 10) - header]).unwrap();
                    Some(peer)
                };
                if own_code {
                    assert!(matches!(ws.recv_event(), Ok(Some(Event::Close(_)))), "{rule}");
                    let _ = ws.close(4001, "");
                } else {
                    let received = ws.recv();
                    assert_eq!(received.is_ok(), room, "{rule}: {received:?}");
                }
                let status = ws.close_status().unwrap();
                assert!(!status.is_clean(), "{rule}: {status:?}");
                is_over(&mut ws, rule);
            });
        }
    }
}

#[test]
fn a_hook_that_panics_is_a_500_for_its_client_only() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().on_upgrade(|request, _| {
            assert_ne!(request.uri().path(), "/panic", "as told");
            Ok::<(), Refusal>(())
        });
        let server = server.spawn(|ws| ws.send("served")).unwrap();
        for _ in 0..2 {
            match connect(&format!("{}panic", server.url())) {
                Err(Error::Refused(response)) => {
                    assert_eq!(response.status(), 500);
                    assert!(!response.body().is_empty(), "it says something");
                }
                other => panic!("{other:?}"),
            }
            let mut next = connect(server.url()).unwrap();
            assert_eq!(next.recv().unwrap(), Some("served".into()));
            assert_eq!(next.recv().unwrap(), None);
        }
    });
}

#[test]
fn a_timeout_of_zero_is_refused_before_anything_happens() {
    type Set<T> = fn(T) -> T;
    const ZERO: Duration = Duration::ZERO;
    let of_servers: [(&str, Set<Server>); 6] = [
        ("handshake", |server| server.handshake_timeout(ZERO)),
        ("write", |server| server.write_timeout(ZERO)),
        ("close", |server| server.close_timeout(ZERO)),
        ("stall", |server| server.stall_timeout(ZERO)),
        ("ping", |server| server.ping_interval(ZERO)),
        ("pong", |server| server.pong_timeout(ZERO)),
    ];
    for (rule, set) in of_servers {
        within(move || {
            let server = move || set(Server::bind("127.0.0.1:0").unwrap());
            assert!(matches!(server().spawn(|_| Ok(())), Err(Error::Invalid(_))), "{rule}");
            let (done, result) = mpsc::channel();
            // Where it is not refused, it serves for ever.
            thread::spawn(move || done.send(server().serve(|_| Ok(()))));
            let ended = result.recv_timeout(SLACK);
            assert!(matches!(ended, Ok(Err(Error::Invalid(_)))), "{rule}: {ended:?}");
        });
    }
    let of_clients: [(&str, Set<Client>); 6] = [
        ("connect", |client| client.connect_timeout(ZERO)),
        ("write", |client| client.write_timeout(ZERO)),
        ("close", |client| client.close_timeout(ZERO)),
        ("stall", |client| client.stall_timeout(ZERO)),
        ("ping", |client| client.ping_interval(ZERO)),
        ("pong", |client| client.pong_timeout(ZERO)),
    ];
    for (rule, set) in of_clients {
        within(move || {
            let server = Server::bind("127.0.0.1:0").unwrap().spawn(|_| Ok(())).unwrap();
            let connected = set(Client::new()).connect(server.url());
            assert!(matches!(connected, Err(Error::Invalid(_))), "{rule}: {connected:?}");
        });
    }
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
fn a_second_sender_does_not_wait_for_a_stuck_writer() {
    within(|| {
        let (ws, mut peer) = open(Role::Server);
        let sender = ws.sender().unwrap();
        let writer = thread::spawn(move || sender.send(vec![7; 1 << 20]));
        let first = peer.begin().unwrap();
        // From here to its end the writer holds the lock, for the peer does not read.
        let (done, result) = mpsc::channel();
        let asks = thread::spawn(move || {
            let second = ws.sender().unwrap();
            done.send(()).unwrap();
            (ws, second)
        });
        let got = result.recv_timeout(SLACK);
        assert_eq!(peer.rest(first).len(), 1 << 20);
        assert_eq!(got, Ok(()), "at once");
        writer.join().unwrap().unwrap();
        let (_ws, second) = asks.join().unwrap();
        second.send("both work").unwrap();
        assert_eq!(peer.next(), Some((TEXT, b"both work".to_vec())));
    });
}

#[test]
fn a_write_timeout_is_about_progress_in_memory() {
    within(|| {
        thread::scope(|scope| {
            for role in ROLES {
                scope.spawn(move || pace::steady(Pipe::new(64 << 10), role));
            }
        });
    });
}

#[test]
fn a_write_timeout_is_about_progress_of_a_server() {
    within(|| pace::from_server(Server::bind("127.0.0.1:0").unwrap(), |socket| socket));
}

#[test]
fn a_write_timeout_is_about_progress_of_a_client() {
    within(|| pace::from_client(Client::new(), "ws", |socket| socket));
}

#[test]
fn shutdown_lets_a_message_in_flight_arrive_whole() {
    within(|| pace::in_flight(Server::bind("127.0.0.1:0").unwrap(), |socket| socket));
}

#[test]
fn a_tls_client_at_a_plain_server_is_told_at_once() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap();
        let server = server.handshake_timeout(Duration::from_secs(20)).spawn(|_| Ok(())).unwrap();
        let mut client = TcpStream::connect(server.local_addr().unwrap()).unwrap();
        let began = Instant::now();
        // The record header of a ClientHello, and the start of it.
        client.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).unwrap();
        let took = began.elapsed();
        assert!(answer.starts_with(b"HTTP/1.1 400 "), "{}", answer.escape_ascii());
        assert!(took < SLACK, "{took:?}");
    });
}

/// A stream on which a ping comes during each write, and the reader is done with it before the
/// write returns: the most that a peer can do to make whoever writes answer once more.
#[derive(Clone)]
struct Pings(Arc<(Mutex<Reader>, Condvar)>);

/// The bytes that are there for it, and whether it waits for more.
type Reader = (Vec<u8>, bool);

impl Read for Pings {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        state.1 = true;
        changed.notify_all();
        let mut state = changed.wait_while(state, |(bytes, _)| bytes.is_empty()).unwrap();
        state.1 = false;
        let n = state.0.as_slice().read(buf)?;
        state.0.drain(..n);
        Ok(n)
    }
}

impl Write for Pings {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        // Where the reader writes itself, nobody waits.
        if state.1 {
            state.0.extend(frame(false, 0x89, b""));
            state.1 = false;
            changed.notify_all();
            drop(changed.wait_while(state, |(_, waits)| !*waits).unwrap());
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Duplex for Pings {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(self.clone())
    }

    fn set_read_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn set_write_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn shutdown(&self, _: Shutdown) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn section_5_5_2_pings_without_end_do_not_keep_a_sender() {
    within(|| {
        let pings = Pings(Arc::default());
        let mut ws = WebSocket::from_parts(pings.clone(), Role::Client, Vec::new());
        let sender = ws.sender().unwrap();
        // It waits to the end of the test and beyond.
        thread::spawn(move || ws.recv());
        let (state, changed) = &*pings.0;
        drop(changed.wait_while(state.lock().unwrap(), |(_, waits)| !*waits).unwrap());
        let (done, result) = mpsc::channel();
        thread::spawn(move || {
            (0..50_u8).for_each(|i| sender.send([i]).unwrap());
            done.send(()).unwrap();
        });
        assert_eq!(result.recv_timeout(SLACK), Ok(()), "a send does not return");
    });
}

#[test]
fn section_7_1_4_a_shutdown_while_a_client_is_let_in_is_heard() {
    const ROUNDS: u32 = 50;
    within(|| {
        let (mut said, mut refused) = (0, 0);
        for round in 0..ROUNDS {
            let (asked, asks) = mpsc::channel();
            let server = Server::bind("127.0.0.1:0").unwrap().on_upgrade(move |_, _| {
                asked.send(()).unwrap();
                Ok::<(), Refusal>(())
            });
            let server = server.spawn(|ws| ws.recv().map(drop)).unwrap();
            let url = server.url().to_owned();
            let client = thread::spawn(move || {
                let mut ws = connect(&url)?;
                // From the 101 on it is a WebSocket, which is closed and not cut.
                let received = ws.recv();
                assert!(matches!(received, Ok(None)), "{round}: {received:?}");
                let status = ws.close_status().unwrap();
                assert_eq!((status.by(), status.code()), (ClosedBy::Remote, 1001.into()));
                Ok::<(), Error>(())
            });
            // The 101 is being written, at some moment of this.
            asks.recv().unwrap();
            let until = Instant::now() + Duration::from_micros(10) * (round % 25);
            while Instant::now() < until {}
            server.shutdown(Duration::from_secs(5));
            match client.join().unwrap() {
                Ok(()) => said += 1,
                Err(Error::Lost(_) | Error::Connect(_) | Error::Refused(_)) => refused += 1,
                Err(other) => panic!("{round}: {other:?}"),
            }
        }
        assert_eq!(said + refused, ROUNDS);
    });
}
