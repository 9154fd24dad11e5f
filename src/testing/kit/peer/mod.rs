//! The other end of a connection, frame by frame, for tests.
//!
//! `peer` is the type. `connect` opens connections as a client and in memory, `opening` answers a
//! client, and `response` reads what a server answers. `send` and `expect` are what a peer does
//! then, with the `compression` that was agreed on. `messages` joins the frames of a message. `rules`
//! replies in whatever order messages come, and checks how many `times` each does. `below` is the
//! stream under a peer. `pattern` is what a message is expected to be, and `report` what a failed
//! expectation says. Frames are those of `wire`. Nothing here uses the code of a `WebSocket`, which it
//! judges.

mod below;

mod compression;

mod connect;

mod expect;

mod messages;

mod opening;

mod pattern;
pub use pattern::Pattern;

mod peer;
pub(crate) use peer::Mismatch;
pub use peer::Peer;

mod report;

mod response;

mod rules;
pub use rules::{Rules, When};

mod send;

mod times;
pub use times::Times;
