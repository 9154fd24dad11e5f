//! The socket side of a connection: its stream, the deadlines of reads, and the outbox.
//!
//! `driver` is the type. `stream_reader` reads the stream, `ahead` reads more than is received,
//! `peer_pings` says whether pings are answered, `timekeeping` does what
//! [`Keepalive`](super::keepalive::Keepalive) decides, and `leaving` is the state of a connection
//! that ends. The part for the end itself is in `connection/close`.

mod ahead;

mod driver;
pub(crate) use driver::Driver;

mod leaving;
pub(crate) use leaving::{Leaving, Why};

mod peer_pings;
mod stream_reader;
mod timekeeping;
