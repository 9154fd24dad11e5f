//! permessage-deflate (RFC 7692).
//!
//! ```text
//! Deflate --offer, answer, judge--> Agreed --> Deflation, Inflation --> codec
//! settings     negotiation                     one for each direction
//! ```
//!
//! Without context takeover, which is the default, a codec is borrowed for each message from
//! `Codecs`, so an idle connection holds none. What comes out of an inflater counts against the
//! limit of the message, whose buffer never grows beyond it. The inflater is given the last piece,
//! the bytes that RFC 7692 leaves out and an end of stream in one call: a second call costs a small
//! message 7 %. With takeover the stream must not end. So there is a second call, out of which
//! nothing may come.

mod codec;
pub(crate) use codec::{Deflater, Inflater};

mod codecs;
pub(crate) use codecs::Codecs;

mod deflate;
pub use deflate::Deflate;

mod deflation;
pub(crate) use deflation::{Alike, Deflation};

mod inflation;
pub(crate) use inflation::Inflation;

mod negotiation;
pub(crate) use negotiation::Agreed;

#[cfg(all(test, feature = "deflate"))]
pub(crate) use deflate::Context;
#[cfg(all(test, feature = "deflate"))]
mod tests;
