//! The libraries that do the work of TLS.
//!
//! `dispatch` leads from the name of a library to it: only `native` knows
//! `native-tls`, and only `rustls` knows `rustls`. A library whose feature is off is `missing`.
//! `identity` is a certificate with its key, as each library has it. What a library has to offer is in `engine/session.rs`.

mod dispatch;

mod identity;
pub use identity::Identity;

#[cfg_attr(not(feature = "tls"), path = "missing.rs")]
pub(super) mod native;

#[cfg_attr(not(feature = "rustls"), path = "missing.rs")]
pub(super) mod rustls;
