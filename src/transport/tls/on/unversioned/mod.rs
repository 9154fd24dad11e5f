//! Configurations of the TLS libraries themselves, where the settings of
//! [`TlsAcceptor`](crate::TlsAcceptor) and [`TlsConnector`](crate::TlsConnector) are not enough.
//!
//! **These functions follow the versions of `rustls` and `native-tls`.** A minor release of this
//! crate may raise them. Depend on the same version as this crate does: `native-tls` 0.2, or
//!
//! ```toml
//! rustls = { version = "0.23", default-features = false, features = ["ring", "std", "tls12"] }
//! ```
//!
//! With the default features of `rustls` there would be two providers of cryptography, and
//! `ServerConfig::builder` panics. `ServerConfig::builder_with_provider` does not.
//!
//! A configuration is used as it is. Any other setting of TLS is an error beside it, in
//! [`Server`](crate::Server), [`Client`](crate::Client), acceptor or connector. Only pins are not.
//!
//! For `http/1.1`, which a WebSocket begins with, name no other protocol by ALPN. If both ends agree
//! on another protocol, the handshake fails.

#[cfg(feature = "tls")]
pub mod native_tls;

#[cfg(feature = "rustls")]
pub mod rustls;
