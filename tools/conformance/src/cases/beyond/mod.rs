//! Cases beyond those of the Autobahn test suite: their ids have letters.
//!
//! `F` is about frames, `P` about pings, `U` about UTF-8, `C` about
//! closing, and `H` about the opening handshake of a server. The numbers behind
//! the dot are the parameters of a row.

mod asking;
mod closing;
mod frames;
mod lengths;
mod pings;
mod text;

mod list;
pub(super) use list::cases;
