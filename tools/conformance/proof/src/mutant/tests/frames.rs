//! Frames, messages and the closing handshake.

use std::io::{ErrorKind, Read, Write};
use std::thread;
use std::time::Duration;

use blocking_ws::testing::{Key, Len, Pipe, RawFrame};
use blocking_ws::{Duplex, Role};

use super::{REQUEST, served, shown};
use crate::mutant::{Flag, Flags, Mutant};

fn text(payload: impl AsRef<[u8]>) -> RawFrame {
    RawFrame::text(payload)
}

fn begun(payload: impl AsRef<[u8]>) -> RawFrame {
    RawFrame::text(payload).fin(false)
}

fn more(payload: impl AsRef<[u8]>) -> RawFrame {
    RawFrame::continuation(payload)
}

fn ping(payload: &str) -> RawFrame {
    RawFrame::ping(payload)
}

fn close(code: u16) -> RawFrame {
    RawFrame::close(code, "")
}

/// What is sent, what the strict peer answers, and what the one with the flag does. A Close frame
/// 1000 follows what is sent.
type Row = (Flag, Vec<RawFrame>, &'static str, &'static str);

fn check(rows: Vec<Row>) {
    for (flag, frames, strict, broken) in rows {
        let last = close(1000);
        let frames = frames.iter().chain([&last]);
        let bytes: Vec<u8> = frames.flat_map(|frame| frame.to_bytes(Role::Client)).collect();
        let (_, sent) = served(Flags::NONE, REQUEST, &bytes);
        assert_eq!(shown(&sent), strict, "strict, for {flag}");
        let (_, sent) = served(flag.into(), REQUEST, &bytes);
        assert_eq!(shown(&sent), broken, "{flag}");
    }
}

#[test]
fn frames_that_are_received() {
    let big = "x".repeat(126);
    check(vec![
        (Flag::AcceptRsv, vec![text("a").rsv(4)], "X1002", "T:a X1000"),
        (Flag::RsvControlAccept, vec![ping("a").rsv(1)], "X1002", "G:a X1000"),
        (Flag::AcceptOp, vec![RawFrame::of(3, "a")], "X1002", "X1000"),
        (Flag::AcceptOp, vec![RawFrame::of(11, "a")], "X1002", "X1000"),
        (
            Flag::ControlFragments,
            vec![ping("a").fin(false), more("b"), text("c")],
            "X1002",
            "G:a T:c X1000",
        ),
        (Flag::LongControl, vec![ping("a").fin(false)], "X1002", "G:a X1000"),
        (Flag::LongControl, vec![RawFrame::close(1000, &big)], "X1002", "X1000"),
        (Flag::Control124, vec![RawFrame::pong(&big[..125])], "X1000", "X1002"),
        (Flag::LoneCont, vec![more("a"), text("b")], "X1002", "T:a T:b X1000"),
        (Flag::LoneCont, vec![more("a").fin(false), text("b")], "X1002", "T:a T:b X1000"),
        (Flag::DataInsideOk, vec![begun("a"), text("b")], "X1002", "T:b X1000"),
        (Flag::NonminimalAccept, vec![text("a").len(Len::In16(1))], "X1002", "T:a X1000"),
        (Flag::TopBitAccept, vec![text("").len(Len::In64(1 << 63))], "X1002", "T X1000"),
        (Flag::UnmaskedAccept, vec![text("a").key(Key::None)], "X1002", "T:a X1000"),
        (Flag::FragmentsRefused, vec![begun("a"), more("b")], "T:ab X1000", "X1003"),
        (Flag::FragmentDropped, vec![begun("a"), more("b")], "T:ab X1000", "T:a X1000"),
        (Flag::FragmentsSwapped, vec![begun("a"), more("b")], "T:ab X1000", "T:ba X1000"),
        (Flag::FragmentsApart, vec![begun("a"), more("b")], "T:ab X1000", "T:a T:b X1000"),
        (Flag::ContTypeLost, vec![begun("a"), more("b")], "T:ab X1000", "B:ab X1000"),
        (
            Flag::ControlInsideRefused,
            vec![begun("a"), ping("p"), more("b")],
            "G:p T:ab X1000",
            "X1002",
        ),
        (Flag::ReadsAhead, vec![text("a"), text("b").rsv(2)], "T:a X1002", "X1002"),
    ]);
}

