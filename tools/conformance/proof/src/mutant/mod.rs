//! A raw peer that keeps all rules, and breaks those that it is told to.
//!
//! A [`Mutant`] is an echo, as a server or as a client. Without a [`Flag`] it is strict; each flag
//! breaks one rule. It shares no code with the library's protocol, so that it judges both suites
//! and the library alike: `wire` has frames, `text` UTF-8, `compression` permessage-deflate,
//! `handshake` the opening handshake and `connection` all that follows. `serving` and `driving` run
//! it as a server and as a client; `oracle` has verdicts that were measured.

mod compression;

mod connection;

mod driving;

mod flag;
pub use flag::{Flag, UnknownFlag};

mod flags;
pub use flags::Flags;

mod handshake;

mod peer;
pub use peer::Mutant;

mod oracle;
pub use oracle::{Row, SAMPLE, oracle};

mod serving;
pub use serving::Running;

#[cfg(test)]
mod tests;

mod text;

mod wire;
