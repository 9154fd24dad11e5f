//! Names of hosts that are not ASCII (IDNA, by UTS 46).
//!
//! The feature `idn` picks one of two files that define the same name: `uts46.rs`, or `off.rs`, which
//! says what to do. Apart from tests, nothing else knows the feature.

#[cfg_attr(not(feature = "idn"), path = "off.rs")]
mod uts46;
pub(super) use uts46::to_ascii;
