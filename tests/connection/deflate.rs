//! Compressed connections from their two ends and on the wire between them (RFC 7692).

#![cfg(feature = "deflate")]

use std::thread;

use blocking_ws::testing::{Peer, RawFrame, pair_with};
use blocking_ws::{
    Client, CloseCode, Deflate, Error, Message, ProtocolError, Role, Server, Settings,
    Uncompressed, WebSocket,
};
use test_support::within;

/// RSV1 (§6).
const RSV1: u8 = 4;
/// §7.2.3.1: "Hello".
const HELLO: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x07\x00";

/// An end, and its peer, which sees what is compressed as it is.
fn end(role: Role, deflate: Option<&Deflate>) -> (WebSocket, Peer) {
    let settings = deflate.map_or_else(Settings::new, |it| Settings::new().deflate(it.clone()));
    Peer::pair_with(role, &settings).unwrap()
}

fn takeover() -> Deflate {
    Deflate::new().send_takeover(true).recv_takeover(true)
}

/// Messages of many sizes, of which some can be made smaller.
fn messages() -> Vec<Message> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut noise = |len: usize| -> Vec<u8> {
        let next = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_be_bytes()[0]
        };
        (0..len).map(next).collect()
    };
    let mut messages = Vec::new();
    for len in [0, 1, 63, 64, 65, 125, 126, 700, 5000, 20_000, 65_535, 65_536, 200_000] {
        messages.push("grüße ".repeat(len).chars().take(len).collect::<String>().into());
        messages.push(noise(len).into());
        // What is far back comes again.
        messages.push(noise(len / 2).repeat(2).into());
    }
    messages
}

#[test]
fn section_7_messages_of_every_size_with_every_setting() {
    within(|| {
        let messages = messages();
        let settings = [
            Deflate::new(),
            takeover(),
            Deflate::new().send_takeover(true).level(6).send_window_bits(9),
            Deflate::new().recv_takeover(true).recv_window_bits(10).min_size(0),
        ];
        for of_server in &settings {
            let server = Server::bind("127.0.0.1:0").unwrap().deflate(of_server.clone());
            let server = server.spawn(|ws| {
                ws.send(format!("{:?}", ws.extensions()))?;
                while let Some(message) = ws.recv()? {
                    ws.send(message)?;
                }
                Ok(())
            });
            let server = server.unwrap();
            for of_client in &settings {
                let client = Client::new().deflate(of_client.clone());
                let mut ws = client.connect(server.url()).unwrap();
                let extensions = format!("{:?}", ws.extensions());
                assert!(extensions.contains("permessage-deflate"), "{extensions}");
                assert_eq!(ws.recv().unwrap(), Some(extensions.as_str().into()));
                for message in &messages {
                    ws.send(message).unwrap();
                    let echo = ws.recv().unwrap();
                    let len = message.as_bytes().len();
                    assert!(echo.as_ref() == Some(message), "{len} bytes with {extensions}");
                }
                ws.close(CloseCode::Normal, "").unwrap();
            }
        }
    });
}

#[test]
fn section_5_1_either_end_can_do_without() {
    let echo = |ws: &mut WebSocket| {
        while let Some(message) = ws.recv()? {
            ws.send(message)?;
        }
        Ok(())
    };
    let bind = || Server::bind("127.0.0.1:0").unwrap();
    let plain = bind().spawn(echo).unwrap();
    let compresses = bind().deflate(Deflate::new()).spawn(echo).unwrap();
    for (rule, client, server) in [
        ("the server", Client::new().deflate(Deflate::new()), &plain),
        ("the client", Client::new(), &compresses),
    ] {
        let mut ws = client.connect(server.url()).unwrap();
        assert_eq!(ws.extensions(), None, "{rule}");
        let message = Message::from("x".repeat(1000));
        ws.send(&message).unwrap();
        assert_eq!(ws.recv().unwrap(), Some(message), "{rule}");
    }
}

#[test]
fn settings_that_can_never_work_are_refused() {
    let wrong = Deflate::new().send_window_bits(8);
    let invalid = |outcome: Result<(), Error>| matches!(outcome, Err(Error::Invalid(_)));
    let server = || Server::bind("127.0.0.1:0").unwrap().deflate(wrong.clone());
    assert!(invalid(server().serve(|_| Ok(()))));
    assert!(invalid(server().spawn(|_| Ok(())).map(drop)));
    assert!(invalid(Client::new().deflate(wrong.clone()).connect("ws://127.0.0.1:1/").map(drop)));
    assert!(invalid(pair_with(&Settings::new().deflate(wrong.clone())).map(drop)));
}

