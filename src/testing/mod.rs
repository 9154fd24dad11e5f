//! A test kit: connections without a network.
//!
//! [`pair`] opens a connection in memory, [`pair_with`] one that compresses, [`pair_over`] one over
//! streams of your own; [`Pipe`] is the stream under the others.

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
mod pair;
mod pipe;

pub use pair::{pair, pair_over, pair_with};
pub use pipe::Pipe;
