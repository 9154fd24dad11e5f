//! What is on the wire, read by an observer that judges nothing.
//!
//! `inflate` reads compressed messages (RFC 7692) of whichever end. It shares no code with
//! `compression`, so that what looks at a connection cannot share a fault with it. The feature
//! `deflate` picks one of two files that define the same names: `inflate.rs`, or `off.rs`, which
//! inflates nothing.

#[cfg_attr(not(feature = "deflate"), path = "off.rs")]
mod inflate;
pub(crate) use inflate::{AVAILABLE, Broken, Inflate};
