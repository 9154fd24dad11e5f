//! Configurations of the TLS libraries themselves, where the settings of
//! [`TlsAcceptor`](crate::TlsAcceptor) and [`TlsConnector`](crate::TlsConnector) are not enough.
//!
//! **These functions follow the versions of `rustls` and `native-tls`.** A minor release of this
//! crate may raise them. Then depend on the same version as this crate does: `rustls` 0.23,
//! `native-tls` 0.2.
//!
//! A configuration is used as it is. Settings of [`Server`](crate::Server),
//! [`Client`](crate::Client), acceptor or connector that are about TLS fail beside it, except for pins.
//!
//! For `http/1.1`, which a WebSocket begins with, name no other protocol by ALPN. If both ends agree
//! on another protocol, the handshake fails.

#[cfg(feature = "tls")]
pub mod native_tls;

#[cfg(feature = "rustls")]
pub mod rustls;
