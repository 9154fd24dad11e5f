//! The protocol without its sockets: bytes in, events out.
//!
//! Nothing here knows of streams, clocks, randomness, threads or locks; what depends on them is an
//! argument. Reading order: `header`, `inbound`, `outbound`, `closing`; then `request` and
//! `response` for the opening handshake, `deflate` and `compression` for RFC 7692. On a client's
//! way there: `url`, `redirect`, `proxy`, and `connect` and `socks` for how one is asked.

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
