//! All cases with letters.

use super::{answering, asking, closing, frames, lengths, pings, text};
use crate::case::Case;

/// Returns all cases with letters.
pub(in crate::cases) fn cases() -> Vec<Case> {
    [
        lengths::cases(),
        frames::cases(),
        pings::cases(),
        text::cases(),
        closing::cases(),
        asking::cases(),
        answering::cases(),
    ]
    .concat()
}
