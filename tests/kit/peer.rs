//! The peer: it sends whatever it is told, and sees each frame as it came.

use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use blocking_ws::testing::{Key, Len, Pattern, Peer, Pipe, RawFrame};
use blocking_ws::{Duplex, Role, Server};
use test_support::{echo::echo, within};

use super::report;

const KEY: Key = Key::Fixed([0x37, 0xFA, 0x21, 0x3D]);

#[test]
fn rfc_6455_section_5_7_the_examples() {
    for (frame, role, bytes) in [
        (RawFrame::text("Hello"), Role::Server, &b"\x81\x05Hello"[..]),
        (RawFrame::text("Hello"), Role::Client, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
        (RawFrame::text("Hel").fin(false), Role::Server, b"\x01\x03Hel"),
        (RawFrame::continuation("lo"), Role::Server, b"\x80\x02lo"),
        (RawFrame::ping("Hello"), Role::Server, b"\x89\x05Hello"),
        (RawFrame::pong("Hello"), Role::Client, b"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
    ] {
        assert_eq!(frame.to_bytes(role), bytes, "{frame:?}");
    }
    for (len, head) in [
        (125, &b"\x82\x7D"[..]),
        (126, b"\x82\x7E\x00\x7E"),
        (65_535, b"\x82\x7E\xFF\xFF"),
        (65_536, b"\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"),
    ] {
        let bytes = RawFrame::binary(vec![0; len]).to_bytes(Role::Server);
        assert_eq!((&bytes[..head.len()], bytes.len()), (head, head.len() + len));
    }
}

#[test]
fn a_frame_is_read_as_it_was_written() {
    for (sent, role, came) in [
        (RawFrame::text("a"), Role::Client, RawFrame::text("a").key(KEY)),
        (RawFrame::text("a"), Role::Server, RawFrame::text("a").key(Key::None)),
        (
            RawFrame::of(11, "a").rsv(5).fin(false).key(Key::None),
            Role::Client,
            RawFrame::of(11, "a").rsv(5).fin(false).key(Key::None),
        ),
        (
            RawFrame::binary("a").len(Len::In16(1)),
            Role::Client,
            RawFrame::binary("a").len(Len::In16(1)).key(KEY),
        ),
        (
            RawFrame::binary("a").len(Len::In64(1)),
            Role::Client,
            RawFrame::binary("a").len(Len::In64(1)).key(KEY),
        ),
        (RawFrame::close(999, "?"), Role::Client, RawFrame::close_raw(b"\x03\xE7?").key(KEY)),
    ] {
        let bytes = sent.to_bytes(role);
        assert_eq!(RawFrame::parse(&bytes), Some((came, bytes.len())), "{sent:?}");
        for end in 0..bytes.len() {
            assert_eq!(RawFrame::parse(&bytes[..end]), None, "{sent:?}, {end} bytes");
        }
    }
    // A length that lies: what follows is taken for the next frame.
    let lies = RawFrame::text("abcd").len(Len::In7(2)).to_bytes(Role::Server);
    assert_eq!(RawFrame::parse(&lies), Some((RawFrame::text("ab").key(Key::None), 4)));
    let huge = RawFrame::text("a").len(Len::In64(u64::MAX)).to_bytes(Role::Server);
    assert_eq!(RawFrame::parse(&huge), None, "it does not come, and nothing overflows");
}

#[test]
fn a_server_is_told_which_rule_was_broken() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap();
        let server = server.spawn(echo).unwrap();
        for (frame, code) in [
            (RawFrame::text("a").rsv(4), 1002),
            (RawFrame::text("a").rsv(2), 1002),
            (RawFrame::text("a").rsv(1), 1002),
            (RawFrame::of(3, "a"), 1002),
            (RawFrame::of(0xB, ""), 1002),
            (RawFrame::text("a").key(Key::None), 1002),
            (RawFrame::continuation("a"), 1002),
            (RawFrame::ping("a").fin(false), 1002),
            (RawFrame::ping(vec![0; 126]), 1002),
            (RawFrame::text("a").len(Len::In16(1)), 1002),
            (RawFrame::close_raw([3]), 1002),
            (RawFrame::close(1005, ""), 1002),
            (RawFrame::text(b"\xFF"), 1007),
        ] {
            let mut peer = Peer::connect(server.url()).unwrap();
            assert!(peer.response().starts_with("HTTP/1.1 101"));
            peer.send("before");
            peer.expect_text("before");
            let shown = format!("{frame:?}");
            peer.frame(frame);
            assert!(!peer.expect_close(code).is_empty(), "{shown}: a reason");
            peer.expect_end();
        }
    });
}

