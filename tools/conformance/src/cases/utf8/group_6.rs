//! The cases of group 6.

use std::fmt::Write as _;
use std::time::Duration;

use blocking_ws::MessageKind;

use super::super::draft::Draft;
use super::super::notation::{GREEK, SECOND, continuation, text, text_back};
use super::rows::{Section, sections};
use crate::case::{Act, Case, Expected, Level, Payload, Until};

const WHOLE: &str = "RFC 6455 §5.6";
const CUT: &str = "RFC 6455 §5.4";
const INVALID: &str = "RFC 6455 §8.1";

/// A greeting with characters of one and two bytes: 15 of its bytes, then the rest.
const GREETING: (&[u8], &[u8]) = ("Hello-µ@ßöä".as_bytes(), "üàá-UTF-8!!".as_bytes());

/// What follows the bytes that are not UTF-8.
const REST: &[u8; 6] = b"edited";

pub(in super::super) fn cases() -> Vec<Case> {
    let mut cases = [with_empty_fragments(), valid(), invalid(), noticed_early()].concat();
    cases.extend(sections().iter().flat_map(rows));
    cases
}

fn with_empty_fragments() -> Vec<Case> {
    const MIDDLE: &str = "middle frame payload";
    let fragments = |id, title, middle: &'static str| {
        Draft::legal(id, title, CUT)
            .frames([text("").not_fin(), continuation(middle).not_fin(), continuation("")])
            .wants([text_back(middle)])
            .case()
    };
    vec![
        Draft::legal("6.1.1", "empty text", WHOLE).frames([text("")]).wants([text_back("")]).case(),
        fragments("6.1.2", "empty text in three empty fragments", ""),
        fragments("6.1.3", "text between two empty fragments", MIDDLE),
    ]
}

fn valid() -> Vec<Case> {
    let whole = || Payload::from([GREETING.0, GREETING.1].concat());
    let echoed = |id, title, rule, payload, fragment| {
        Draft::legal(id, title, rule).echoed(MessageKind::Text, payload, fragment).case()
    };
    vec![
        echoed("6.2.1", "greeting with characters of two bytes", WHOLE, whole(), None),
        Draft::legal("6.2.2", "the greeting, cut between two characters", CUT)
            .frames([text(GREETING.0).not_fin(), continuation(GREETING.1)])
            .wants([text_back(whole())])
            .case(),
        echoed("6.2.3", "the greeting, in fragments of one byte", CUT, whole(), Some(1)),
        echoed("6.2.4", "Greek word, in fragments of one byte", CUT, GREEK.into(), Some(1)),
    ]
}

fn invalid() -> Vec<Case> {
    let surrogate = || Payload::from([&GREEK[..], b"\xed\xa0\x80", REST].concat());
    let sent = |id, title, fragment| {
        let act = Act::Message { kind: MessageKind::Text, payload: surrogate(), fragment };
        Draft::bad_text(id, title, INVALID).act(act).case()
    };
    vec![
        sent("6.3.1", "surrogate within a text", None),
        sent("6.3.2", "surrogate within a text, in fragments of one byte", Some(1)),
    ]
}

/// Texts in three parts. With the second part it is certain that the text is not UTF-8: a program
/// that checks each byte as it comes fails then, another fails at the end of the message.
fn noticed_early() -> Vec<Case> {
    let all = || [&GREEK[..], b"\xf4\x90\x80\x80", REST].concat();
    let part = |from: usize, to: usize| Payload::from(all()[from..to].to_vec());
    let pause = |tag, until| Act::Pause { tag: Some(tag), most: SECOND, until };
    let paused = |id, title: &str, [first, second, last]: [Act; 3]| {
        Draft::bad_text(id, title, INVALID)
            .act(first)
            .act(pause("A", Until::Answered))
            .act(second)
            .act(pause("B", Until::Closed))
            .act(last)
            .wants([Expected::Timeout("A")])
            .or([Expected::Timeout("A"), Expected::Timeout("B")])
            .level(Level::Should)
    };
    // The second part goes from here to there.
    let (character, byte) = ((11, 15), (12, 13));
    let len = all().len();
    let fragments = |(from, to)| {
        [
            text(part(0, from)).not_fin(),
            continuation(part(from, to)).not_fin(),
            continuation(part(to, len)),
        ]
        .map(Act::Frame)
    };
    let pieces = |(from, to)| {
        let first = Act::Begin { fin: false, opcode: 1, len, payload: part(0, from) };
        [first, Act::More(part(from, to)), Act::More(part(to, len))]
    };
    let frame = |id, title, parts| paused(id, title, parts).frames([continuation("")]).case();
    vec![
        paused("6.4.1", "bad character in the second fragment", fragments(character)).case(),
        paused("6.4.2", "bad byte in the second fragment", fragments(byte)).case(),
        frame("6.4.3", "bad character in the second piece of a frame", pieces(character)),
        frame("6.4.4", "bad byte in the second piece of a frame", pieces(byte)),
    ]
}

/// Texts of one frame each.
fn rows(section: &Section) -> Vec<Case> {
    let row = |(at, (is_valid, bytes)): (usize, &(bool, Vec<u8>))| {
        let id = format!("6.{}.{}", section.number, at + 1);
        let title = format!("{}: {}", section.title, in_hex(bytes));
        let draft = if *is_valid {
            Draft::legal(id, title, section.rule).wants([text_back(bytes.clone())])
        } else {
            Draft::bad_text(id, title, section.rule)
        };
        draft.frames([text(bytes.clone())]).fails_after(Duration::from_millis(500)).case()
    };
    section.rows.iter().enumerate().map(row).collect()
}

/// Writes bytes in hexadecimal digits; of many only the first, and how many there are.
fn in_hex(bytes: &[u8]) -> String {
    const MOST: usize = 16;
    let is_short = bytes.len() <= MOST;
    let shown = if is_short { bytes } else { &bytes[..4] };
    let mut digits = shown.iter().fold(String::new(), |mut digits, byte| {
        // A String takes everything.
        let _ = write!(digits, "{byte:02x}");
        digits
    });
    if !is_short {
        let _ = write!(digits, "… ({} bytes)", bytes.len());
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_valid_or_not_as_they_say() {
        for section in sections() {
            for (is_valid, bytes) in &section.rows {
                let number = section.number;
                assert_eq!(std::str::from_utf8(bytes).is_ok(), *is_valid, "6.{number} {bytes:x?}");
            }
        }
    }

    #[test]
    fn the_second_part_is_where_utf8_ends() {
        let bytes = [&GREEK[..], b"\xf4\x90\x80\x80", REST].concat();
        let valid_with = |len: usize| match std::str::from_utf8(&bytes[..len]) {
            Ok(_) => true,
            Err(e) => e.error_len().is_none(),
        };
        assert!(valid_with(11) && valid_with(12) && !valid_with(13));
    }

    #[test]
    fn the_greeting_is_cut_between_characters() {
        assert_eq!((GREETING.0.len(), GREETING.1.len()), (15, 14));
    }
}
