//! proto/compression

mod codec;
mod codecs;
mod deflate;
mod deflation;
mod inflation;
mod negotiation;

pub(crate) use codec::{Deflater, Inflater};
pub(crate) use codecs::Codecs;
pub use deflate::Deflate;
pub(crate) use deflation::{Alike, Deflation};
pub(crate) use inflation::Inflation;
pub(crate) use negotiation::Agreed;

#[cfg(all(test, feature = "deflate"))]
pub(crate) use deflate::Context;
#[cfg(all(test, feature = "deflate"))]
mod tests;
