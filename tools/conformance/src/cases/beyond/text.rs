//! U: UTF-8 across fragments, in Close frames and in binary messages (RFC 6455 §5.6 and §8.1).

use std::iter;

use blocking_ws::MessageKind;

use crate::case::{Act, Case, End, Expected, Frame, Until};
use crate::cases::draft::Draft;
use crate::cases::notation::{
    NOT_TEXT, SECOND, binary, continuation, ping, pong_back, text, text_back,
};
use crate::random::Random;

const UTF8: &str = "RFC 6455 §8.1";
const FRAGMENTS: &str = "RFC 6455 §5.6";

/// The length of a long text.
const LONG: usize = 100 << 10;

pub(super) fn cases() -> Vec<Case> {
    [bad_text(), cut_characters(), bad_reason(), binary_and_random()].concat()
}

/// U1: a text that ends too early, and long ones with a bad byte.
fn bad_text() -> Vec<Case> {
    let cut = |at: u8, title: &str, frames: [Frame; 2]| {
        Draft::bad_text(format!("U1.{at}"), title, UTF8).frames(frames).case()
    };
    let long = |at: u8, place: &str, bad: usize| {
        let mut bytes = vec![b'*'; LONG];
        bytes[bad] = 0xff;
        let title = format!("text of 100 KiB with a bad byte {place}");
        Draft::bad_text(format!("U1.{at}"), title, UTF8).frames([text(bytes)]).case()
    };
    vec![
        cut(1, "text cut in a character, ended by an empty fragment", {
            [text(b"ab\xce").not_fin(), continuation("")]
        }),
        cut(2, "text whose last fragment is cut in a character", {
            [text("ab").not_fin(), continuation(b"\xe2\x82")]
        }),
        long(3, "in front", 0),
        long(4, "in the middle", LONG / 2),
        long(5, "at the end", LONG - 1),
    ]
}

/// U2: characters cut at every byte, with pings between.
fn cut_characters() -> Vec<Case> {
    let case = |(at, character): (u8, &str)| {
        let whole = character.repeat(3);
        let last = whole.len() - 1;
        let frames = whole.bytes().enumerate().flat_map(|(place, byte)| {
            let frame = if place == 0 { text(vec![byte]) } else { continuation(vec![byte]) };
            if place == last { vec![frame] } else { vec![frame.not_fin(), ping("between")] }
        });
        let title = format!("characters of {} bytes, cut at every byte", character.len());
        Draft::legal(format!("U2.{at}"), title, FRAGMENTS)
            .frames(frames)
            .wants(iter::repeat_n(pong_back("between"), last))
            .wants([text_back(whole.clone())])
            .case()
    };
    (1..).zip(["é", "€", "𝄞"]).map(case).collect()
}

/// U3: the reason of a Close frame, in two writes. Its first half is bad already; a program may say so
/// early or late.
fn bad_reason() -> Vec<Case> {
    let first = [b"\x03\xe8bad \xff".as_slice(), &[b'*'; 53]].concat();
    let end = End { codes: vec![1007, 1002], ..End::peer() };
    let case = Draft::illegal("U3", "Close with a bad reason, whose second half comes late", UTF8)
        .act(Act::Begin { fin: true, opcode: 8, len: 125, payload: first.clone().into() })
        .act(Act::Pause { tag: None, most: SECOND, until: Until::Answered })
        .act(Act::More(vec![b'*'; 125 - first.len()].into()))
        .end(end)
        .case();
    vec![case]
}

/// U4: bytes that need not be UTF-8, and text from all over Unicode.
fn binary_and_random() -> Vec<Case> {
    let back = Expected::Message(MessageKind::Binary, NOT_TEXT.into());
    let random = |at: u8| {
        let mut random = Random::seeded(at.into());
        let whole: String = iter::repeat_with(|| character(&mut random)).take(1000).collect();
        let title = format!("1000 characters from all over Unicode, number {}", at - 1);
        Draft::legal(format!("U4.{at}"), title, FRAGMENTS)
            .frames([text(whole.clone())])
            .wants([text_back(whole)])
            .case()
    };
    let bytes = Draft::legal("U4.1", "binary that is not UTF-8", FRAGMENTS)
        .frames([binary(NOT_TEXT)])
        .wants([back])
        .case();
    iter::once(bytes).chain((2..=5).map(random)).collect()
}

/// A character with one to four bytes, each length as often as the others.
fn character(random: &mut Random) -> char {
    const RANGES: [(u32, u32); 4] =
        [(0, 0x7f), (0x80, 0x7ff), (0x800, 0xffff), (0x1_0000, 0x10_ffff)];
    loop {
        let [kind, a, b, c] = random.bytes();
        let (first, last) = RANGES[usize::from(kind) % RANGES.len()];
        let number = u32::from_be_bytes([0, a, b, c]);
        // Surrogates are no characters.
        if let Some(found) = char::from_u32(first + number % (last - first + 1)) {
            return found;
        }
    }
}
