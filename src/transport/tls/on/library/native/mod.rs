//! TLS by the system's library, through the crate `native-tls`.
//!
//! `identity` is a certificate with its key, `client` and `server` begin handshakes, and `session`
//! is one of them. If the feature `tls` is off, `missing.rs` has the same names.

mod client;
pub(super) use client::client;
pub(crate) use client::client_of;

mod identity;
pub(super) use identity::Identity;
#[cfg(test)]
#[cfg(not(any(windows, target_vendor = "apple")))]
pub(crate) use identity::{fault, pair_trial};

mod server;
pub(super) use server::server;
pub(crate) use server::server_of;

mod session;
