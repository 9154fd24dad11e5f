//! TLS for both directions at once, over the system's TLS library.
//!
//! The feature `tls` decides which of two houses with the same doors stands here: `native/`, or
//! `off.rs`, where every door says which feature opens it. Nobody else knows the flag.

#[cfg_attr(not(feature = "tls"), path = "off.rs")]
mod native;

pub use native::{Identity, TlsAcceptor, TlsConnector, TlsStream};
