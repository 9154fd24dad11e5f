//! A full-duplex TLS stream over a TLS library.
//!
//! `engine` moves bytes between a TLS session and a socket, `stream` is the handle that programs
//! have, and `handshake` opens it. `identity`, `acceptor` and `connector` are what a program sets;
//! `host` checks the name of a server, and `explain` says what a failure means. `backend` chooses
//! between the libraries: only `native` knows `native-tls`, and only `rustls` knows `rustls`. What
//! each offers is in `engine/library.rs`.

mod acceptor;
pub use acceptor::TlsAcceptor;

mod backend;
pub use backend::TlsBackend;

mod connector;
pub use connector::TlsConnector;

mod dispatch;
mod engine;
mod explain;
mod handshake;
mod host;

mod identity;
pub use identity::Identity;

#[cfg_attr(not(feature = "tls"), path = "missing.rs")]
mod native;

#[cfg_attr(not(feature = "rustls"), path = "missing.rs")]
mod rustls;

mod stream;
pub use stream::TlsStream;

#[cfg(test)]
#[cfg(unix)]
mod tests;
