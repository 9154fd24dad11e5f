//! All cases.

use crate::case::Case;

/// All cases, in the order of their ids.
#[must_use]
pub fn all() -> Vec<Case> {
    Vec::new()
}