#[test]
fn section_6_1_what_goes_over_the_wire() {
    let long = "again and ".repeat(50);
    for (rule, deflate, rsv) in [
        ("each by itself", Deflate::new(), RSV1),
        ("with takeover", takeover(), RSV1),
        ("too short", Deflate::new().min_size(501), 0),
    ] {
        let (mut ws, mut peer) = end(Role::Server, Some(&deflate));
        peer.called(rule);
        ws.send(&*long).unwrap();
        let one = peer.recv_frame().unwrap();
        assert_eq!(one, RawFrame::text(&one.payload).rsv(rsv), "{rule}");
        assert_eq!(one.payload.len() < 100, rsv == RSV1, "{rule}: {one:?}");
        let plain = Uncompressed(long.clone());
        ws.send(&plain).unwrap();
        // As it is, also from a sender.
        peer.expect_frame(RawFrame::text(&long));
        ws.sender().unwrap().feed(plain).unwrap();
        ws.flush().unwrap();
        peer.expect_frame(RawFrame::text(&long));
        ws.send(&*long).unwrap();
        let again = peer.recv_frame().unwrap();
        match rule {
            "with takeover" => assert!(again.payload.len() < 20, "{again:?}"),
            _ => assert_eq!(again, one, "{rule}: the same again"),
        }
    }
    let (mut ws, mut peer) = end(Role::Server, Some(&Deflate::new()));
    ws.send("short").unwrap();
    peer.expect_frame(RawFrame::text("short"));
}

#[test]
fn section_6_1_a_client_masks_what_it_compressed() {
    let long = "again and ".repeat(50);
    let (mut client, mut of_client) = end(Role::Client, Some(&Deflate::new()));
    let (mut ws, mut peer) = end(Role::Server, Some(&Deflate::new()));
    ws.send(&*long).unwrap();
    let compressed = peer.recv_frame().unwrap();
    assert_eq!(compressed.rsv, RSV1);
    client.send(&*long).unwrap();
    // The same, and masked.
    of_client.expect_frame(&compressed);
    peer.frame(compressed);
    assert_eq!(ws.recv().unwrap(), Some(long.into()));
}

#[test]
fn section_6_2_messages_of_a_peer() {
    let (mut ws, mut peer) = end(Role::Server, Some(&Deflate::new()));
    peer.frame(RawFrame::text(HELLO).rsv(RSV1));
    peer.send("plain");
    peer.frame(RawFrame::text(&HELLO[..3]).rsv(RSV1).fin(false));
    peer.ping("between");
    peer.frame(RawFrame::continuation(&HELLO[3..]));
    for want in ["Hello", "plain", "Hello"] {
        assert_eq!(ws.recv().unwrap(), Some(want.into()));
    }
    peer.expect_frame(RawFrame::pong("between"));
    peer.frame(RawFrame::text(HELLO).rsv(RSV1));
    assert_eq!(ws.recv_ref().unwrap().unwrap().as_text(), Some("Hello"), "lent");
}

#[test]
fn section_6_2_broken_rules_end_with_their_code() {
    let not_text = b"\x00\x01\x00\xfe\xff\xff\x00";
    let deflate = Deflate::new();
    let with_takeover = takeover();
    let text = |data: &[u8]| RawFrame::text(data).rsv(RSV1);
    for (rule, agreed, frame, broken, code) in [
        ("corrupt", true, text(b"\x07"), ProtocolError::BadDeflate, 1007),
        (
            "cut short",
            true,
            RawFrame::binary(&HELLO[..6]).rsv(RSV1),
            ProtocolError::BadDeflate,
            1007,
        ),
        ("no text", true, text(not_text), ProtocolError::BadUtf8, 1007),
        ("a ping", true, RawFrame::ping("").rsv(RSV1), ProtocolError::ReservedBits, 1002),
        ("a Close", true, RawFrame::close_raw("").rsv(RSV1), ProtocolError::ReservedBits, 1002),
        ("RSV2", true, RawFrame::text("").rsv(2), ProtocolError::ReservedBits, 1002),
        ("not agreed on", false, text(HELLO), ProtocolError::ReservedBits, 1002),
    ] {
        let kind = if agreed { [Some(&deflate), Some(&with_takeover)] } else { [None; 2] };
        for (mut ws, mut peer) in kind.map(|deflate| end(Role::Server, deflate)) {
            peer.called(rule).frame(&frame);
            peer.half_close();
            let got = ws.recv();
            assert!(matches!(got, Err(Error::Protocol(got)) if got == broken), "{rule}: {got:?}");
            peer.expect_frame(RawFrame::close(code, &broken.to_string()));
        }
    }
}

#[test]
fn connections_in_many_threads_share_the_pool() {
    within(|| {
        let talks: Vec<_> = (0..6)
            .map(|n| {
                thread::spawn(move || {
                    let deflate = [Deflate::new(), takeover(), Deflate::new().level(6)];
                    let (mut client, mut server) =
                        pair_with(&Settings::new().deflate(deflate[n % 3].clone())).unwrap();
                    let sender = thread::spawn(move || {
                        for round in 0..200 {
                            let text = format!("connection {n}, round {round}; ").repeat(round);
                            client.send(&text).unwrap();
                            client.send(Uncompressed(&text)).unwrap();
                        }
                        client.close(CloseCode::Normal, "").unwrap();
                    });
                    for round in 0..200 {
                        let text = format!("connection {n}, round {round}; ").repeat(round);
                        for _ in 0..2 {
                            assert!(server.recv().unwrap().as_ref() == Some(&text.as_str().into()));
                        }
                    }
                    assert_eq!(server.recv().unwrap(), None);
                    sender.join().unwrap();
                })
            })
            .collect();
        for talk in talks {
            talk.join().unwrap();
        }
    });
}
