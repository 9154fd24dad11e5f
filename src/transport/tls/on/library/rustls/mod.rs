//! TLS by the crate `rustls`, with the cryptography of `ring`, which needs no more than a C compiler
//! to build, on musl too.
//!
//! `identity` is a certificate with its key, `client` and `server` begin handshakes, and `session`
//! is one of them. `provider` is the cryptography, and `unverified` takes any certificate. If the
//! feature `rustls` is off, `missing.rs` has the same names.

mod client;
pub(super) use client::client;

mod identity;
pub(super) use identity::Identity;

mod provider;

mod server;
pub(super) use server::server;

mod session;
mod unverified;
