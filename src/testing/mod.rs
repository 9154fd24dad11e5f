//! A test kit: connections without a network.
//!
//! [`pair`] opens a connection in memory; [`Pipe`] is the stream under it.

mod pair;
mod pipe;

pub use pair::pair;
pub use pipe::Pipe;