#[test]
fn messages_pings_and_the_end() {
    within(|| {
        for role in [Role::Client, Role::Server] {
            let (mut ws, mut peer) = Peer::pair(role);
            ws.send("one").unwrap();
            ws.send([1, 2]).unwrap();
            ws.send("three").unwrap();
            ws.send("four").unwrap();
            peer.expect_text("one");
            peer.expect_binary([1, 2]);
            peer.expect_in_any_order(["four", "three"]);
            peer.fragments(["a", "b", "c"]);
            peer.chopped(RawFrame::binary("d"), 1);
            assert_eq!(ws.recv().unwrap(), Some("abc".into()));
            assert_eq!(ws.recv().unwrap(), Some(b"d".to_vec().into()));
            ws.ping("hello").unwrap();
            ws.send("behind").unwrap();
            assert_eq!(peer.expect_message(Pattern::starts_with("beh")).as_text(), Some("behind"));
            peer.ping("there?");
            peer.close(1000, "done");
            assert_eq!(ws.recv().unwrap(), None);
            assert_eq!(peer.expect_pong(), b"there?");
            peer.expect_close(1000);
            drop(ws);
            peer.expect_end();
        }
    });
}

#[test]
fn a_frame_is_expected_exactly_as_it_is() {
    let text = RawFrame::text("hello");
    let key = Key::Fixed([1, 2, 3, 4]);
    let close = RawFrame::close(1000, "");
    // What a client or a server sends, what is expected, and whether that is the same.
    for (role, sent, expected, is_same) in [
        (Role::Server, &text, &text, true),
        (Role::Client, &text, &text, true),
        (Role::Client, &text.clone().key(key), &text, true),
        (Role::Client, &text.clone().key(key), &text.clone().key(key), true),
        (Role::Client, &text.clone().key(Key::None), &text.clone().key(Key::None), true),
        (Role::Server, &text.clone().key(key), &text.clone().key(key), true),
        (Role::Client, &text, &text.clone().key(key), false),
        (Role::Client, &text.clone().key(Key::None), &text, false),
        (Role::Server, &text.clone().key(key), &text, false),
        (Role::Server, &RawFrame::binary("hello"), &text, false),
        (Role::Server, &RawFrame::text("hell"), &text, false),
        (Role::Server, &text.clone().fin(false), &text, false),
        (Role::Server, &text.clone().rsv(1), &text, false),
        (Role::Server, &text.clone().len(Len::In16(5)), &text, false),
        // Nothing is left out.
        (Role::Server, &RawFrame::ping(""), &text, false),
        (Role::Server, &RawFrame::pong(""), &text, false),
        (Role::Server, &close, &text, false),
        (Role::Server, &close, &close, true),
    ] {
        let (near, mut far) = Pipe::new(64);
        let own = if role == Role::Client { Role::Server } else { Role::Client };
        let mut peer = Peer::over(near, own).unwrap();
        far.write_all(&sent.to_bytes(role)).unwrap();
        let as_expected = catch_unwind(AssertUnwindSafe(|| peer.expect_frame(expected)));
        assert_eq!(as_expected.is_ok(), is_same, "{role:?}: {sent:?} for {expected:?}");
    }
}

#[test]
fn the_start_of_a_frame_is_left_to_the_next_expectation() {
    within(|| {
        let (near, mut far) = Pipe::new(64);
        let mut peer = Peer::over(near, Role::Client).unwrap();
        far.write_all(b"\x81").unwrap();
        peer.expect_start();
        peer.expect_start();
        far.write_all(b"\x02hi\x89\0").unwrap();
        peer.expect_text("hi");
        // It has come with the text, and more need not come.
        peer.expect_start();
        peer.expect_ping();
        far.shutdown(Shutdown::Write).unwrap();
        assert!(catch_unwind(AssertUnwindSafe(|| peer.expect_start())).is_err(), "the end");
    });
}

#[test]
fn a_socket_sends_small_writes_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let socket = stream.try_clone().unwrap();
    let peer = Peer::over(stream, Role::Client).unwrap();
    assert!(socket.nodelay().unwrap());
    drop(peer);
}

#[test]
fn a_peer_that_takes_a_client() {
    within(|| {
        let (near, far) = Pipe::new(4096);
        let client = std::thread::spawn(move || {
            let client = blocking_ws::Client::new().subprotocol("chat.v1");
            client.connect_over("ws://a.example/chat?x=1", near)?.recv()
        });
        let mut peer = Peer::accept(far).unwrap();
        assert_eq!(peer.request().uri(), "/chat?x=1");
        assert_eq!(peer.request().headers()["sec-websocket-protocol"], "chat.v1");
        peer.open(&[("Sec-WebSocket-Protocol", "chat.v1")]);
        peer.send("welcome");
        assert_eq!(client.join().unwrap().unwrap(), Some("welcome".into()));
    });
}

