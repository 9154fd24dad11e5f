//! A peer with compression: what was agreed on, from where it knows, and what it does against it.

use std::io::Write;

use blocking_ws::testing::{Pattern, Peer, Pipe, RawFrame};
use blocking_ws::{Client, Deflate, Error, ProtocolError, Role, Server, Settings, WebSocket};
use test_support::{echo::echo, within};

use super::report;

const ANSWER: &str = "permessage-deflate";

/// Messages go both ways, of which each refers to those before, if it may.
fn talk(ws: &mut WebSocket, peer: &mut Peer) {
    for n in 0..3 {
        let text = format!("{n} {}", "never ".repeat(50));
        ws.send(&text).unwrap();
        ws.send(text.as_bytes()).unwrap();
        assert_eq!(peer.expect_text(text.as_str()), text);
        peer.expect_binary(text.as_bytes());
        peer.deflated(&text);
        peer.deflated(text.as_bytes());
        peer.send(&text);
        peer.deflated("");
        for want in [text.as_str().into(), text.as_bytes().into(), text.as_str().into(), "".into()]
        {
            assert_eq!(ws.recv().unwrap(), Some(want));
        }
    }
}

#[test]
fn a_pair_respects_what_was_agreed_on_in_each_direction() {
    for role in [Role::Client, Role::Server] {
        for (send, receive) in [(false, false), (true, false), (false, true), (true, true)] {
            for bits in [9, 15] {
                let deflate = Deflate::new().send_takeover(send).recv_takeover(receive);
                let deflate = deflate.send_window_bits(bits).recv_window_bits(bits);
                let settings = Settings::new().deflate(deflate);
                let (mut ws, mut peer) = Peer::pair_with(role, &settings).unwrap();
                talk(&mut ws, &mut peer);
                // It is compressed indeed, and what was taken as a frame counts for what follows.
                ws.send("never ".repeat(50)).unwrap();
                let frame = peer.recv_frame().unwrap();
                assert_eq!((frame.rsv, frame.payload.len() < 100), (4, true), "{frame:?}");
                talk(&mut ws, &mut peer);
            }
        }
    }
}

#[test]
fn the_heads_of_the_handshake_tell_a_peer() {
    within(|| {
        let deflate = || Deflate::new().send_takeover(true).recv_takeover(true);
        let server = Server::bind("127.0.0.1:0").unwrap().deflate(deflate()).spawn(echo);
        let server = server.unwrap();
        for offer in [ANSWER, "permessage-deflate; client_no_context_takeover"] {
            let stream = std::net::TcpStream::connect(server.local_addr().unwrap()).unwrap();
            let headers = [("Sec-WebSocket-Extensions", offer)];
            let mut peer = Peer::connect_over(server.url(), stream, &headers).unwrap();
            for _ in 0..3 {
                peer.deflated("never ".repeat(50));
                peer.expect_text("never ".repeat(50));
            }
        }
        for answer in [ANSWER, "permessage-deflate; server_no_context_takeover"] {
            let (near, far) = Pipe::new(1 << 16);
            let client = std::thread::spawn(move || {
                Client::new().deflate(deflate()).connect_over("ws://localhost/", near)
            });
            let mut peer = Peer::accept(far).unwrap();
            peer.open(&[("sec-websocket-extensions", answer)]);
            talk(&mut client.join().unwrap().unwrap(), &mut peer);
        }
    });
}

#[test]
fn a_message_in_parts_and_beside_pings() {
    let (mut near, far) = Pipe::new(4096);
    let mut peer = Peer::over(far, Role::Client).unwrap();
    peer.agree_deflate("x-other, permessage-deflate");
    // RFC 7692 §7.2.3.1.
    for frame in [
        RawFrame::text([0xF2, 0x48, 0xCD]).rsv(4).fin(false),
        RawFrame::ping("there?"),
        RawFrame::continuation([0xC9, 0xC9, 0x07, 0x00]),
        RawFrame::text("plain"),
    ] {
        near.write_all(&frame.to_bytes(Role::Server)).unwrap();
    }
    peer.expect_text("Hello");
    peer.expect_text("plain");
}

