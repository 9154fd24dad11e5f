//! The server's side of a TLS handshake.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::{fmt, io};

use super::engine::Accepts;
use super::host::as_tls_wants_it;
use super::library::Identity;
use super::stream::TlsStream;
use super::terms::Shown;
use super::{explain, handshake};
use crate::error::{Error, Result};
use crate::io::{ClientCertificates, Deadline, Duplex, TlsBackend};
use crate::process::lock;

/// Turns accepted connections into TLS connections.
///
/// [`TlsBackend`] is the library that does the work. Clones share everything, also a
/// [new identity](Self::set_identity). A setting makes an acceptor of its own, which shares nothing
/// with the others: make all settings before the first clone.
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
pub struct TlsAcceptor(Arc<Shared>);

struct Shared {
    /// Held while a new server's side is made of changed settings. Handshakes do not wait for that.
    /// `None` for a configuration of the program's own.
    settings: Mutex<Option<Settings>>,
    /// Held for a moment only.
    server: Mutex<Arc<dyn Accepts>>,
}

#[derive(Clone, Debug)]
struct Settings {
    backend: TlsBackend,
    identity: Identity,
    /// The identities for clients that ask for a name, by name.
    named: Vec<(String, Identity)>,
    clients: Option<ClientCertificates>,
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
        let identity = identity.clone();
        Self::of(Settings { backend, identity, named: Vec::new(), clients: None })
    }

    /// Asks clients for certificates. See [`ClientCertificates`] for an example.
    ///
    /// # Errors
    /// [`Error::Tls`] of kind `InvalidInput`: the PEM has no certificate or is malformed, or the
    /// acceptor's [`TlsBackend`] cannot ask for certificates, as `native-tls` cannot.
    #[cfg_attr(docsrs, doc(cfg(feature = "rustls")))]
    pub fn client_certificates(self, clients: ClientCertificates) -> Result<Self> {
        self.with("client_certificates", |settings| settings.clients = Some(clients))
    }

    /// Shows another identity to clients that ask for this name (SNI, RFC 6066 §3). `*.example.com`
    /// is for all names directly below `example.com` that have no identity of their own.
    ///
    /// Call it once for each name; a second identity for a name replaces the first. Clients that ask
    /// for another name, or for none, see the identity of [`new`](Self::new).
    ///
    /// ```no_run
    /// use blocking_ws::{Identity, Server, TlsAcceptor, TlsBackend};
    ///
    /// let main = Identity::from_pem_files("main.pem", "main-key.pem")?;
    /// let chat = Identity::from_pem_files("chat.pem", "chat-key.pem")?;
    /// let acceptor = TlsAcceptor::with_backend(TlsBackend::Rustls, &main)?;
    /// let acceptor = acceptor.identity_for("chat.example.com", &chat)?;
    /// let server = Server::bind("127.0.0.1:9443")?.tls_acceptor(acceptor);
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Tls`] of kind `InvalidInput`: the certificate is not for that name, the identity cannot
    /// be used, or the acceptor's [`TlsBackend`] shows one identity only, as `native-tls` does.
    pub fn identity_for(self, name: &str, identity: &Identity) -> Result<Self> {
        let name = named(name)?;
        self.with("identity_for", |settings| settings.name(name, identity))
    }

    /// Shows another identity from the next handshake on. Open connections go on.
    ///
    /// The change is one of all clones, so a server that has a clone shows it too; see
    /// [`ServerHandle::set_identity`](crate::ServerHandle::set_identity).
    ///
    /// # Errors
    /// [`Error::Tls`] of kind `InvalidInput`: the identity cannot be used, or the acceptor has a
    /// configuration of the program's own. Nothing has changed.
    pub fn set_identity(&self, identity: &Identity) -> Result<()> {
        self.change("set_identity", |settings| settings.identity = identity.clone())
    }

    /// Shows another identity to clients that ask for this name, from the next handshake on. Open
    /// connections go on. See [`identity_for`](Self::identity_for) for the name.
    ///
    /// # Errors
    /// As [`identity_for`](Self::identity_for). Nothing has changed.
    pub fn set_identity_for(&self, name: &str, identity: &Identity) -> Result<()> {
        let name = named(name)?;
        self.change("set_identity_for", |settings| settings.name(name, identity))
    }

    /// The same settings by another library, or the same acceptor.
    pub(crate) fn by(self, backend: TlsBackend) -> Result<Self> {
        let is_same = |settings: &Settings| settings.backend == backend;
        if lock(&self.0.settings).as_ref().is_some_and(is_same) {
            return Ok(self);
        }
        self.with("the TLS library", |settings| settings.backend = backend)
    }

    fn of(settings: Settings) -> Result<Self> {
        let server = settings.build()?;
        let (settings, server) = (Mutex::new(Some(settings)), Mutex::new(server));
        Ok(Self(Arc::new(Shared { settings, server })))
    }

    /// Makes an acceptor of a configuration of the program's own.
    pub(super) fn own(server: Arc<dyn Accepts>) -> Self {
        Self(Arc::new(Shared { settings: Mutex::new(None), server: Mutex::new(server) }))
    }

    /// Changes a setting of this acceptor. Its clones keep theirs.
    fn with(self, name: &str, change: impl FnOnce(&mut Settings)) -> Result<Self> {
        let mut settings = lock(&self.0.settings).clone().ok_or_else(|| {
            invalid(&format!(
                "{name} and a configuration of the program's own exclude each other; set it there"
            ))
        })?;
        change(&mut settings);
        Self::of(settings)
    }

    /// Changes a setting of all clones, if that can be used.
    fn change(&self, name: &str, change: impl FnOnce(&mut Settings)) -> Result<()> {
        let mut settings = lock(&self.0.settings);
        let mut changed = settings.clone().ok_or_else(|| {
            invalid(&format!(
                "{name} cannot change a configuration of the program's own; a ResolvesServerCert of \
                 rustls in it can"
            ))
        })?;
        change(&mut changed);
        let server = changed.build()?;
        *settings = Some(changed);
        *lock(&self.0.server) = server;
        Ok(())
    }

    /// Performs the handshake. Blocks as long as the timeouts of `stream` allow.
    ///
    /// # Errors
    /// [`Error::Tls`]. The stream is dropped.
    ///
    /// * `InvalidData`: the client does not speak TLS, refuses the certificate, or shows none that
    ///   [`client_certificates`](Self::client_certificates) takes.
    /// * `UnexpectedEof`: the client left.
    /// * `TimedOut`: the client was too slow.
    pub fn accept<T: Duplex>(&self, stream: T) -> Result<TlsStream<T>> {
        let server = self.server();
        let accepted = handshake::complete(stream, None, |wire| server.begin(wire));
        accepted.map_err(|e| Error::Tls(explain::to_server(e)))
    }

    /// Performs the handshake of the connection with this number by `deadline`, and then removes
    /// both timeouts of `stream`.
    pub(crate) fn accept_by<T: Duplex>(
        &self,
        id: u64,
        stream: T,
        deadline: Deadline,
    ) -> io::Result<TlsStream<T>> {
        let server = self.server();
        handshake::complete_by(id, stream, deadline, None, |wire| server.begin(wire))
            .map_err(explain::to_server)
    }

    fn server(&self) -> Arc<dyn Accepts> {
        Arc::clone(&lock(&self.0.server))
    }
}

impl Settings {
    fn name(&mut self, name: String, identity: &Identity) {
        self.named.retain(|(other, _)| *other != name);
        self.named.push((name, identity.clone()));
    }

    fn build(&self) -> Result<Arc<dyn Accepts>> {
        let named = self.named.iter().map(|(name, identity)| (&name[..], identity)).collect();
        let shown = Shown { identity: &self.identity, named };
        let server = self.backend.server(&shown, self.clients.as_ref());
        server.map_err(|why| invalid(&why))
    }
}

/// A name as a client sends it, perhaps with `*.` before.
fn named(name: &str) -> Result<String> {
    let (star, above) = name.strip_prefix("*.").map_or(("", name), |above| ("*.", above));
    let above = as_tls_wants_it(above).map_err(|e| invalid(&e.to_string()))?;
    if above.parse::<IpAddr>().is_ok() {
        return Err(invalid(&format!("no client asks for the address {above} by its name (SNI)")));
    }
    Ok(format!("{star}{above}"))
}

fn invalid(why: &str) -> Error {
    Error::Tls(io::Error::new(io::ErrorKind::InvalidInput, format!("acceptor: {why}")))
}

impl fmt::Debug for TlsAcceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = lock(&self.0.settings);
        f.debug_struct("TlsAcceptor")
            .field("backend", &settings.as_ref().map(|settings| settings.backend))
            .finish_non_exhaustive()
    }
}
