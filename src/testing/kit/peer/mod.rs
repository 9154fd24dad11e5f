//! The other end of a connection, frame by frame, for tests.
//!
//! `peer` is the type, `opening` its handshake, `send` and `expect` what it does. `pattern` is what a
//! message is expected to be, and `report` what a failed expectation says. Frames are those of
//! `wire`. Nothing here uses the code of a `WebSocket`, which it judges.

mod expect;
mod opening;

mod pattern;
pub use pattern::Pattern;

mod peer;
pub(crate) use peer::Mismatch;
pub use peer::Peer;

mod report;

mod send;
