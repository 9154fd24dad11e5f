//! Connections that end without a closing handshake, or before it is done: lost ones, deadlines,
//! drops (RFC 6455 §7.1.5, §7.1.7, §7.2).

use std::io::{self, ErrorKind, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::RawFrame;
use blocking_ws::{ClosedBy, Duplex, Error, Event, MessageKind, Phase, Role, Stream, WebSocket};
use test_support::ending::{ROLES, is_over, status};
use test_support::peer::{open, opposite};
use test_support::within;

const BOUND: Duration = Duration::from_millis(150);
/// What a busy machine may add to a bound.
const SLACK: Duration = Duration::from_secs(2);

#[test]
fn section_7_1_5_a_connection_that_ends_without_a_close_frame_is_lost() {
    for role in ROLES {
        for (rule, sent) in [
            ("after nothing", &[][..]),
            ("within a header", &RawFrame::text([b'x'; 200]).to_bytes(opposite(role))[..3]),
            ("within a payload", &RawFrame::text([b'x'; 200]).to_bytes(opposite(role))[..100]),
            ("within a Close frame", &RawFrame::close(1000, "bye").to_bytes(opposite(role))[..3]),
        ] {
            let sent = sent.to_vec();
            within(move || {
                let (mut ws, mut peer) = open(role);
                peer.send("whole");
                peer.bytes(sent);
                drop(peer);
                assert_eq!(ws.recv().unwrap(), Some("whole".into()), "{rule}");
                let error = ws.recv().unwrap_err();
                assert!(matches!(error, Error::Lost(_)), "{rule}: {error:?}");
                assert!(!ws.close_status().unwrap().reason().is_empty(), "{rule}");
                assert_eq!(status(&ws), (ClosedBy::Loss, 1006, false), "{rule}");
                is_over(&mut ws, rule);
            });
        }
    }
}

#[test]
fn a_peer_that_vanishes_instead_of_answering_is_an_error_of_close() {
    for role in ROLES {
        within(move || {
            let (mut ws, mut peer) = open(role);
            let peer = thread::spawn(move || peer.expect_frame(RawFrame::close(1000, "")));
            assert!(matches!(ws.close(1000, ""), Err(Error::Lost(_))));
            peer.join().unwrap();
            assert_eq!(status(&ws), (ClosedBy::Local, 1000, false));
            is_over(&mut ws, "after a failed close");
        });
    }
}

#[test]
fn the_close_timeout_holds_whatever_the_peer_does() {
    type Script = fn(&mut Stream, mpsc::Receiver<()>);
    let rows: [(&str, Script); 3] = [
        ("nothing", |_, done| _ = done.recv()),
        ("drips a message", |far, done| {
            let mut bytes = RawFrame::binary([0; 2000]).to_bytes(Role::Client).into_iter();
            while done.recv_timeout(Duration::from_millis(20)).is_err() {
                _ = far.write(&[bytes.next().unwrap()]);
            }
        }),
        ("sends without end", |far, done| {
            while done.try_recv().is_err() {
                _ = far.write_all(&RawFrame::text("more").to_bytes(Role::Client));
            }
        }),
    ];
    for (rule, script) in rows {
        within(move || {
            let (mut ws, peer) = open(Role::Server);
            ws.set_close_timeout(Duration::from_millis(200));
            let (done, told) = mpsc::channel();
            let peer =
                thread::spawn(move || script(&mut peer.get_ref().try_clone().unwrap(), told));
            let began = Instant::now();
            let error = ws.close(1000, "").unwrap_err();
            let took = began.elapsed();
            done.send(()).unwrap();
            peer.join().unwrap();
            assert!(matches!(error, Error::Deadline(Phase::Close)), "{rule}: {error:?}");
            assert!(took >= Duration::from_millis(200), "{rule}: too early, {took:?}");
            assert!(took < Duration::from_secs(5), "{rule}: too late, {took:?}");
            assert_eq!(status(&ws), (ClosedBy::Local, 1000, false), "{rule}");
            is_over(&mut ws, rule);
        });
    }
}

#[test]
fn the_close_timeout_holds_where_there_is_no_room_for_a_close_frame() {
    for (rule, room) in [("none at all", 0), ("not enough", 3)] {
        within(move || {
            let (mut ws, _peer) = open(Role::Server);
            // A header of four bytes comes before the payload.
            ws.send(vec![0; (64 << 10) - 4 - room]).unwrap();
            ws.set_close_timeout(Duration::from_millis(200));
            assert!(matches!(ws.close(1000, ""), Err(Error::Deadline(_))), "{rule}");
            is_over(&mut ws, rule);
        });
    }
}

#[test]
fn the_close_timeout_holds_while_another_thread_is_stuck_in_a_send() {
    type Closes = fn(&mut WebSocket) -> Result<(), Error>;
    let rows: [(&str, Closes); 2] = [
        ("close", |ws| ws.close(1000, "")),
        ("a sender's close", |ws| {
            ws.sender()?.close(1000, "")?;
            ws.recv().map(drop)
        }),
    ];
    for (rule, closes) in rows {
        within(move || {
            let (mut ws, mut peer) = open(Role::Server);
            ws.set_close_timeout(Duration::from_millis(200));
            let sender = ws.sender().unwrap();
            let writer = thread::spawn(move || sender.send(vec![0; 1 << 20]));
            peer.expect_start();
            assert!(matches!(closes(&mut ws), Err(Error::Deadline(Phase::Close))), "{rule}");
            assert!(writer.join().unwrap().is_err(), "{rule}: the writer is set free");
        });
    }
}

#[test]
fn a_drop_sends_1001_and_ends_the_connection() {
    for role in ROLES {
        for has_sender in [false, true] {
            within(move || {
                let (mut ws, mut peer) = open(role);
                let sender = has_sender.then(|| ws.sender().unwrap());
                ws.feed("fed").unwrap();
                drop(ws);
                peer.expect_frame(RawFrame::text("fed"));
                peer.expect_frame(RawFrame::close(1001, ""));
                // Although a Sender may exist.
                peer.expect_end();
                assert!(sender.is_none_or(|sender| sender.send("late").is_err()));
            });
        }
    }
}

#[test]
fn a_drop_does_not_wait_for_a_stuck_writer() {
    within(|| {
        let (ws, mut peer) = open(Role::Server);
        let sender = ws.sender().unwrap();
        let writer = thread::spawn(move || sender.send(vec![0; 1 << 20]));
        peer.expect_start();
        drop(ws);
        assert!(writer.join().unwrap().is_err(), "the writer is set free");
    });
}

/// A stream whose peer has said something and is gone; it may panic in its first read.
struct Gone {
    said: &'static [u8],
    panics: bool,
    takes: bool,
}

impl Read for Gone {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        assert!(!std::mem::take(&mut self.panics), "as told");
        if self.said.is_empty() { Err(ErrorKind::WouldBlock.into()) } else { self.said.read(buf) }
    }
}

