//! The server's side of a TLS handshake.

use std::{fmt, io};

use super::identity::Identity;
use super::stream::TlsStream;
use super::{handshake, identity};
use crate::io::{Deadline, Duplex};

/// Turns accepted connections into TLS connections. Clones share everything.
///
/// `native-tls` stops at TLS 1.2 on this side where OpenSSL is the system's library.
#[derive(Clone)]
pub struct TlsAcceptor(native_tls::TlsAcceptor);

impl TlsAcceptor {
    /// Prepares to show `identity` to every client.
    ///
    /// # Errors
    /// `InvalidInput`: the key is not that of the first certificate, or the system's TLS library does
    /// not take them. The text says what to do.
    pub fn new(identity: &Identity) -> io::Result<Self> {
        let native = identity.check().and_then(|()| identity::acceptor(identity.native()));
        native.map(Self).map_err(|why| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("TLS acceptor: {why}"))
        })
    }

    /// Performs the handshake. How long it may take is up to the timeouts of `stream`.
    ///
    /// # Errors
    /// The client does not speak TLS or refuses the certificate (`InvalidData`), left
    /// (`UnexpectedEof`), or was too slow (`TimedOut`). The stream is gone.
    pub fn accept<T: Duplex>(&self, stream: T) -> io::Result<TlsStream<T>> {
        handshake::complete(stream, |wire| self.0.accept(wire))
    }

    /// Performs the handshake by `deadline`, and lifts both timeouts of `stream`.
    pub(crate) fn accept_by<T: Duplex>(
        &self,
        stream: T,
        deadline: Deadline,
    ) -> io::Result<TlsStream<T>> {
        handshake::complete_by(stream, deadline, |wire| self.0.accept(wire))
    }
}

impl fmt::Debug for TlsAcceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsAcceptor").finish_non_exhaustive()
    }
}
