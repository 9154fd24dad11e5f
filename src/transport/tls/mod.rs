//! TLS for both directions at once, over the system's TLS library or `rustls`.
//!
//! The features `tls` and `rustls` pick one of two files that define the same names: `on/mod.rs`, or
//! without both `off.rs`, whose functions fail and say which feature is missing. In `on/library` each feature
//! picks its library, or `missing.rs`; which library is the default is in `io/tls/backend.rs`.

#[cfg_attr(not(any(feature = "tls", feature = "rustls")), path = "off.rs")]
mod on;
pub use on::{Identity, TlsAcceptor, TlsConnector, TlsStream, unversioned};
