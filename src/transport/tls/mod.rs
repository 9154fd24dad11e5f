//! TLS for both directions at once, over the system's TLS library.
//!
//! The feature `tls` picks one of two files that define the same names: `on/mod.rs`, or
//! `off.rs`, whose functions fail and say which feature is missing. Nothing else knows the feature.

#[cfg_attr(not(feature = "tls"), path = "off.rs")]
mod on;
pub use on::{Identity, TlsAcceptor, TlsConnector, TlsStream};
