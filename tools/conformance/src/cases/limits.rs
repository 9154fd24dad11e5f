//! Groups 9 and 10: long messages, many fragments, small writes and many messages.

use std::time::Duration;

use blocking_ws::MessageKind;

use super::draft::{BOTH, Draft};
use super::notation::{id, kind_name, size_name};
use crate::case::{Case, Content, Expected, Frame, Level, Payload, Rounds, Test, Writes};

const LENGTH: &str = "RFC 6455 §5.2";
const FRAGMENTS: &str = "RFC 6455 §5.4";
const MESSAGES: &str = "RFC 6455 §5.6";
const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

pub(super) fn cases() -> Vec<Case> {
    let kinds = [(0, MessageKind::Text), (1, MessageKind::Binary)];
    let mut cases: Vec<Case> = kinds
        .into_iter()
        .flat_map(|(at, kind)| {
            [
                long(1 + at, kind),
                fragmented(3 + at, kind),
                chopped(5 + at, kind),
                rounds(7 + at, kind),
            ]
            .concat()
        })
        .collect();
    cases.push(
        Draft::legal("10.1.1", "text of 64 KiB in fragments of 1300 bytes", FRAGMENTS)
            .echoed(MessageKind::Text, Payload::repeat(b"*", 64 * KIB), Some(1300))
            .fails_after(Duration::from_secs(10))
            .case(),
    );
    cases
}

/// What is repeated in a message.
fn unit(kind: MessageKind) -> &'static [u8] {
    match kind {
        MessageKind::Text => b"BAsd7&jh23",
        MessageKind::Binary => b"\x00\xfe\x23\xfa\xf0",
    }
}

/// A message of a single frame.
fn single(id: String, title: String, kind: MessageKind, len: usize, writes: Writes) -> Draft {
    let payload = Payload::repeat(unit(kind), len);
    let back = Expected::Message(kind, payload.clone());
    let opcode = if kind == MessageKind::Text { 1 } else { 2 };
    Draft::legal(id, title, LENGTH)
        .frames([Frame::of(opcode, payload).writes(writes)])
        .wants([back])
        .by_length()
}

/// 9.1 and 9.2: single frames.
fn long(part: u8, kind: MessageKind) -> Vec<Case> {
    let lengths = [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB];
    // Up to here ten seconds are enough.
    let short = if kind == MessageKind::Text { 256 * KIB } else { 4 * MIB };
    let case = |(at, len): (u8, usize)| {
        let title = format!("{} of {}", kind_name(kind), size_name(len));
        let time = Duration::from_secs(if len <= short { 10 } else { 100 });
        single(format!("9.{part}.{at}"), title, kind, len, Writes::Together)
            .closes_after(time)
            .case()
    };
    (1..).zip(lengths).map(case).collect()
}

/// 9.3 and 9.4: 4 MiB in fragments.
fn fragmented(part: u8, kind: MessageKind) -> Vec<Case> {
    let sizes = [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB];
    let case = |(at, size): (u8, usize)| {
        let title = format!("{} of 4 MiB in fragments of {}", kind_name(kind), size_name(size));
        let unit = if (part, at) == (4, 1) { b"\xfe" } else { b"*" };
        Draft::legal(format!("9.{part}.{at}"), title, FRAGMENTS)
            .echoed(kind, Payload::repeat(unit, 4 * MIB), Some(size))
            .by_length()
            .closes_after(Duration::from_secs(100))
            .case()
    };
    (1..).zip(sizes).map(case).collect()
}

/// 9.5 and 9.6: 1 MiB in small writes.
fn chopped(part: u8, kind: MessageKind) -> Vec<Case> {
    let case = |(at, size): (u8, usize)| {
        let title = format!("{} of 1 MiB in writes of {}", kind_name(kind), size_name(size));
        single(format!("9.{part}.{at}"), title, kind, MIB, Writes::Chopped(size))
            .closes_after(Duration::from_secs(1000))
            .case()
    };
    (1..).zip([64, 128, 256, 512, KIB, 2 * KIB]).map(case).collect()
}

/// 9.7 and 9.8: a thousand messages, one by one.
fn rounds(part: u8, kind: MessageKind) -> Vec<Case> {
    let sizes = [(0, 60), (16, 60), (64, 60), (256, 120), (KIB, 240), (4 * KIB, 480)];
    let unit = if kind == MessageKind::Text { b"*" } else { b"\xfe" };
    let case = |(at, (size, seconds)): (u8, (usize, u64))| {
        let title = format!("1000 messages one by one: {} of {}", kind_name(kind), size_name(size));
        let rounds = Rounds {
            kind,
            content: Content::Same(Payload::repeat(unit, size)),
            size,
            fragment: None,
            count: 1000,
            compression: None,
            timer: Duration::from_secs(seconds),
        };
        Case {
            id: id(&format!("9.{part}.{at}")),
            title,
            rule: MESSAGES,
            level: Level::Must,
            roles: BOTH,
            needs_echo: true,
            test: Test::Rounds(rounds),
        }
    };
    (1..).zip(sizes).map(case).collect()
}
