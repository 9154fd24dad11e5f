//! The floor: what a blocking server with a thread for each client costs without a library. It does what
//! an echo needs, and no more: no limits of time, no closing handshake of its own, no settings.
//!
//! Reading order: `serve` for threads and the upgrade, `client` for what is done with bytes, `frame` for
//! headers and masks (RFC 6455 §5.2).

mod client;
mod frame;
mod serve;

pub(super) use serve::serve;
