//! TLS by the crate `rustls`, with the cryptography of `ring`, which needs no more than a C compiler
//! to build, on musl too.
//!
//! `identity` is a certificate with its key, `client` and `server` begin handshakes, and `session`
//! is one of them, over `records`. `side` is what clients and servers have in common. `named` has
//! the certificates of a server by name, `roots` is whom a side trusts, and `verifier` says which
//! servers a client accepts. `provider` is the cryptography. If the feature `rustls` is off,
//! `missing.rs` has the same names.

mod client;
pub(super) use client::client;
pub(crate) use client::client_of;

mod identity;
pub(super) use identity::Identity;

mod provider;
mod records;
mod roots;

mod named;

mod server;
pub(super) use server::server;
pub(crate) use server::server_of;

mod session;
mod side;
mod verifier;
