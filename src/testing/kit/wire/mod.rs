//! Frames as they are, legal or not.
//!
//! `raw_frame` is a frame as it is, legal or not, and `frames` takes frames from bytes as they come.
//! Nothing here uses the library's own frames, which it judges.

mod frames;
pub(crate) use frames::Frames;

mod raw_frame;
pub(crate) use raw_frame::{BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT};
pub use raw_frame::{Key, Len, RawFrame};
