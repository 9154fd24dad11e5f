//! The protocol without its sockets: bytes in, events out.
//!
//! Nothing here knows streams, clocks, randomness, threads or locks. What depends on them is an
//! argument.
//!
//! ```text
//! rules          roles, limits, close codes, and what a peer can do wrong
//! bytes          masks, UTF-8, the read buffer
//! frame          headers, and frames as they are written
//! close          Close frames and the closing handshake
//! message        messages, and the memory in which one is assembled
//! http           heads, lists in headers, refusals
//! compression    permessage-deflate (RFC 7692)
//! wire           what is on the wire, read by an observer that refuses nothing
//! inbound        the receiving half of a connection: bytes in, messages and control frames out
//! url            where a URL leads, and what may be shown there
//! handshake      the opening handshake: requests and responses of both sides
//! proxy          which proxy to take, and how it is asked
//! ```
//!
//! Each folder uses only folders above it in this list.

pub(crate) mod bytes;
pub(crate) mod close;
pub(crate) mod compression;
pub(crate) mod frame;
pub(crate) mod handshake;
pub(crate) mod http;
pub(crate) mod inbound;
pub(crate) mod message;
pub(crate) mod proxy;
pub(crate) mod rules;
pub(crate) mod url;
pub(crate) mod wire;
