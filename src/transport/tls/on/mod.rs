//! A full-duplex TLS stream over a TLS library.
//!
//! `engine` moves bytes between a TLS session and a socket, by way of `buffers`. `stream` is the
//! handle that programs have, and `handshake` opens it. `library` has the libraries and the
//! identities. `acceptor` and `connector` are what a program sets, and `unversioned` makes both of a
//! library's own configuration. `terms` is what the library is told, and `host` checks the name of a
//! server. `explain` says what a failure means, and `greeting` notices a peer without TLS.

mod acceptor;
pub use acceptor::TlsAcceptor;

mod buffers;

mod connector;
pub use connector::TlsConnector;

mod engine;
mod explain;
mod greeting;
mod handshake;
mod host;

mod library;
pub use library::Identity;

mod stream;
pub use stream::TlsStream;

mod terms;

pub mod unversioned;

#[cfg(test)]
#[cfg(unix)]
mod tests;
