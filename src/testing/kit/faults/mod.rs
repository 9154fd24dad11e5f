//! What goes wrong in one direction of a connection, and where.
//!
//! `plan` is what a test says: `fault` at a `place`. `lane` follows a plan while bytes pass, for a
//! [`Faulty`](super::faulty::Faulty) stream and for the two directions of a proxy. `scanner` tells
//! it where heads and frames end, and `dice` what is random. Nothing in here moves bytes or waits.
//! `every_byte` runs a test once for each place.

mod dice;

mod every_byte;
pub use every_byte::at_every_byte;

mod fault;
pub(crate) use fault::Ending;
pub use fault::Fault;

mod lane;
pub(crate) use lane::{Demand, Lane, Piece, after};

mod place;
pub use place::At;

mod plan;
pub use plan::Faults;

mod scanner;
