//! Group 7: Close frames, good and bad (RFC 6455 §5.5.1, §7.1 and §7.4).

use super::draft::Draft;
use super::notation::{GREEK, SECOND, continuation, ping, text, text_back};
use crate::case::{Act, Case, Fatal, Frame, Level, Payload};

const HANDSHAKE: &str = "RFC 6455 §7.1.2";
const FRAME: &str = "RFC 6455 §5.5.1";
const CODES: &str = "RFC 6455 §7.4.1";
const RANGES: &str = "RFC 6455 §7.4.2";
const HELLO: &str = "Hello World!";

pub(super) fn cases() -> Vec<Case> {
    [around_the_close(), payloads(), good_codes(), bad_codes(), unknown_codes()].concat()
}

/// Begins a case that we close, of which a wrong code is a fault.
fn closing(id: impl Into<String>, title: impl Into<String>, rule: &'static str) -> Draft {
    Draft::legal(id, title, rule).fails_after(SECOND).fatal(Fatal::WrongCode)
}

/// The Close frame of the closing handshake.
fn close(code: u16, reason: &[u8]) -> Act {
    Act::Close([&code.to_be_bytes(), reason].concat().into())
}

/// The closing handshake, with other frames before and behind.
fn around_the_close() -> Vec<Case> {
    let behind = |id, title: &str, frame: Frame| {
        let draft = closing(id, title, FRAME).act(close(1000, b"")).frames([frame]);
        draft.closed_by_acts().case()
    };
    let long = Payload::repeat(b"BAsd7&jh23", 256 << 10);
    vec![
        closing("7.1.1", "text, and Close once it is back", HANDSHAKE)
            .frames([text(HELLO)])
            .wants([text_back(HELLO)])
            .case(),
        behind("7.1.2", "Close, then another", Frame::of(8, Payload::EMPTY)),
        behind("7.1.3", "Close, then a ping", ping("")),
        behind("7.1.4", "Close, then a text", text(HELLO)),
        closing("7.1.5", "Close between two fragments", FRAME)
            .frames([text("fragment1").not_fin()])
            .act(close(1000, b""))
            .frames([continuation("fragment2")])
            .closed_by_acts()
            .case(),
        // A program may close before it has sent what it had to say.
        closing("7.1.6", "text of 256 KiB, short text, Close and ping at once", FRAME)
            .fatal(Fatal::Nothing)
            .frames([text(long.clone()), text(HELLO)])
            .act(close(1000, b""))
            .frames([ping("")])
            .wants([text_back(long), text_back(HELLO)])
            .or([])
            .closed_by_acts()
            .informational()
            .case(),
    ]
}

/// Payloads of Close frames.
fn payloads() -> Vec<Case> {
    let good = |id, title: &str, act: Act| closing(id, title, FRAME).act(act).closed_by_acts();
    let bad = |id, title: &str, act: Act| good(id, title, act).unclean().codes([1002]);
    let reason = [&GREEK[..], b"\xed\xa0\x80edited"].concat();
    vec![
        good("7.3.1", "Close without a code", Act::Close(Payload::EMPTY)).case(),
        bad("7.3.2", "Close with half a code", Act::Close("a".into())).case(),
        good("7.3.3", "Close with a code", close(1000, b"")).case(),
        good("7.3.4", "Close with a code and a reason", close(1000, HELLO.as_bytes())).case(),
        good("7.3.5", "Close with a reason of 123 bytes, the most", close(1000, &[b'*'; 123]))
            .case(),
        bad("7.3.6", "Close with a reason of 124 bytes, one too many", close(1000, &[b'*'; 124]))
            .case(),
        bad("7.5.1", "Close with a reason that is not UTF-8", close(1000, &reason))
            .codes([1002, 1007])
            .case(),
    ]
}

fn good_codes() -> Vec<Case> {
    let codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
    let case = |(at, code): (u8, u16)| {
        let rule = if code < 3000 { CODES } else { RANGES };
        let mut answers = vec![1000, code];
        answers.dedup();
        // Only a client has a use for it.
        let level = if code == 1010 { Level::Info } else { Level::Must };
        closing(format!("7.7.{at}"), format!("Close with {code}, a good code"), rule)
            .act(close(code, b""))
            .codes(answers)
            .level(level)
            .case()
    };
    (1..).zip(codes).map(case).collect()
}

fn bad_codes() -> Vec<Case> {
    let codes = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
    let case = |(at, code): (u8, u16)| {
        let rule = if matches!(code, 1004..=1006) { CODES } else { RANGES };
        // It is reserved: what it means may be said some day.
        let level = if code == 1004 { Level::Info } else { Level::Must };
        closing(format!("7.9.{at}"), format!("Close with {code}, a bad code"), rule)
            .act(close(code, b""))
            .unclean()
            .codes([1002])
            .level(level)
            .case()
    };
    (1..).zip(codes).map(case).collect()
}

/// §7.4.2 says nothing about codes from 5000 on.
fn unknown_codes() -> Vec<Case> {
    let case = |(at, code): (u8, u16)| {
        closing(format!("7.13.{at}"), format!("Close with {code}, above all ranges"), RANGES)
            .fatal(Fatal::Nothing)
            .act(close(code, b""))
            .unclean()
            .codes([1000, code, 1002])
            .closed_by_acts()
            .informational()
            .case()
    };
    (1..).zip([5000, 65_535]).map(case).collect()
}
