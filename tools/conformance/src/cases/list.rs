//! [`all`]: the cases of all groups.

use std::sync::LazyLock;

use super::{closing, deflate, fragments, framing, limits, opcodes, pings, reserved, utf8};
use crate::case::Case;

/// Returns all cases, in the order of their ids.
#[must_use]
pub fn all() -> &'static [Case] {
    static ALL: LazyLock<Vec<Case>> = LazyLock::new(|| {
        let groups = [
            framing::cases(),
            pings::cases(),
            reserved::cases(),
            opcodes::cases(),
            fragments::cases(),
            utf8::cases(),
            closing::cases(),
            limits::cases(),
            deflate::cases(),
        ];
        let mut cases = groups.concat();
        cases.sort_by(|a, b| a.id.cmp(&b.id));
        cases
    });
    &ALL
}