impl Write for Gone {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.takes { Ok(buf.len()) } else { Err(ErrorKind::BrokenPipe.into()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Duplex for Gone {
    fn try_clone(&self) -> io::Result<Self> {
        Err(ErrorKind::Unsupported.into())
    }

    test_support::timeouts_and_shutdown_ignored!();
}

fn gone(said: &'static [u8], panics: bool, takes: bool) -> WebSocket<Gone> {
    WebSocket::from_parts(Gone { said, panics, takes }, Role::Client, Vec::new())
}

#[test]
fn what_the_status_said_of_a_close_frame_that_is_not_received_yet_stands() {
    type Act = fn(&mut WebSocket<Gone>);
    let rows: [(&str, Act); 4] = [
        ("receiving", |ws| assert_eq!(ws.recv().unwrap(), None)),
        ("closing", |ws| drop(ws.close(1000, ""))),
        ("sending again", |ws| assert!(ws.send("x").is_err())),
        ("a message that is given up", |ws| {
            let mut stream = ws.send_stream(MessageKind::Text);
            let _ = stream.write_all(b"x").and_then(|()| stream.flush());
            drop(stream);
            let _ = ws.recv();
        }),
    ];
    for (rule, act) in rows {
        within(move || {
            let mut ws = gone(b"\x81\x02hi\x88\x06\x0f\xa1gone", false, false);
            ws.set_close_timeout(Duration::from_secs(1));
            let error = ws.send("x").unwrap_err();
            assert!(
                error.to_string().contains("4001") && error.to_string().contains("gone"),
                "{error}"
            );
            let seen = ws.close_status().cloned().unwrap();
            assert_eq!((seen.by(), u16::from(seen.code())), (ClosedBy::Remote, 4001), "{rule}");
            if rule == "receiving" {
                assert_eq!(
                    ws.recv().unwrap(),
                    Some("hi".into()),
                    "what lies before it is not lost"
                );
            }
            act(&mut ws);
            assert_eq!(ws.close_status().cloned(), Some(seen), "{rule}");
        });
    }
}

#[test]
fn there_is_no_message_behind_the_end() {
    within(|| {
        let mut ws = gone(b"\x01\x04half", false, true);
        ws.set_close_timeout(Duration::from_millis(50));
        assert!(matches!(ws.close(1000, ""), Err(Error::Deadline(Phase::Close))));
        assert!(matches!(ws.recv_stream(), Ok(None)));
        assert_eq!(ws.recv().unwrap(), None);
    });
}

#[test]
fn a_read_that_panics_ends_the_connection_whatever_call_it_was() {
    type Act = fn(&mut WebSocket<Gone>) -> blocking_ws::Result<bool>;
    let rows: [(&str, Act); 4] = [
        ("recv", |ws| ws.recv().map(|message| message.is_some())),
        ("recv_timeout", |ws| {
            ws.recv_timeout(Duration::from_secs(1)).map(|message| message.is_some())
        }),
        ("try_recv", |ws| ws.try_recv().map(|message| message.is_some())),
        ("recv_stream", |ws| ws.recv_stream().map(|stream| stream.is_some())),
    ];
    for (rule, receives) in rows {
        within(move || {
            let mut ws = gone(b"\x81\x01a\x81\x01b", true, true);
            let panicked = catch_unwind(AssertUnwindSafe(|| receives(&mut ws)));
            assert!(panicked.is_err(), "{rule}");
            let told = receives(&mut ws).unwrap_err();
            assert!(matches!(told, Error::Lost(_)), "{rule}: {told}");
            assert!(told.to_string().contains("panicked"), "{rule}: {told}");
            assert!(!receives(&mut ws).unwrap(), "{rule}");
        });
    }
}

#[test]
fn a_streamed_message_that_fails_says_what_the_peer_said_last() {
    type Act = fn(&mut WebSocket<Gone>) -> Error;
    let rows: [(&str, Act); 3] = [
        ("written", |ws| {
            let mut stream = ws.send_stream(MessageKind::Binary);
            stream.write_all(&vec![0; 200_000]).unwrap_err().into()
        }),
        ("flushed", |ws| {
            let mut stream = ws.send_stream(MessageKind::Binary);
            stream.write_all(b"x").and_then(|()| stream.flush()).unwrap_err().into()
        }),
        ("finished at once", |ws| {
            let mut stream = ws.send_stream(MessageKind::Binary);
            stream.write_all(b"x").unwrap();
            stream.finish().unwrap_err()
        }),
    ];
    for (rule, sends) in rows {
        within(move || {
            let mut ws = gone(b"\x81\x02hi\x88\x06\x0f\xa1gone", false, false);
            ws.set_close_timeout(Duration::from_secs(1));
            let error = sends(&mut ws);
            assert!(matches!(error, Error::Lost(_)), "{rule}: {error:?}");
            assert!(error.to_string().contains("4001"), "{rule}: {error}");
            let seen = ws.close_status().cloned().unwrap();
            assert_eq!((seen.by(), u16::from(seen.code())), (ClosedBy::Remote, 4001), "{rule}");
            assert_eq!(ws.recv().unwrap(), Some("hi".into()), "{rule}");
            assert_eq!(ws.recv().unwrap(), None, "{rule}");
            assert_eq!(ws.close_status().cloned(), Some(seen), "{rule}");
        });
    }
}

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
                peer.expect_frame(RawFrame::text("waits"));
                if waits_already {
                    sender.close(4000, "mine").unwrap();
                }
                peer.expect_frame(RawFrame::close(4000, "mine"));
                let (error, ended, mut ws) = receiver.join().unwrap();
                let took = ended - began;
                assert!(matches!(error, Error::Deadline(Phase::Close)), "{error:?}");
                assert!(took < 2 * BOUND + SLACK, "too late, {took:?}");
                assert_eq!(status(&ws), (ClosedBy::Local, 4000, false));
                assert_eq!(ws.close_status().unwrap().reason(), "mine");
                is_over(&mut ws, "after the deadline");
                // One Close frame only.
                peer.expect_end();
            });
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
                peer.close(1000, "");
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
