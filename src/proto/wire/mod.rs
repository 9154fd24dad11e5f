//! What is on the wire, read by an observer that refuses nothing (RFC 6455 §5).
//!
//! ```text
//! bytes of a direction -> Lane -> heads, headers -> Messages -> Passed -> a line of a log
//! ```
//!
//! `decoder` sees both directions of a connection, and `lane` one of them. `http` is a head, `header`
//! the header of a frame, `messages` what the frames make together, and `event` what is said of each
//! thing that passes. `breach` names the rules that can be broken. `utf8` and `inflate` look into
//! messages; `quoted` shows bytes so that they cannot end a line.
//!
//! Nothing here uses the codec that a `WebSocket` uses, so that what looks at a connection cannot
//! share a fault with it. The feature `deflate` picks one of two files that define the same names:
//! `inflate.rs`, or `off.rs`, which inflates nothing.

mod breach;

mod decoder;
pub(crate) use decoder::Decoder;

mod event;
pub use event::Way;
pub(crate) use event::{Passed, Shows, What};

mod header;

mod http;

#[cfg_attr(not(feature = "deflate"), path = "off.rs")]
mod inflate;

mod lane;

mod messages;

mod quoted;

mod utf8;

// What the kit looks at more closely.
#[cfg(feature = "kit")]
pub(crate) use self::{
    breach::Breach,
    event::{Frame, Kept},
    header::{BINARY, CLOSE, CONTINUATION, Header, PING, PONG, TEXT, mask, name},
    http::{Head, accept, without_secrets},
    inflate::{AVAILABLE, Broken, Inflate},
    quoted::quoted,
};
