//! permessage-deflate.

use blocking_ws::Role;
use blocking_ws::testing::RawFrame;

use super::{REQUEST, served};
use crate::mutant::{Flag, Flags};

/// `Hello`, compressed, of RFC 7692 §7.2.3.1.
const HELLO: &[u8] = b"\xF2\x48\xCD\xC9\xC9\x07\x00";

fn told(flags: Flags, offer: &str, frames: &[RawFrame]) -> (String, Vec<RawFrame>) {
    let request = format!("{REQUEST}Sec-WebSocket-Extensions: {offer}\r\n");
    let close = RawFrame::close(1000, "");
    let bytes = frames.iter().chain([&close]).flat_map(|frame| frame.to_bytes(Role::Client));
    let (head, sent) = served(flags, &request, &bytes.collect::<Vec<_>>());
    let mut rest = sent.as_slice();
    let mut frames = Vec::new();
    while let Some((frame, len)) = RawFrame::parse(rest) {
        frames.push(frame);
        rest = &rest[len..];
    }
    let line = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Extensions: "));
    (line.unwrap_or_default().to_owned(), frames)
}

#[test]
fn rfc_7692_section_7_1_what_flags_answer_to_offers() {
    const PLAIN: &str = "permessage-deflate";
    for (flag, offer, strict, broken) in [
        (Flag::NoDeflate, PLAIN, PLAIN, ""),
        (
            Flag::NoDeflateTakeoverOff,
            "permessage-deflate; server_no_context_takeover",
            "permessage-deflate; server_no_context_takeover",
            "",
        ),
        (
            Flag::NoDeflateWindow,
            "permessage-deflate; server_max_window_bits=10",
            "permessage-deflate; server_max_window_bits=10",
            "",
        ),
        (
            Flag::NoDeflateWindow9,
            "permessage-deflate; server_max_window_bits=9",
            "permessage-deflate; server_max_window_bits=9",
            "",
        ),
        (Flag::OfferBadOk, "permessage-deflate; server_max_window_bits=16", "", PLAIN),
        (Flag::WindowUnasked, PLAIN, PLAIN, "permessage-deflate; client_max_window_bits=10"),
    ] {
        assert_eq!(told(Flags::NONE, offer, &[]).0, strict, "strict, for {flag}");
        assert_eq!(told(flag.into(), offer, &[]).0, broken, "{flag}");
    }
}

#[test]
fn rfc_7692_section_6_what_flags_do_to_messages() {
    let hello = || RawFrame::text(HELLO).rsv(4);
    let cut = || vec![hello().fin(false), RawFrame::continuation("")];
    let halves = || {
        let (first, last) = HELLO.split_at(3);
        vec![RawFrame::text(first).rsv(4).fin(false), RawFrame::continuation(last)]
    };
    let again = || vec![hello(), RawFrame::text(b"\xF2\x00\x11\x00\x00").rsv(4)];
    // What is answered: compressed texts, and the code of the Close frame.
    let answers = |flags, frames: &[RawFrame]| {
        let (_, sent) = told(flags, "permessage-deflate; server_no_context_takeover", frames);
        let close = sent.last().and_then(|close| close.payload.first_chunk().copied());
        (sent.len() - 1, close.map(u16::from_be_bytes))
    };
    for (flag, frames, strict, broken) in [
        (Flag::TakeoverLost, again(), (2, 1000), (1, 1007)),
        (
            Flag::BfinalFails,
            vec![RawFrame::text(b"\xF3\x48\xCD\xC9\xC9\x07\x00\x00").rsv(4)],
            (1, 1000),
            (0, 1007),
        ),
        (
            Flag::Rsv1ContAccept,
            vec![hello().fin(false), RawFrame::continuation("").rsv(4)],
            (0, 1002),
            (1, 1000),
        ),
        (Flag::CompressedFragmentsRefused, cut(), (1, 1000), (0, 1002)),
        (Flag::InflatesEachFrame, halves(), (1, 1000), (0, 1007)),
        (Flag::PlainRefused, vec![RawFrame::text("a")], (1, 1000), (0, 1002)),
        (Flag::Rsv1EachFrame, vec![hello()], (1, 1000), (2, 1000)),
    ] {
        let some = |(messages, code)| (messages, Some(code));
        assert_eq!(answers(Flags::NONE, &frames), some(strict), "strict, for {flag}");
        assert_eq!(answers(flag.into(), &frames), some(broken), "{flag}");
    }
}

#[test]
fn rfc_7692_section_7_2_1_what_is_sent() {
    let hello = || RawFrame::text(HELLO).rsv(4);
    let sent = |flags, offer| {
        let (_, frames) = told(flags, offer, &[hello(), hello()]);
        [frames[0].clone(), frames[1].clone()]
    };
    let [first, second] = sent(Flags::NONE, "permessage-deflate");
    assert!(first.rsv == 4 && first.payload == HELLO && second.payload.len() < HELLO.len());
    let offer = "permessage-deflate; server_no_context_takeover";
    assert_eq!(sent(Flags::NONE, offer)[1].payload, HELLO);
    assert_ne!(sent(Flag::TakeoverKept.into(), offer)[1].payload, HELLO);
    let [first, _] = sent(Flag::TailKept.into(), offer);
    assert_eq!(first.payload, [HELLO, b"\0\0\xFF\xFF"].concat());
}

#[test]
fn rfc_7692_section_7_1_2_1_the_window() {
    // 1,000 bytes without repetition, twice: a window of 512 bytes does not see it.
    let mut seed = 1_u32;
    let mut random = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed.to_be_bytes()[0]
    };
    let half: Vec<u8> = (0..1000).map(|_| random()).collect();
    let message = RawFrame::binary([half.as_slice(), &half].concat());
    let len = |flags| {
        let offer = "permessage-deflate; server_max_window_bits=9";
        told(flags, offer, std::slice::from_ref(&message)).1[0].payload.len()
    };
    assert!(len(Flags::NONE) > 1900, "{}", len(Flags::NONE));
    assert!(len(Flag::WindowIgnored.into()) < 1200, "{}", len(Flag::WindowIgnored.into()));
}

#[test]
fn rfc_7692_section_8_a_bomb() {
    let zeros = vec![0; (64 << 20) + 1];
    let mut deflate = flate2::Compress::new(flate2::Compression::fast(), false);
    let mut bomb = Vec::with_capacity(1 << 20);
    deflate.compress_vec(&zeros, &mut bomb, flate2::FlushCompress::Sync).unwrap();
    let message = RawFrame::binary(bomb).rsv(4);
    let closed = |flags| {
        let (_, frames) = told(flags, "permessage-deflate", std::slice::from_ref(&message));
        frames.last().unwrap().payload[..2].to_vec()
    };
    assert_eq!(closed(Flags::NONE), 1009_u16.to_be_bytes());
    assert_eq!(closed(Flag::BombOk.into()), 1000_u16.to_be_bytes());
}
