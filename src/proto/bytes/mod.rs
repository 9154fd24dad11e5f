//! proto/bytes

mod copy;
mod mask;
mod read_buffer;
mod utf8;

pub(crate) use copy::{PIECE, append, append_text};
pub(crate) use mask::mask;
pub(crate) use read_buffer::ReadBuffer;
pub(crate) use utf8::{Utf8, check_utf8, split_utf8};