#[test]
fn pings_and_pongs() {
    let pong = || RawFrame::pong("a");
    check(vec![
        (Flag::NoPong, vec![ping("a")], "G:a X1000", "X1000"),
        (Flag::EmptyPong, vec![ping("a")], "G:a X1000", "G X1000"),
        (Flag::PongTwice, vec![ping("a")], "G:a X1000", "G:a G:a X1000"),
        (Flag::OnePong, vec![ping("a"), ping("b")], "G:a G:b X1000", "G:a X1000"),
        (Flag::PongAnswered, vec![pong()], "X1000", "G:a X1000"),
        (Flag::PongFails, vec![pong()], "X1000", "X1002"),
        (
            Flag::LatePong,
            vec![begun("a"), ping("p"), more("b")],
            "G:p T:ab X1000",
            "T:ab G:p X1000",
        ),
    ]);
}

#[test]
fn texts() {
    let bad = b"a\xED\xA0\x80b";
    check(vec![
        (Flag::NoUtf8, vec![text(b"a\xFFb")], "X1007", "T:a\u{FFFD}b X1000"),
        (Flag::LateUtf8, vec![begun(b"\xFF"), ping("p"), more("")], "X1007", "G:p X1007"),
        (Flag::Utf8AtFrameEnd, vec![begun(b"\xFF"), ping("p")], "X1007", "X1007"),
        (Flag::Utf8PerFragment, vec![begun(b"\xC3"), more(b"\xBC")], "T:ü X1000", "X1007"),
        (Flag::SurrogatesOk, vec![text(bad)], "X1007", "T:a\u{FFFD}\u{FFFD}\u{FFFD}b X1000"),
        (Flag::OverlongOk, vec![text(b"\xC0\x80")], "X1007", "T:\u{FFFD}\u{FFFD} X1000"),
        (Flag::CutCharacterOk, vec![text(b"a\xC3")], "X1007", "T:a\u{FFFD} X1000"),
        (Flag::StrayByteOk, vec![text(b"a\x80")], "X1007", "T:a\u{FFFD} X1000"),
        (Flag::AsciiOnly, vec![text("ü")], "T:ü X1000", "X1007"),
    ]);
}

#[test]
fn messages() {
    let binary = || RawFrame::binary("a");
    let fragments = || {
        let middle = (0..100).map(|_| more("").fin(false));
        [begun("a")].into_iter().chain(middle).chain([more("b")]).collect()
    };
    check(vec![
        (Flag::EchoBinaryAsText, vec![binary()], "B:a X1000", "T:a X1000"),
        (Flag::TextOnly, vec![binary()], "B:a X1000", "X1003"),
        (Flag::BinaryOnly, vec![text("a")], "T:a X1000", "X1003"),
        (Flag::EmptyLost, vec![text("")], "T X1000", "X1000"),
        (Flag::Limit100Fragments, fragments(), "T:ab X1000", "X1008"),
    ]);
    for (flag, len, broken) in [
        (Flag::Limit125, 126, None),
        (Flag::Limit32k, (32 << 10) + 1, None),
        (Flag::Limit1m, (1 << 20) + 1, None),
        (Flag::Length16Bits, 65537, Some(1)),
        (Flag::Truncates16m, 16 << 20, Some((16 << 20) - 1)),
    ] {
        let bytes = [text("x".repeat(len)), close(1000)].map(|frame| frame.to_bytes(Role::Client));
        let echoed = |flags| {
            let (_, sent) = served(flags, REQUEST, &bytes.concat());
            let (frame, _) = RawFrame::parse(&sent).unwrap();
            (frame.opcode == 1).then_some(frame.payload.len())
        };
        assert_eq!(echoed(Flags::NONE), Some(len));
        assert_eq!(echoed(flag.into()), broken, "{flag}");
    }
}

#[test]
fn a_connection_dies_after_100_messages() {
    let bytes: Vec<u8> = (0..101).flat_map(|_| text("a").to_bytes(Role::Client)).collect();
    for (flags, answers) in [(Flags::NONE, 101), (Flag::DiesAfter100.into(), 100)] {
        let (_, sent) = served(flags, REQUEST, &bytes);
        assert_eq!(shown(&sent), ["T:a"].repeat(answers).join(" "));
    }
}

#[test]
fn closing() {
    let part = || vec![begun("a"), close(1000)];
    let empty = || vec![RawFrame::close_raw("")];
    check(vec![
        (Flag::BareDrop, vec![more("a")], "X1002", ""),
        (Flag::WrongCode, vec![more("a")], "X1002", "X1008"),
        (Flag::EchoClose, vec![close(1005)], "X1002", "X1005"),
        (Flag::IgnoreClose, vec![close(1000), text("a")], "X1000", "T:a"),
        (Flag::Close1005, empty(), "X", "X1005"),
        (Flag::EmptyCloseRefused, empty(), "X", "X1002"),
        (Flag::CloseCodeLost, vec![close(4000)], "X4000", "X"),
        (Flag::CloseTwice, vec![close(1000)], "X1000", "X1000 X1000"),
        (Flag::DataAfterClose, vec![close(1000)], "X1000", "X1000 T:too late"),
        (Flag::GoesOnAfterClose, vec![close(1000), ping("a"), text("b")], "X1000", "X1000 G:a T:b"),
        (Flag::CloseInMessageFails, part(), "X1000", "X1002"),
        (Flag::CloseSendsPart, part(), "X1000", "T:a X1000"),
        (Flag::ShortCloseOk, vec![RawFrame::close_raw("a")], "X1002", "X1000"),
        (Flag::AnyCloseCode, vec![close(999)], "X1002", "X1000"),
    ]);
}

