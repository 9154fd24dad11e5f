//! Payloads as bytes: masked, checked as text, buffered and copied. `budget` counts memory against
//! a bound that many connections share, and `extent` says how large a buffer should be.
//! `first_line` quotes what is no payload.
//!
//! `copy` avoids copies that some processors make slowly. Text is checked once. Safe Rust
//! cannot make a `String` of bytes without checking them. So a text that arrives in pieces becomes
//! a `String` piece by piece, and a text that lies whole in the read buffer is checked when it is
//! lent.

mod budget;
pub(crate) use budget::{Budget, FREE, Grant};

mod copy;
pub(crate) use copy::{PIECE, append, append_text, copy};

mod extent;
pub(crate) use extent::{Extent, USUAL};

mod first_line;
pub(crate) use first_line::first_line;

mod mask;
pub(crate) use mask::mask;

mod read_buffer;
pub(crate) use read_buffer::ReadBuffer;

mod utf8;
pub(crate) use utf8::{Utf8, check_utf8, split_utf8};
