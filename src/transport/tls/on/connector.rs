//! The client's side of a TLS handshake.

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};

use super::engine::{Client, ClientSettings, Connects};
use super::host::as_tls_wants_it;
use super::library::{Identity, TlsBackend};
use super::stream::TlsStream;
use super::{explain, handshake};
use crate::error::Error;
use crate::io::{Deadline, Duplex};

/// Turns connections into TLS connections to a named server.
///
/// The server's certificate must lead to a root that the system trusts, or to a root given here.
/// The system's roots are loaded at the first connection, once for a connector and its clones,
/// because that is slow.
///
/// The connector offers `http/1.1` by ALPN (RFC 7301), because a WebSocket begins with that. If the
/// server chooses another protocol, the handshake fails. A server that chooses none is accepted.
///
/// ```no_run
/// use blocking_ws::http::Request;
/// use blocking_ws::{TlsConnector, WebSocket};
///
/// let connector = TlsConnector::new().root_certificate_pem(&std::fs::read("ca.pem")?);
/// let tcp = std::net::TcpStream::connect("server.example:443")?;
/// let stream = connector.connect("server.example", tcp)?;
/// let request = Request::get("wss://server.example/chat").body(()).unwrap();
/// let mut ws = WebSocket::connect(request, stream)?;
/// ws.send("hello")?;
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct TlsConnector {
    settings: Settings,
    /// Built from `settings` when it is first needed. If that fails, the error is kept.
    built: Arc<OnceLock<Client>>,
}

#[derive(Clone, Default)]
struct Settings {
    backend: TlsBackend,
    /// PEM, as it was given.
    roots: Vec<Vec<u8>>,
    identity: Option<Identity>,
    accept_invalid_certs: bool,
    without_sni: bool,
}

impl TlsConnector {
    /// Creates a connector that trusts the system's roots and has no certificate of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts one or more root certificates too. If the PEM is malformed, the first connection
    /// fails.
    #[must_use]
    pub fn root_certificate_pem(self, pem: &[u8]) -> Self {
        self.with(|settings| settings.roots.push(pem.to_vec()))
    }

    /// Sets the library that does the work. See [`TlsBackend`] for an example.
    #[must_use]
    pub fn backend(self, backend: TlsBackend) -> Self {
        self.with(|settings| settings.backend = backend)
    }

    /// Shows a certificate to servers that ask for one. See [`Identity`] for an example.
    #[must_use]
    pub fn identity(self, identity: Identity) -> Self {
        self.with(|settings| settings.identity = Some(identity))
    }

    /// Removes the identity. Keeps what was built if there is no identity.
    pub(crate) fn without_identity(self) -> Self {
        if self.settings.identity.is_none() {
            return self;
        }
        self.with(|settings| settings.identity = None)
    }

    /// Accepts any certificate for any name: for tests only. An attacker between client and server
    /// can then read and change everything.
    #[must_use]
    pub fn danger_accept_invalid_certs(self, accept: bool) -> Self {
        self.with(|settings| settings.accept_invalid_certs = accept)
    }

    /// Sets whether the server's name is sent unencrypted when TLS begins (SNI); it is by default.
    #[must_use]
    pub fn sni(self, send: bool) -> Self {
        self.with(|settings| settings.without_sni = !send)
    }

    /// Performs the handshake with `host`, a name or an IP address. Blocks as long as the timeouts
    /// of `stream` allow.
    ///
    /// The host may have the forms that a URL allows: with a dot at the end, in capitals, an
    /// address in brackets or with a zone. The certificate must be for the plain form. A name is
    /// sent to the server in its plain form, an address is not sent (RFC 6066 §3).
    ///
    /// # Errors
    /// [`Error::Tls`]. The stream is dropped.
    ///
    /// * `InvalidInput`: `host` is neither an ASCII name nor an address, the PEM of a root
    ///   certificate is malformed, the identity's key does not belong to its certificate, or the
    ///   [`TlsBackend`] is not compiled in.
    ///   Correct the argument.
    /// * `InvalidData`: the server does not speak TLS or refuses this client, or its certificate is
    ///   not trusted or is for another host.
    /// * `UnexpectedEof`: the server left.
    /// * `TimedOut`: the server was too slow.
    pub fn connect<T: Duplex>(&self, host: &str, stream: T) -> crate::error::Result<TlsStream<T>> {
        self.connect_with(host, |library, host| {
            handshake::complete(stream, |wire| library.begin(host, wire))
        })
        .map_err(Error::Tls)
    }

    /// Performs the handshake by `deadline`, and then removes both timeouts of `stream`.
    pub(crate) fn connect_by<T: Duplex>(
        &self,
        host: &str,
        stream: T,
        deadline: Deadline,
    ) -> io::Result<TlsStream<T>> {
        self.connect_with(host, |library, host| {
            handshake::complete_by(stream, deadline, |wire| library.begin(host, wire))
        })
    }

    fn connect_with<T>(
        &self,
        host: &str,
        shake: impl FnOnce(&dyn Connects, &str) -> io::Result<T>,
    ) -> io::Result<T> {
        let (library, host) = (self.built()?, as_tls_wants_it(host)?);
        shake(library, &host).map_err(|e| explain::to_client(e, &host))
    }

    /// Changes a setting of this connector. Its clones keep their settings and what was built from
    /// them.
    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self.built = Arc::default();
        self
    }

    fn built(&self) -> io::Result<&dyn Connects> {
        match self.built.get_or_init(|| self.settings.build()) {
            Ok(built) => Ok(&**built),
            Err(reason) => {
                Err(io::Error::new(io::ErrorKind::InvalidInput, format!("connector: {reason}")))
            }
        }
    }
}

impl Settings {
    fn build(&self) -> Client {
        let Self { backend, roots, identity, accept_invalid_certs, without_sni } = self;
        let settings = ClientSettings {
            roots,
            identity: identity.as_ref(),
            accepts_invalid_certs: *accept_invalid_certs,
            sends_name: !without_sni,
        };
        backend.client(&settings)
    }
}

impl fmt::Debug for TlsConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &self.settings;
        f.debug_struct("TlsConnector")
            .field("backend", &settings.backend)
            .field("root_certificates", &settings.roots.len())
            .field("identity", &settings.identity)
            .field("danger_accept_invalid_certs", &settings.accept_invalid_certs)
            .field("sni", &!settings.without_sni)
            .finish_non_exhaustive()
    }
}
