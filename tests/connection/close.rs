//! The closing handshake (RFC 6455 §5.5.1, §7): who says what, and who hangs up. `ending.rs` has
//! connections that end without it, `tests/server/close.rs` those of servers.

use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use blocking_ws::testing::{Key, RawFrame, pair};
use blocking_ws::{CloseFrame, ClosedBy, Error, Event, Message, Role, WebSocket};
use test_support::ending::{ROLES, is_over, status};
use test_support::peer::{CLOSE, close_code, open, peer_of};
use test_support::within;

#[test]
fn section_7_1_the_peer_closes_first() {
    // Rule; frames of the peer; messages received; answers but for the Close; code that is
    // echoed and reported, 0 for none.
    type Row = (&'static str, Vec<RawFrame>, Vec<Message>, Vec<RawFrame>, u16);
    let close = RawFrame::close;
    let rows: Vec<Row> = vec![
        ("§5.5.1 the code is echoed", vec![close(1000, "")], vec![], vec![], 1000),
        ("with a reason", vec![close(1001, "bye")], vec![], vec![], 1001),
        ("an application's code", vec![close(4000, "\u{e9}")], vec![], vec![], 4000),
        (
            "an empty one is answered by an empty one",
            vec![RawFrame::close_raw("")],
            vec![],
            vec![],
            0,
        ),
        (
            "messages before it are delivered",
            vec![RawFrame::text("a"), RawFrame::text(""), close(1000, "")],
            vec!["a".into(), "".into()],
            vec![],
            1000,
        ),
        (
            "§5.5.1 data after it is ignored, legal or not",
            vec![
                close(1000, ""),
                RawFrame::text("late"),
                RawFrame::of(15, "").rsv(7),
                close(1001, ""),
            ],
            vec![],
            vec![],
            1000,
        ),
        (
            "an unfinished message is dropped",
            vec![RawFrame::text("half").fin(false), close(3000, "")],
            vec![],
            vec![],
            3000,
        ),
        (
            "pings before it are answered, those after it are not",
            vec![RawFrame::ping([1]), close(1000, ""), RawFrame::ping([2])],
            vec![],
            vec![RawFrame::pong([1])],
            1000,
        ),
    ];
    for role in ROLES {
        for (rule, sent, messages, answers, code) in rows.clone() {
            within(move || {
                let (mut ws, mut peer) = open(role);
                // Before this side receives: it shuts a stream in memory once it has answered.
                peer.called(rule);
                for frame in sent {
                    peer.frame(frame);
                }
                let peer = thread::spawn(move || {
                    for frame in answers {
                        peer.expect_frame(frame);
                    }
                    let close = peer.recv_frame().expect("a Close frame");
                    assert_eq!(close.opcode, CLOSE, "{rule}");
                    if role == Role::Server {
                        // The server hangs up first.
                        peer.expect_end();
                    }
                    close.payload
                });
                let received: Vec<_> = ws.messages().map(Result::unwrap).collect();
                assert_eq!(received, messages, "{rule}");
                let payload = peer.join().unwrap();
                let told = if code == 0 { vec![] } else { code.to_be_bytes().to_vec() };
                assert_eq!(payload.get(..2).unwrap_or(&[]), told, "{rule}");
                let reported = if code == 0 { 1005 } else { code };
                assert_eq!(status(&ws), (ClosedBy::Remote, reported, true), "{rule}");
                assert!(matches!(ws.send("late"), Err(Error::Closed)), "{rule}");
                is_over(&mut ws, rule);
            });
        }
    }
}

#[test]
fn section_7_1_2_this_side_closes_first() {
    for role in ROLES {
        for (rule, answer) in [
            ("the same code", RawFrame::close(4001, "")),
            ("another code", RawFrame::close(1000, "")),
            ("no code", RawFrame::close_raw("")),
        ] {
            within(move || {
                let (mut ws, mut peer) = open(role);
                peer.send("on its way, and thrown away");
                let peer = thread::spawn(move || {
                    peer.called(rule).expect_frame(RawFrame::close(4001, "enough"));
                    peer.send("the last");
                    peer.frame(answer);
                    if role == Role::Server {
                        // The server hangs up first.
                        peer.expect_end();
                    }
                });
                ws.close(4001, "enough").unwrap();
                peer.join().unwrap();
                assert_eq!(status(&ws), (ClosedBy::Local, 4001, true), "{rule}");
                assert_eq!(ws.close_status().unwrap().reason(), "enough");
                assert!(matches!(ws.send("late"), Err(Error::Closed)), "{rule}");
                is_over(&mut ws, rule);
            });
        }
    }
}

#[test]
fn section_7_1_1_the_client_waits_for_the_server_to_hang_up() {
    within(|| {
        // In memory there is nothing to wait for.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut ws = WebSocket::from_parts(near, Role::Client, Vec::new());
        ws.set_close_timeout(Duration::from_secs(20));
        let mut peer = peer_of(Role::Client, listener.accept().unwrap().0);
        let client = thread::spawn(move || ws.close(1000, ""));
        peer.expect_frame(RawFrame::close(1000, ""));
        peer.close(1000, "");
        // The client hangs up only after two seconds without us.
        peer.expect_nothing(Duration::from_millis(50));
        peer.half_close();
        client.join().unwrap().unwrap();
        peer.expect_end();
    });
}

#[test]
fn section_7_1_2_simultaneous_closes_are_clean_on_both_sides() {
    within(|| {
        let (mut client, mut server) = pair();
        client.sender().unwrap().close(4001, "").unwrap();
        server.sender().unwrap().close(4002, "").unwrap();
        let client = thread::spawn(move || (client.recv().unwrap(), status(&client)));
        assert_eq!(server.recv().unwrap(), None);
        assert_eq!(status(&server), (ClosedBy::Local, 4002, true));
        assert_eq!(client.join().unwrap(), (None, (ClosedBy::Local, 4001, true)));
    });
}

#[test]
fn a_sender_closes_while_another_thread_waits_in_recv() {
    for role in ROLES {
        within(move || {
            let (client, server) = pair();
            let (mut ws, mut other) =
                if role == Role::Client { (client, server) } else { (server, client) };
            let sender = ws.sender().unwrap();
            let receiver = thread::spawn(move || {
                let first = ws.recv().unwrap();
                (first, ws.recv().unwrap(), status(&ws))
            });
            sender.feed("fed before").unwrap();
            sender.close(4001, "from afar").unwrap();
            assert!(matches!(sender.send("late"), Err(Error::Closed)));
            assert!(matches!(sender.ping("late"), Err(Error::Closed)));
            other.send("on its way").unwrap();
            assert_eq!(other.recv().unwrap(), Some("fed before".into()));
            assert_eq!(other.recv().unwrap(), None);
            assert_eq!(other.close_status().unwrap().reason(), "from afar");
            let clean = (ClosedBy::Local, 4001, true);
            assert_eq!(receiver.join().unwrap(), (Some("on its way".into()), None, clean));
        });
    }
}

#[test]
fn section_5_5_1_the_program_may_answer_with_a_code_of_its_own() {
    type Act = fn(&mut WebSocket);
    let rows: [(&str, Act, u16); 3] = [
        ("close answers", |ws| ws.close(4002, "mine").unwrap(), 4002),
        ("otherwise recv does", |ws| assert_eq!(ws.recv().unwrap(), None), 1000),
        ("or the drop", |ws| drop(std::mem::replace(ws, pair().0)), 1000),
    ];
    for (rule, act, code) in rows {
        within(move || {
            let (mut ws, mut peer) = open(Role::Server);
            peer.close(1000, "theirs");
            let closed = ws.recv_event().unwrap();
            assert_eq!(closed, Some(Event::Close(CloseFrame::new(1000, "theirs"))));
            ws.send("a last word").unwrap();
            let peer = thread::spawn(move || {
                peer.called(rule).expect_frame(RawFrame::text("a last word"));
                assert_eq!(close_code(&mut peer), code, "{rule}");
                peer.expect_end();
            });
            act(&mut ws);
            peer.join().unwrap();
            if !rule.ends_with("drop") {
                assert_eq!(status(&ws), (ClosedBy::Remote, 1000, true), "{rule}");
            }
        });
    }
}

#[test]
fn section_7_4_codes_that_may_not_be_sent_never_are() {
    within(|| {
        let (mut ws, mut peer) = open(Role::Server);
        let sender = ws.sender().unwrap();
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
            assert!(matches!(ws.close(code, ""), Err(Error::Invalid(_))), "{code}");
            assert!(matches!(sender.close(code, ""), Err(Error::Invalid(_))), "{code}");
        }
        assert!(matches!(ws.close(1000, &"x".repeat(124)), Err(Error::Invalid(_))));
        ws.send("still open").unwrap();
        peer.expect_frame(RawFrame::text("still open"));
    });
}

