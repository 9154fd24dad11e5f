//! The server's side of a TLS handshake.

use std::{fmt, io};

use super::identity::Identity;
use super::stream::TlsStream;
use super::{explain, handshake, identity};
use crate::error::{Error, Result};
use crate::io::{Deadline, Duplex};

/// Turns accepted connections into TLS connections. Clones share everything.
///
/// If the system's TLS library is OpenSSL, `native-tls` supports TLS 1.2 at most as a server.
///
/// ```no_run
/// use blocking_ws::{Identity, TlsAcceptor, WebSocket};
///
/// let identity = Identity::from_pem_files("chain.pem", "key.pem")?;
/// let acceptor = TlsAcceptor::new(&identity)?;
/// let (tcp, _) = std::net::TcpListener::bind("127.0.0.1:9001")?.accept()?;
/// let mut ws = WebSocket::accept(acceptor.accept(tcp)?)?;
/// ws.send("hello")?;
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone)]
pub struct TlsAcceptor(native_tls::TlsAcceptor);

impl TlsAcceptor {
    /// Creates an acceptor that shows `identity` to every client.
    ///
    /// # Errors
    /// [`Error::Tls`] of kind `InvalidInput`: the key does not belong to the first certificate, or
    /// the system's TLS library does not take them. The text says what to do.
    pub fn new(identity: &Identity) -> Result<Self> {
        let native = identity.check().and_then(|()| identity::acceptor(identity.native()));
        native.map(Self).map_err(|why| {
            Error::Tls(io::Error::new(io::ErrorKind::InvalidInput, format!("acceptor: {why}")))
        })
    }

    /// Performs the handshake. Blocks as long as the timeouts of `stream` allow.
    ///
    /// # Errors
    /// [`Error::Tls`]. The stream is dropped.
    ///
    /// * `InvalidData`: the client does not speak TLS or refuses the certificate.
    /// * `UnexpectedEof`: the client left.
    /// * `TimedOut`: the client was too slow.
    pub fn accept<T: Duplex>(&self, stream: T) -> Result<TlsStream<T>> {
        let accepted = handshake::complete(stream, |wire| self.0.accept(wire));
        accepted.map_err(|e| Error::Tls(explain::to_server(e)))
    }

    /// Performs the handshake by `deadline`, and then removes both timeouts of `stream`.
    pub(crate) fn accept_by<T: Duplex>(
        &self,
        stream: T,
        deadline: Deadline,
    ) -> io::Result<TlsStream<T>> {
        handshake::complete_by(stream, deadline, |wire| self.0.accept(wire))
            .map_err(explain::to_server)
    }
}

impl fmt::Debug for TlsAcceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsAcceptor").finish_non_exhaustive()
    }
}
