//! DEFLATE (RFC 1951), as far as messages need it.
//!
//! The feature `deflate` picks one of two files that define the same names: `zlib.rs`, or `off.rs`,
//! which is never entered. Apart from tests, nothing else knows the feature.

#[cfg_attr(not(feature = "deflate"), path = "off.rs")]
mod zlib;
pub(crate) use zlib::{AVAILABLE, Deflater, Inflater};
