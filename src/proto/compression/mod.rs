//! proto/compression

mod codec;
mod deflation;
mod negotiation;

pub(crate) use codec::{Deflater, Inflater};
pub(crate) use deflation::{Alike, Codecs, Deflation, Inflation};
pub(crate) use negotiation::Agreed;
pub use negotiation::Deflate;

#[cfg(all(test, feature = "deflate"))]
pub(crate) use negotiation::Context;
