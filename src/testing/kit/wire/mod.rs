//! Frames as they are, legal or not.
//!
//! `raw_frame` is a frame as it is, legal or not, and `frames` takes frames from bytes as they
//! come. `deflate` compresses messages; without the feature of that name `deflate_off` stands in
//! its place. Nothing here uses the library's own frames and codec, which it judges.

#[cfg_attr(not(feature = "deflate"), path = "deflate_off.rs")]
mod deflate;
pub(crate) use deflate::Deflate;

mod frames;
pub(crate) use frames::Frames;

mod raw_frame;
pub use raw_frame::{Key, Len, RawFrame};