/// A peer that has got these bytes, and then the end.
fn got(bytes: &[u8]) -> Peer {
    let (mut near, far) = Pipe::new(4096);
    near.write_all(bytes).unwrap();
    Peer::over(far, Role::Client).unwrap()
}

#[test]
fn a_ping_that_cannot_be_answered_fails_no_test() {
    let mut peer = got(b"\x89\x00\x88\x02\x03\xE8");
    peer.expect_close(1000);
    let mut peer = got(b"\x89\x00\x81\x01a");
    peer.expect_text("a");
}

#[test]
fn what_cannot_be_sent_because_the_other_end_has_closed() {
    let mut peer = got(b"\x89\x00\x88\x0C\x03\xEAyou did it\x81\x01a");
    let text = report::of(|| peer.send("hello"));
    let [first, .., last] = text.lines().collect::<Vec<_>>()[..] else { panic!("{text}") };
    assert!(first.starts_with("the peer failed at tests/kit/peer.rs:"), "{text}");
    assert!(last.ends_with("<- close len=12 1002 \"you did it\""), "{text}");
    assert!(text.contains(", behind close len=12 1002 \"you did it\"\n"), "{text}");
}

#[test]
fn messages_in_any_order_have_the_patterns_that_fit_all_of_them() {
    for [one, two, three] in [["a", "b", "ab"], ["ab", "b", "a"], ["b", "a", "ab"]] {
        let (mut ws, mut peer) = Peer::pair(Role::Client);
        for message in [one, two, three] {
            ws.send(message).unwrap();
        }
        let any = [Pattern::any(), Pattern::contains("a"), Pattern::from("a")];
        peer.expect_in_any_order(any);
    }
    let (mut ws, mut peer) = Peer::pair(Role::Client);
    ws.send("a").unwrap();
    ws.send("b").unwrap();
    ws.send("c").unwrap();
    let any = [Pattern::any(), Pattern::contains("a"), Pattern::from("a")];
    let text = report::of(|| peer.expect_in_any_order(any));
    assert!(text.contains("\n  received  text \"c\"\n"), "{text}");
}

#[test]
fn half_a_frame_is_neither_nothing_nor_an_end_in_order() {
    let torn = "the end of the stream, behind 2 of the 5 bytes of a frame";
    let tests: [fn(&mut Peer); 4] =
        [Peer::expect_end, |peer| drop(peer.recv_frame()), |peer| peer.rules().run(), Peer::echo];
    for (at, test) in tests.into_iter().enumerate() {
        let mut peer = got(b"\x81\x05He");
        let text = report::of(|| test(&mut peer));
        assert!(text.contains(&format!("\n  received  {torn}\n")), "{at}: {text}");
    }
    let (mut near, far) = Pipe::new(4096);
    near.write_all(b"\x81").unwrap();
    let mut peer = Peer::over(far, Role::Client).unwrap();
    let text = report::of(|| peer.expect_nothing(Duration::from_millis(1)));
    assert!(text.contains("nothing in time, behind 1 byte of a frame's header\n"), "{text}");
}

#[test]
fn a_message_without_its_last_frame_is_no_end_in_order() {
    for test in [|peer: &mut Peer| peer.rules().run(), Peer::echo] {
        let mut peer = got(b"\x01\x02He");
        let text = report::of(|| test(&mut peer));
        let want = "\n  received  the end of the stream, within a message\n";
        assert!(text.contains(want), "{text}");
    }
}

#[test]
fn rfc_6455_section_5_4_no_message_within_another() {
    let mut peer = got(b"\x01\x02He\x81\x03llo");
    let text = report::of(|| drop(peer.expect_text("Hello")));
    assert!(text.contains("\n  received  text len=3 \"llo\"\n"), "{text}");
}

