//! A full-duplex TLS stream over `native-tls`.
//!
//! `engine` moves bytes between a TLS session and a socket, `stream` is the handle that programs
//! have, and `handshake` opens it. `identity`, `acceptor` and `connector` are what a program sets;
//! `host` checks the name of a server, and `explain` says what a failure means. Only `handshake`,
//! `identity`, `acceptor` and `connector` know `native-tls`: another TLS library has to offer a
//! `Session` (`engine/session.rs`).

mod acceptor;
pub use acceptor::TlsAcceptor;

mod connector;
pub use connector::TlsConnector;

mod engine;
mod explain;
mod handshake;
mod host;

mod identity;
pub use identity::Identity;

mod stream;
pub use stream::TlsStream;

#[cfg(test)]
#[cfg(unix)]
mod tests;
