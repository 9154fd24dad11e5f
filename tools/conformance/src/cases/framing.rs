//! Group 1: messages of each form of the length (RFC 6455 §5.2).

use std::time::Duration;

use blocking_ws::MessageKind;

use super::draft::Draft;
use super::notation::kind_name;
use crate::case::{Case, Expected, Frame, Payload, Writes};

/// How long the messages are, and in how many bits the header says it.
const LENGTHS: [(usize, u8); 7] =
    [(0, 7), (125, 7), (126, 16), (127, 16), (128, 16), (65_535, 16), (65_536, 64)];

pub(super) fn cases() -> Vec<Case> {
    let kinds = [(1, MessageKind::Text, b"*"), (2, MessageKind::Binary, b"\xfe")];
    kinds.into_iter().flat_map(|(part, kind, unit)| of_kind(part, kind, unit)).collect()
}

fn of_kind(part: u8, kind: MessageKind, unit: &'static [u8]) -> Vec<Case> {
    let draft = |at: usize, len: usize, writes: Writes, how: String| {
        let title = format!("{} of {len} bytes, {how}", kind_name(kind));
        let payload = Payload::repeat(unit, len);
        let opcode = if kind == MessageKind::Text { 1 } else { 2 };
        let time = Duration::from_secs(if len < 65_535 { 1 } else { 10 });
        Draft::legal(format!("1.{part}.{at}"), title, "RFC 6455 §5.2")
            .frames([Frame::of(opcode, payload.clone()).writes(writes)])
            .wants([Expected::Message(kind, payload)])
            .fails_after(time)
            .case()
    };
    let mut cases: Vec<Case> = (1..)
        .zip(LENGTHS)
        .map(|(at, (len, bits))| draft(at, len, Writes::Together, format!("a {bits}-bit length")))
        .collect();
    cases.push(draft(8, 65_536, Writes::Chopped(997), "in writes of 997 bytes".to_owned()));
    cases
}
