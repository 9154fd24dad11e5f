//! Cases beyond those of the Autobahn test suite: their ids have letters.
//!
//! `F` is about frames, `P` about pings, `U` about UTF-8, `C` about closing, `H` about the opening
//! handshake of a server, and `HC` about that of a client. The numbers behind the dot are the
//! parameters of a row.

mod answering;
mod asking;
mod closing;
mod frames;
mod heads;
mod lengths;
mod pings;
mod text;

mod list;
pub(super) use list::cases;
