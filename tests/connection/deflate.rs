//! Compressed connections from their two ends and on the wire between them (RFC 7692).

#![cfg(feature = "deflate")]

use std::thread;
use std::time::Duration;

use blocking_ws::testing::{pair, pair_with};
use blocking_ws::{
    Client, CloseCode, Deflate, Duplex, Error, Message, ProtocolError, Role, Server, Settings,
    Stream, Uncompressed, WebSocket,
};
use test_support::wire::{Peer, TEXT};
use test_support::within;

/// RSV1 on a text.
const COMPRESSED: u8 = TEXT | 0x40;
/// §7.2.3.1: "Hello".
const HELLO: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
const PING: u8 = 0x89;
const CLOSE: u8 = 0x88;

/// A server's end, and the client's in bytes.
fn server(deflate: Option<&Deflate>) -> (WebSocket, Peer<Stream>) {
    let (client, server) = deflate
        .map_or_else(pair, |deflate| pair_with(&Settings::new().deflate(deflate.clone())).unwrap());
    let pipe = client.get_ref().try_clone().unwrap();
    // It would say goodbye.
    std::mem::forget(client);
    pipe.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    (server, Peer::of(Role::Server, pipe))
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
    for (rule, deflate, first) in [
        ("each by itself", Deflate::new(), COMPRESSED),
        ("with takeover", takeover(), COMPRESSED),
        ("too short", Deflate::new().min_size(501), TEXT),
    ] {
        let (mut ws, mut peer) = server(Some(&deflate));
        ws.send(&*long).unwrap();
        let (got, one) = peer.next().unwrap();
        assert_eq!(got, first, "{rule}");
        assert_eq!(one.len() < 100, first == COMPRESSED, "{rule}: {} bytes", one.len());
        let plain = Uncompressed(long.clone());
        ws.send(&plain).unwrap();
        assert_eq!(peer.next().unwrap(), (TEXT, long.clone().into()), "{rule}: as it is");
        ws.sender().unwrap().feed(plain).unwrap();
        ws.flush().unwrap();
        assert_eq!(peer.next().unwrap(), (TEXT, long.clone().into()), "{rule}: from a sender");
        ws.send(&*long).unwrap();
        let (_, again) = peer.next().unwrap();
        match rule {
            "with takeover" => assert!(again.len() < 20, "{} bytes", again.len()),
            _ => assert_eq!(again, one, "{rule}: the same again"),
        }
    }
    let (mut ws, mut peer) = server(Some(&Deflate::new()));
    ws.send("short").unwrap();
    assert_eq!(peer.next().unwrap(), (TEXT, b"short".to_vec()));
}

#[test]
fn section_6_1_a_client_masks_what_it_compressed() {
    let long = "again and ".repeat(50);
    let (mut client, server) = pair_with(&Settings::new().deflate(Deflate::new())).unwrap();
    let pipe = server.get_ref().try_clone().unwrap();
    client.send(&*long).unwrap();
    // It unmasks, and fails where nothing is masked.
    let (first, from_client) = Peer::of(Role::Client, pipe).next().unwrap();
    let (mut ws, mut peer) = self::server(Some(&Deflate::new()));
    ws.send(&*long).unwrap();
    assert_eq!((first, &from_client), (COMPRESSED, &peer.next().unwrap().1));
    peer.send(COMPRESSED, &from_client);
    assert_eq!(ws.recv().unwrap(), Some(long.into()));
}

#[test]
fn section_6_2_messages_of_a_peer() {
    let (mut ws, mut peer) = server(Some(&Deflate::new()));
    peer.send(COMPRESSED, HELLO);
    peer.send(TEXT, b"plain");
    peer.send(COMPRESSED & !0x80, &HELLO[..3]);
    peer.send(PING, b"between");
    peer.send(0x80, &HELLO[3..]);
    for want in ["Hello", "plain", "Hello"] {
        assert_eq!(ws.recv().unwrap(), Some(want.into()));
    }
    assert_eq!(peer.next().unwrap(), (PING + 1, b"between".to_vec()), "its pong");
    peer.send(COMPRESSED, HELLO);
    assert_eq!(ws.recv_ref().unwrap().unwrap().as_text(), Some("Hello"), "lent");
}

#[test]
fn section_6_2_broken_rules_end_with_their_code() {
    let not_text = b"\x00\x01\x00\xfe\xff\xff\x00";
    let deflate = Deflate::new();
    let with_takeover = takeover();
    for (rule, agreed, first, payload, broken, code) in [
        ("corrupt", true, COMPRESSED, &b"\x07"[..], ProtocolError::BadDeflate, 1007),
        ("cut short", true, COMPRESSED + 1, &HELLO[..6], ProtocolError::BadDeflate, 1007),
        ("no text", true, COMPRESSED, not_text, ProtocolError::BadUtf8, 1007),
        ("a ping", true, PING | 0x40, b"", ProtocolError::ReservedBits, 1002),
        ("a Close", true, CLOSE | 0x40, b"", ProtocolError::ReservedBits, 1002),
        ("RSV2", true, TEXT | 0x20, b"", ProtocolError::ReservedBits, 1002),
        ("not agreed on", false, COMPRESSED, HELLO, ProtocolError::ReservedBits, 1002),
    ] {
        let kind = if agreed { [Some(&deflate), Some(&with_takeover)] } else { [None; 2] };
        for (mut ws, mut peer) in kind.map(server) {
            peer.send(first, payload);
            peer.stream.shutdown(std::net::Shutdown::Write).unwrap();
            let got = ws.recv();
            assert!(matches!(got, Err(Error::Protocol(got)) if got == broken), "{rule}: {got:?}");
            let (first, said) = peer.next().unwrap();
            assert_eq!((first, &said[..2]), (CLOSE, &u16::to_be_bytes(code)[..]), "{rule}");
            assert_eq!(String::from_utf8_lossy(&said[2..]), broken.to_string(), "{rule}");
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