#[test]
fn a_url_is_shown_without_its_secrets() {
    within(|| {
        let e = Peer::connect("ws://user:hunter2@127.0.0.1:1/?token=hunter2").unwrap_err();
        assert!(e.to_string().contains("ws://127.0.0.1:1/?token=(hidden)"), "{e}");
        assert!(!format!("{e} {e:?}").contains("hunter2"), "{e:?}");
        let server = Server::bind("127.0.0.1:0").unwrap().spawn(|_| Ok(())).unwrap();
        let url = server.url().replace("ws://", "ws://user:hunter2@") + "?token=hunter2";
        let mut peer = Peer::connect(&url).unwrap();
        let text = report::of(|| drop(peer.expect_text("a")));
        assert!(text.starts_with("Peer of ws://127.0.0.1:PORT/?token=(hidden) failed"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    });
}

#[test]
fn what_a_failure_says() {
    let (mut ws, mut peer) = Peer::pair(Role::Client);
    peer.within(Duration::from_millis(200));
    ws.send("hello").unwrap();
    peer.expect_text("hello");
    peer.send("lobby?");
    ws.send("join loby").unwrap();
    let line = line!() + 1;
    let text = report::of(|| drop(peer.expect_text("join lobby")));
    let want = format!(
        "\
the peer failed at tests/kit/peer.rs:{line}
  expected  text \"join lobby\"
  received  text \"join loby\"
                          ^ byte 8
  before it
    +T <- text len=5 mask=MASK \"hello\"
    +T -> text len=6 \"lobby?\"
    +T <- text len=9 mask=MASK \"join loby\""
    );
    assert_eq!(text, want);
}

#[test]
fn what_else_a_failure_says() {
    type Test = fn(&mut Peer);
    let rows: [(&str, &[u8], Test, &str, &str); 11] = [
        ("nothing came", b"", |peer| drop(peer.expect_text("a")), "text \"a\"", "nothing in time"),
        (
            "a part of a frame",
            b"\x81\x05He",
            |peer| drop(peer.expect_text("Hello")),
            "text \"Hello\"",
            "nothing in time, behind 2 of the 5 bytes of a frame",
        ),
        (
            "a part of a header",
            b"\x81",
            |peer| drop(peer.expect_close(1000)),
            "close 1000",
            "nothing in time, behind 1 byte of a frame's header",
        ),
        (
            "another kind",
            b"\x82\x01a",
            |peer| drop(peer.expect_text("a")),
            "text \"a\"",
            "binary \"a\"",
        ),
        (
            "no UTF-8",
            b"\x81\x01\xFF",
            |peer| drop(peer.expect_text(Pattern::any())),
            "text of any content",
            "text that is not UTF-8: \"\\xff\"",
        ),
        (
            "another code",
            b"\x88\x06\x03\xEAwhat",
            |peer| drop(peer.expect_close(1000)),
            "close 1000",
            "close 1002 \"what\"",
        ),
        (
            "no code",
            b"\x88\x00",
            |peer| drop(peer.expect_close(1000)),
            "close 1000",
            "close without a code \"\"",
        ),
        (
            "reserved bits",
            b"\xC1\x01a",
            |peer| drop(peer.expect_message(Pattern::contains("a"))),
            "message that contains \"a\"",
            "text rsv1 len=1 \"a\"",
        ),
        (
            "another frame",
            b"\x81\x85\0\0\0\0hello",
            |peer| peer.expect_frame(RawFrame::text("hello").fin(false)),
            "text not fin len=5 \"hello\"",
            "text len=5 mask=MASK \"hello\"",
        ),
        ("no start", b"", |peer| peer.expect_start(), "the start of a frame", "nothing in time"),
        (
            "too much",
            b"\x89\x00",
            |peer| peer.expect_nothing(Duration::from_millis(50)),
            "nothing",
            "ping len=0",
        ),
    ];
    for (rule, bytes, test, expected, received) in rows {
        let (mut near, far) = Pipe::new(4096);
        near.write_all(bytes).unwrap();
        let mut peer = Peer::over(far, Role::Client).unwrap();
        peer.called(rule).within(Duration::from_millis(50));
        let text = report::of(|| test(&mut peer));
        assert!(text.starts_with(&format!("{rule} failed at tests/kit/peer.rs:")), "{text}");
        assert!(text.contains(&format!("\n  expected  {expected}\n")), "{rule}: {text}");
        assert!(text.contains(&format!("\n  received  {received}\n")), "{rule}: {text}");
    }
}

#[cfg(not(feature = "deflate"))]
#[test]
fn what_a_failure_says_without_the_feature_deflate() {
    let (_ws, mut peer) = Peer::pair(Role::Client);
    let text = report::of(|| peer.deflated("hello"));
    assert!(text.contains("\n  received  one without the feature `deflate`\n"), "{text}");
    let (mut near, far) = Pipe::new(4096);
    near.write_all(b"\xC1\x01a").unwrap();
    let mut peer = Peer::over(far, Role::Client).unwrap();
    peer.agree_deflate("permessage-deflate");
    let text = report::of(|| drop(peer.expect_text("a")));
    assert!(text.contains("compressed, which needs the feature `deflate` to be read"), "{text}");
}
