//! A mutant as a client.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::thread;

use base64::Engine as _;
use blocking_ws::testing::{Key, Pipe, RawFrame};
use blocking_ws::{Duplex, Role};
use sha1::{Digest as _, Sha1};

use super::{PATIENCE, shown};
use crate::mutant::{Flag, Flags, Mutant};

/// Answers the request of a mutant with a head of which `change` makes what it likes, and sends
/// `bytes` behind. Returns the mutant's frames; `None` if it fails the handshake.
fn answered(flags: Flags, change: impl Fn(String) -> String, bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut near, far) = Pipe::new(1 << 20);
    let client = thread::spawn(move || Mutant { flags }.echo(far, Role::Client));
    near.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && near.read(&mut byte).unwrap() > 0 {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let digest = Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    let accept = base64::engine::general_purpose::STANDARD.encode(digest);
    let response = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    let response = change(response);
    drop(near.write_all(&[response.as_bytes(), bytes].concat()));
    drop(near.shutdown(Shutdown::Write));
    let mut sent = Vec::new();
    drop(near.read_to_end(&mut sent));
    let ended = client.join().unwrap();
    (ended.is_ok() || !sent.is_empty()).then_some(sent)
}

fn hello() -> Vec<u8> {
    let frames = [RawFrame::text("a"), RawFrame::text("b"), RawFrame::close(1000, "")];
    frames.map(|frame| frame.to_bytes(Role::Server)).concat()
}

#[test]
fn rfc_6455_section_4_1_responses_and_the_flags_that_take_them() {
    for (from, to, flag) in [
        ("", "", None),
        ("HTTP", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP", None),
        ("Upgrade: websocket", "uPGRADE:WEBSOCKET", None),
        ("Switching Protocols", "", None),
        ("Accept: ", "Accept: x", Some(Flag::NoAcceptCheck)),
        ("Sec", "Sec-WebSocket-Extensions: x\r\nSec", Some(Flag::AnyExtension)),
        ("Sec", "Sec-WebSocket-Protocol: x\r\nSec", Some(Flag::AnySubprotocol)),
        ("Sec", "Sec-WebSocket-Extensions: permessage-deflate; x\r\nSec", Some(Flag::OfferBadOk)),
    ] {
        let change = |response: String| response.replacen(from, to, 1);
        let strict = answered(Flags::NONE, change, &hello());
        assert_eq!(strict.is_some(), flag.is_none(), "{to}");
        if let Some(flag) = flag {
            assert!(answered(flag.into(), change, &hello()).is_some(), "{flag}");
        }
    }
    for (from, to) in [
        ("101", "200"),
        ("HTTP/1.1", "HTTP/1.0"),
        ("Upgrade: websocket\r\n", ""),
        ("Upgrade: websocket", "Upgrade: h2c"),
        ("Connection: Upgrade", "Connection: keep-alive"),
    ] {
        let change = |response: String| response.replacen(from, to, 1);
        assert_eq!(answered(Flags::NONE, change, &hello()), None, "{to}");
    }
}

#[test]
fn frames_of_a_client() {
    let keys = |flags| {
        let sent = answered(flags, |response| response, &hello()).unwrap();
        let (first, len) = RawFrame::parse(&sent).unwrap();
        (first.key, RawFrame::parse(&sent[len..]).unwrap().0.key)
    };
    let (one, other) = keys(Flags::NONE);
    assert!(one != other && one != Key::None && other != Key::None);
    let (one, other) = keys(Flag::SameKey.into());
    assert!(one == other && one != Key::None);
    assert_eq!(keys(Flag::NoMaskAsClient.into()), (Key::None, Key::None));
}

#[test]
fn what_a_client_receives() {
    let masked = [RawFrame::text("a"), RawFrame::close(1000, "")]
        .map(|frame| frame.to_bytes(Role::Client))
        .concat();
    for (flags, bytes, want) in [
        (Flags::NONE, hello(), "T:a T:b X1000"),
        (Flag::LosesGlued.into(), hello(), ""),
        (Flag::Refuse.into(), hello(), ""),
        (Flag::CloseAtOnce.into(), hello(), ""),
        (Flags::NONE, masked.clone(), "X1002"),
        (Flag::MaskedAccept.into(), masked, "T:a X1000"),
    ] {
        let sent = answered(flags, |response| response, &bytes);
        assert_eq!(shown(&sent.unwrap_or_default()), want, "{flags:?}");
    }
}