#[test]
fn section_7_1_7_a_broken_rule_is_named_in_the_close_frame() {
    let rows: [(&str, &[u8], u16); 19] = [
        ("reserved bit", b"\xc1\x80\0\0\0\0", 1002),
        ("opcode 0x3 is reserved", b"\x83\x80\0\0\0\0", 1002),
        ("opcode 0xf is reserved", b"\x8f\x80\0\0\0\0", 1002),
        ("not masked", b"\x81\x01x", 1002),
        ("shortest form", b"\x82\xfe\0\x7d\0\0\0\0", 1002),
        ("top bit", b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 1002),
        ("control frame is fragmented", b"\x09\x80\0\0\0\0", 1002),
        ("longer than 125", b"\x89\xfe\0\x7e\0\0\0\0", 1002),
        ("continues no message", b"\x80\x80\0\0\0\0", 1002),
        ("inside an unfinished one", b"\x01\x80\0\0\0\0\x81\x80\0\0\0\0", 1002),
        ("one byte long", b"\x88\x81\0\0\0\0\x03", 1002),
        ("close code 1005", b"\x88\x82\0\0\0\0\x03\xed", 1002),
        ("close code 999", b"\x88\x82\0\0\0\0\x03\xe7", 1002),
        ("not valid UTF-8", b"\x88\x83\0\0\0\0\x03\xe8\xff", 1007),
        ("not valid UTF-8", b"\x81\x81\0\0\0\0\xff", 1007),
        ("not valid UTF-8", b"\x81\x81\0\0\0\0\xc3", 1007),
        ("not valid UTF-8", b"\x81\x85\0\0\0\0ab\xff", 1007),
        ("max_message_size, 1024", b"\x82\xfe\x04\x01\0\0\0\0", 1009),
        ("max_message_size, 1024", b"\x01\x81\0\0\0\0a\x80\xfe\x04\0\0\0\0\0", 1009),
    ];
    for (name, bytes, code) in rows {
        within(move || {
            let (mut ws, mut peer) = open(Role::Server);
            ws.set_max_message_size(1024);
            peer.send("before");
            peer.bytes(bytes);
            peer.send("after");
            peer.called(name);
            let peer = thread::spawn(move || {
                let told = peer.recv_frame().expect("a Close frame");
                peer.expect_end();
                told
            });
            assert_eq!(ws.recv().unwrap(), Some("before".into()), "{name}");
            let error = ws.recv().unwrap_err();
            let told = peer.join().unwrap();
            let payload = &told.payload;
            assert_eq!((told.opcode, &payload[..2]), (CLOSE, &code.to_be_bytes()[..]), "{name}");
            let reason = std::str::from_utf8(&payload[2..]).unwrap();
            assert!(reason.contains(name) && reason.contains("RFC 6455"), "{name}: {reason}");
            assert!(matches!(error, Error::Protocol(_)), "{name}: {error:?}");
            assert_eq!(error.close_frame(), CloseFrame::new(code, reason), "{name}");
            assert_eq!(status(&ws), (ClosedBy::Local, code, false), "{name}");
            assert!(matches!(ws.send("late"), Err(Error::Closed)), "{name}");
            is_over(&mut ws, name);
        });
    }
}

#[test]
fn section_5_1_a_client_refuses_masked_frames() {
    within(|| {
        let (mut ws, mut peer) = open(Role::Client);
        peer.frame(RawFrame::text("x").key(Key::Fixed([1, 2, 3, 4])));
        let peer = thread::spawn(move || close_code(&mut peer));
        assert!(matches!(ws.recv(), Err(Error::Protocol(_))));
        assert_eq!(peer.join().unwrap(), 1002);
    });
}

#[test]
fn section_5_5_1_a_rule_broken_after_our_close_does_not_change_what_we_said() {
    for role in ROLES {
        for (rule, broken) in [
            ("an unknown opcode", RawFrame::of(3, "")),
            ("nothing to continue", RawFrame::continuation("x")),
            ("half a close code", RawFrame::close_raw([3])),
        ] {
            for from_sender in [false, true] {
                let broken = broken.clone();
                within(move || {
                    let (mut ws, mut peer) = open(role);
                    peer.called(rule).frame(broken);
                    peer.half_close();
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
                    // One Close frame only.
                    peer.expect_frame(RawFrame::close(4000, "mine"));
                    peer.expect_end();
                });
            }
        }
    }
}