#[test]
fn who_ends_the_connection() {
    let bad = more("a");
    for (flag, frame) in [(Flag::NoDrop, &close(1000)), (Flag::FailNoDrop, &bad)] {
        for (flags, ends) in [(Flags::NONE, true), (flag.into(), false)] {
            let (mut near, far) = Pipe::new(1024);
            let serving = thread::spawn(move || Mutant { flags }.echo(far, Role::Server));
            near.write_all(format!("{REQUEST}\r\n").as_bytes()).unwrap();
            near.write_all(&frame.to_bytes(Role::Client)).unwrap();
            let timeout = if ends { super::PATIENCE } else { Duration::from_millis(500) };
            near.set_read_timeout(Some(timeout)).unwrap();
            let ended = near.read_to_end(&mut Vec::new());
            assert_eq!(ended.is_ok(), ends, "{flag}: {ended:?}");
            drop(near);
            serving.join().unwrap().unwrap();
        }
    }
}

#[test]
fn an_end_by_reset() {
    let (mut near, far) = Pipe::new(1024);
    let mutant = Mutant::new([Flag::CloseReset]);
    let serving = thread::spawn(move || mutant.echo(far, Role::Server));
    near.write_all(format!("{REQUEST}\r\n").as_bytes()).unwrap();
    near.write_all(&close(1000).to_bytes(Role::Client)).unwrap();
    near.set_read_timeout(Some(super::PATIENCE)).unwrap();
    let error = near.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    serving.join().unwrap().unwrap();
}

#[test]
fn rfc_6455_section_8_1_bad_text_is_found_in_an_unfinished_frame() {
    let whole = text([b"a\xF4".as_slice(), b"\x90\x80\x80", &[b'x'; 100]].concat());
    let bytes = whole.to_bytes(Role::Client);
    for cut in [0, 1] {
        let (mut near, far) = Pipe::new(1024);
        let serving = thread::spawn(move || Mutant::default().echo(far, Role::Server));
        near.set_read_timeout(Some(super::PATIENCE)).unwrap();
        near.write_all(format!("{REQUEST}\r\n").as_bytes()).unwrap();
        // The header, the key, and the payload up to the second byte of the bad character.
        let (first, second) = bytes[..6 + 3].split_at(8 + cut);
        near.write_all(first).unwrap();
        near.write_all(second).unwrap();
        let mut sent = Vec::new();
        near.read_to_end(&mut sent).unwrap();
        let head = sent.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
        assert_eq!(shown(&sent[head..]), "X1007");
        drop(near);
        serving.join().unwrap().unwrap();
    }
}

#[test]
fn what_the_mutant_sends_is_as_its_flags_say() {
    let bytes = [text("a"), close(1000)].map(|frame| frame.to_bytes(Role::Client)).concat();
    let first = |flags| {
        let (_, sent) = served(flags, REQUEST, &bytes);
        RawFrame::parse(&sent).unwrap().0
    };
    assert_eq!((first(Flags::NONE).key, first(Flags::NONE).len), (Key::None, Len::Minimal));
    assert!(matches!(first(Flag::MaskAsServer.into()).key, Key::Fixed(_)));
    assert_eq!(first(Flag::NonminimalSend.into()).len, Len::In64(1));
}

#[test]
fn a_frame_may_come_in_parts() {
    let whole = [text("abc"), close(1000)].map(|frame| frame.to_bytes(Role::Client)).concat();
    for (flags, want) in [(Flags::NONE, "T:abc X1000"), (Flag::NeedsWholeFrames.into(), "")] {
        let (mut near, far) = Pipe::new(1);
        let serving = thread::spawn(move || drop(Mutant { flags }.echo(far, Role::Server)));
        let mut writer = near.try_clone().unwrap();
        let whole = whole.clone();
        // The pipe holds a byte: each read has one.
        let writing = thread::spawn(move || {
            writer.write_all(format!("{REQUEST}\r\n").as_bytes()).unwrap();
            drop(writer.write_all(&whole));
        });
        let mut sent = Vec::new();
        drop(near.read_to_end(&mut sent));
        let head = sent.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
        assert_eq!(shown(&sent[head..]), want);
        writing.join().unwrap();
        drop(near);
        serving.join().unwrap();
    }
}