#[test]
fn a_peer_that_does_what_was_not_agreed_on() {
    // It keeps its context, although it was told not to.
    let settings = Settings::new().deflate(Deflate::new());
    let (mut ws, mut peer) = Peer::pair_with(Role::Server, &settings).unwrap();
    peer.agree_deflate(ANSWER);
    peer.deflated("hello, hello");
    peer.deflated("hello, hello");
    assert_eq!(ws.recv().unwrap(), Some("hello, hello".into()));
    assert!(matches!(ws.recv(), Err(Error::Protocol(ProtocolError::BadDeflate))));
    peer.expect_close(1007);
}

#[test]
fn a_peer_notices_what_was_not_agreed_on() {
    let (near, far) = Pipe::new(4096);
    let mut near = Peer::over(near, Role::Client).unwrap();
    let mut far = Peer::over(far, Role::Server).unwrap();
    near.agree_deflate(ANSWER);
    far.agree_deflate("permessage-deflate; client_no_context_takeover");
    near.deflated("hello, hello");
    near.deflated("hello, hello");
    far.expect_text("hello, hello");
    let text = report::of(|| drop(far.expect_text("hello, hello")));
    assert!(text.contains("compressed, but not by DEFLATE"), "{text}");
}

#[test]
fn what_a_failure_says_of_compressed_messages() {
    let settings = Settings::new().deflate(Deflate::new().min_size(0));
    let (mut ws, mut peer) = Peer::pair_with(Role::Client, &settings).unwrap();
    peer.deflated("lobby?");
    ws.send("la la la la la la loby").unwrap();
    let line = line!() + 1;
    let text = report::of(|| drop(peer.expect_text("la la la la la la lobby")));
    let [.., sent, received] = text.lines().collect::<Vec<_>>()[..] else { panic!("{text}") };
    assert!(sent.starts_with("    +T -> text rsv1 len="), "{text}");
    assert!(sent.ends_with(" deflated \"lobby?\""), "{text}");
    assert!(received.starts_with("    +T <- text rsv1 len="), "{text}");
    assert!(received.ends_with(" inflated \"la la la la la la loby\""), "{text}");
    let want = format!(
        "\
the peer failed at tests/kit/deflate.rs:{line}
  expected  text \"la la la la la la lobby\"
  received  text \"la la la la la la loby\"
                                       ^ byte 21
  before it
{sent}
{received}"
    );
    assert_eq!(text, want);

    // What is no DEFLATE.
    let (mut near, far) = Pipe::new(4096);
    let mut peer = Peer::over(far, Role::Client).unwrap();
    peer.agree_deflate(ANSWER);
    let frame = RawFrame::text("\u{6}").rsv(4).to_bytes(Role::Server);
    near.write_all(&frame).unwrap();
    let line = line!() + 1;
    let text = report::of(|| drop(peer.expect_text(Pattern::any())));
    let want = format!(
        "\
the peer failed at tests/kit/deflate.rs:{line}
  expected  text of any content
  received  text rsv1 len=1 \"\\u{{6}}\", compressed, but not by DEFLATE as RFC 7692 has it
  before it
    +T <- text rsv1 len=1 \"\\u{{6}}\" compressed, but not by DEFLATE as RFC 7692 has it"
    );
    assert_eq!(text, want);

    // What is no agreement.
    let line = line!() + 1;
    let text = report::of(|| peer.agree_deflate("permessage-bzip2"));
    let [first, expected, received, ..] = text.lines().collect::<Vec<_>>()[..] else { panic!() };
    assert_eq!(first, format!("the peer failed at tests/kit/deflate.rs:{line}"));
    assert_eq!(
        [expected, received],
        ["  expected  permessage-deflate", "  received  \"permessage-bzip2\""]
    );
}
