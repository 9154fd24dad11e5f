//! Group 4: opcodes that mean nothing yet (RFC 6455 §5.2).

use super::draft::Draft;
use super::notation::{HELLO, ping, text, text_back};
use crate::case::{Case, Frame, Writes};

const RULE: &str = "RFC 6455 §5.2";

/// The first opcode of a kind without a meaning: 3 to 7 are of data, 11 to 15 are of control.
const FIRST: [(u8, u8, &str); 2] = [(1, 3, "data"), (2, 11, "control")];

pub(super) fn cases() -> Vec<Case> {
    FIRST.into_iter().flat_map(|(part, first, kind)| of_kind(part, first, kind)).collect()
}

fn of_kind(part: u8, first: u8, kind: &str) -> [Case; 5] {
    let alone = |at: u8, payload: &'static str, how: &str| {
        let opcode = first + at - 1;
        Draft::illegal(format!("4.{part}.{at}"), format!("{kind} opcode {opcode}, {how}"), RULE)
            .frames([Frame::of(opcode, payload)])
            .case()
    };
    let behind = |at: u8, payload: &'static str, writes: Writes, how: &str| {
        let opcode = first + at - 1;
        let title = format!("good text, {kind} opcode {opcode}{how}, ping");
        Draft::illegal(format!("4.{part}.{at}"), title, RULE)
            .frames([text(HELLO), Frame::of(opcode, payload), ping("")])
            .written(writes)
            .wants([text_back(HELLO)])
            .or([])
            .case()
    };
    [
        alone(1, "", "empty"),
        alone(2, "reserved opcode payload", "with a payload"),
        behind(3, "", Writes::Together, ", empty"),
        behind(4, HELLO, Writes::Together, " with a payload"),
        behind(5, HELLO, Writes::Chopped(1), " with a payload, all byte by byte"),
    ]
}
