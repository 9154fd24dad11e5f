//! The server's side of a TLS handshake.

use std::sync::Arc;
use std::{fmt, io};

use super::engine::Accepts;
use super::library::{Identity, TlsBackend};
use super::stream::TlsStream;
use super::{explain, handshake};
use crate::error::{Error, Result};
use crate::io::{Deadline, Duplex};

/// Turns accepted connections into TLS connections. Clones share everything.
///
/// [`TlsBackend`] is the library that does the work.
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
pub struct TlsAcceptor {
    backend: TlsBackend,
    identity: Identity,
    server: Arc<dyn Accepts>,
}

impl TlsAcceptor {
    /// Creates an acceptor that shows `identity` to every client, by the default
    /// [`TlsBackend`].
    ///
    /// # Errors
    /// [`Error::Tls`] of kind `InvalidInput`: the key does not belong to the first certificate, or
    /// the TLS library does not take them. The text says what to do.
    pub fn new(identity: &Identity) -> Result<Self> {
        Self::with_backend(TlsBackend::default(), identity)
    }

    /// Creates an acceptor that shows `identity` to every client, by this [`TlsBackend`].
    ///
    /// # Errors
    /// As [`new`](Self::new), or the library is not compiled in.
    pub fn with_backend(backend: TlsBackend, identity: &Identity) -> Result<Self> {
        match backend.server(identity) {
            Ok(server) => Ok(Self { backend, identity: identity.clone(), server }),
            Err(why) => {
                let text = format!("acceptor: {why}");
                Err(Error::Tls(io::Error::new(io::ErrorKind::InvalidInput, text)))
            }
        }
    }

    /// Shows the same identity by another library.
    pub(crate) fn by(self, backend: TlsBackend) -> Result<Self> {
        Self::with_backend(backend, &self.identity)
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
        let accepted = handshake::complete(stream, |wire| self.server.begin(wire));
        accepted.map_err(|e| Error::Tls(explain::to_server(e)))
    }

    /// Performs the handshake by `deadline`, and then removes both timeouts of `stream`.
    pub(crate) fn accept_by<T: Duplex>(
        &self,
        stream: T,
        deadline: Deadline,
    ) -> io::Result<TlsStream<T>> {
        handshake::complete_by(stream, deadline, |wire| self.server.begin(wire))
            .map_err(explain::to_server)
    }
}

impl fmt::Debug for TlsAcceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsAcceptor").field("backend", &self.backend).finish_non_exhaustive()
    }
}
