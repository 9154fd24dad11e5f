//! The protocol without its sockets: bytes in, events out.
//!
//! Nothing here knows of streams, clocks, randomness, threads or locks; what depends on them is an
//! argument. Reading order: `header`, `inbound`, `outbound`, `closing`; then `request` and
//! `response` for the opening handshake, `deflate` and `compression` for RFC 7692. On a client's
//! way there: `url`, `redirect`, `proxy`, and `connect` and `socks` for how one is asked.

pub(crate) mod append;
pub(crate) mod assembly;
pub(crate) mod authority;
pub(crate) mod backoff;
pub(crate) mod body;
pub(crate) mod budget;
pub(crate) mod buffer;
pub(crate) mod close;
pub(crate) mod closing;
pub(crate) mod code;
pub(crate) mod codec;
pub(crate) mod compression;
pub(crate) mod connect;
pub(crate) mod credentials;
pub(crate) mod deflate;
pub(crate) mod environment;
pub(crate) mod error;
pub(crate) mod handshake;
pub(crate) mod head;
pub(crate) mod header;
pub(crate) mod inbound;
pub(crate) mod limits;
pub(crate) mod mask;
pub(crate) mod message;
pub(crate) mod offer;
pub(crate) mod outbound;
pub(crate) mod proxy;
pub(crate) mod redirect;
pub(crate) mod refusal;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod role;
pub(crate) mod room;
pub(crate) mod socks;
pub(crate) mod spelling;
pub(crate) mod status;
pub(crate) mod target;
pub(crate) mod tunnel;
pub(crate) mod unfinished;
pub(crate) mod url;
pub(crate) mod url_error;
pub(crate) mod utf8;
