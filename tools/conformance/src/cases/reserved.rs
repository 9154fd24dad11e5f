//! Group 3: reserved bits that no extension has given a meaning (RFC 6455 §5.2).

use super::draft::Draft;
use super::notation::{HELLO, NOT_TEXT, WAYS, binary, ping, text, text_back};
use crate::case::{Case, Frame, Payload};

const RULE: &str = "RFC 6455 §5.2";

pub(super) fn cases() -> Vec<Case> {
    let alone = |id, title, frame| Draft::illegal(id, title, RULE).frames([frame]).case();
    let mut cases = vec![
        alone("3.1", "text with RSV3", text(HELLO).rsv(1)),
        alone("3.5", "binary with RSV1 and RSV3", binary(NOT_TEXT).rsv(5)),
        alone("3.6", "binary with RSV1 and RSV2", binary(HELLO).rsv(6)),
        alone("3.7", "Close with all three bits", Frame::of(8, Payload::EMPTY).rsv(7)),
    ];
    let behind = [("3.2", 2, "RSV2"), ("3.3", 3, "RSV2 and RSV3"), ("3.4", 4, "RSV1")];
    cases.extend(behind.into_iter().zip(WAYS).map(|((id, rsv, bits), (writes, how))| {
        Draft::illegal(id, format!("good text, text with {bits}, ping{how}"), RULE)
            .frames([text(HELLO), text(HELLO).rsv(rsv), ping("")])
            .written(writes)
            .wants([text_back(HELLO)])
            .or([])
            .case()
    }));
    cases
}
