//! A test kit: connections without a network.
//!
//! [`pair`] opens a connection in memory, [`pair_with`] one that compresses; [`Pipe`] is the stream
//! under them.

mod pair;
mod pipe;

pub use pair::{pair, pair_with};
pub use pipe::Pipe;
