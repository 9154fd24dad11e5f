//! The client's side of a TLS handshake.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use super::engine::{Client, Connects};
use super::host::as_tls_wants_it;
use super::library::Identity;
use super::stream::TlsStream;
use super::terms::{Pins, Wants};
use super::{explain, handshake};
use crate::error::Error;
use crate::io::{Deadline, Duplex, TlsBackend, TlsInfo, TlsVersion};

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
    source: Source,
    pins: Pins,
    /// Built of the others when it is first needed. If that fails, the error is kept.
    built: Arc<OnceLock<Client>>,
    /// The same without an identity, made when it is first needed.
    anonymous: Arc<OnceLock<Box<Self>>>,
    /// The connector for proxies, made when it is first needed.
    for_proxy: Arc<OnceLock<Box<Self>>>,
}

/// Where the client's side of the library comes from.
#[derive(Clone)]
enum Source {
    Settings(Settings),
    /// A configuration of the program's own, and the first setting that was made beside it.
    Own(Arc<dyn Connects>, Option<&'static str>),
}

#[derive(Clone)]
struct Settings {
    backend: TlsBackend,
    /// PEM, as it was given.
    roots: Vec<Vec<u8>>,
    system_roots: bool,
    identity: Option<Identity>,
    accept_invalid_certs: bool,
    sends_name: bool,
    min_version: TlsVersion,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            backend: TlsBackend::default(),
            roots: Vec::new(),
            system_roots: true,
            identity: None,
            accept_invalid_certs: false,
            sends_name: true,
            min_version: TlsVersion::Tls12,
        }
    }
}

impl Default for Source {
    fn default() -> Self {
        Self::Settings(Settings::default())
    }
}

impl TlsConnector {
    /// Creates a connector that trusts the system's roots and has no certificate of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a connector of a configuration of the program's own.
    pub(super) fn own(library: Arc<dyn Connects>) -> Self {
        Self { source: Source::Own(library, None), ..Self::default() }
    }

    /// Trusts one or more root certificates too. If the PEM is malformed, the first connection
    /// fails.
    #[must_use]
    pub fn root_certificate_pem(self, pem: &[u8]) -> Self {
        self.with("root_certificate_pem", |settings| settings.roots.push(pem.to_vec()))
    }

    /// Sets whether the root certificates that the system trusts are trusted; they are by default.
    /// If they are not, give another with [`root_certificate_pem`](Self::root_certificate_pem).
    #[must_use]
    pub fn system_roots(self, trust: bool) -> Self {
        self.with("system_roots", |settings| settings.system_roots = trust)
    }

    /// Accepts only a server whose own certificate has this SHA-256, or another pin.
    ///
    /// `sha256` has 64 hexadecimal digits, perhaps with colons, or is base64. `openssl x509
    /// -noout -fingerprint -sha256 -in cert.pem` prints it. Call it once for each certificate; of all
    /// pins one must fit, so a renewed certificate can be pinned in advance. With a malformed pin every
    /// connection fails.
    ///
    /// The pin is checked before a byte of HTTP is sent. With `rustls` it is checked before this side
    /// shows its [`identity`](Self::identity) as well, and the server gets an alert.
    ///
    /// A pinned certificate must lead to a trusted root like any other. A certificate of a device
    /// often leads to none. Then add
    /// [`danger_accept_invalid_certs(true)`](Self::danger_accept_invalid_certs): the pins alone decide,
    /// and the server must still have the certificate's key.
    ///
    /// ```no_run
    /// use blocking_ws::Client;
    ///
    /// let pin = "B5:1C:54:B1:25:5E:C8:AE:AC:D2:C9:61:6F:46:59:43:6E:3B:7F:C8:77:02:5B:24:83:0F:AC:12:9A:C3:47:D0";
    /// let client = Client::new().pin_certificate(pin).danger_accept_invalid_certs(true);
    /// let mut ws = client.connect("wss://192.168.1.20/")?;
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use]
    pub fn pin_certificate(mut self, sha256: &str) -> Self {
        self.pins.certificate(sha256);
        self.changed()
    }

    /// Accepts only a server whose certificate has a public key with this SHA-256, or another pin.
    /// So a certificate that is renewed with the same key needs no other pin.
    ///
    /// The hash is that of the `SubjectPublicKeyInfo` in DER (RFC 7469 §2.4), as for `curl
    /// --pinnedpubkey`. [TLS](crate::guide::tls#pins) has the command that prints it. All else is as for
    /// [`pin_certificate`](Self::pin_certificate).
    #[must_use]
    pub fn pin_public_key(mut self, sha256: &str) -> Self {
        self.pins.public_key(sha256);
        self.changed()
    }

    /// Takes the pins of another connector too, and keeps what was built if there are none.
    pub(crate) fn pinned_as(mut self, other: &Self) -> Self {
        if !other.is_pinned() {
            return self;
        }
        self.pins.add(&other.pins);
        self.changed()
    }

    /// Returns `true` if only servers with certain certificates are accepted.
    pub(crate) fn is_pinned(&self) -> bool {
        !self.pins.is_empty()
    }

    /// Fails if the server of a stream, which does TLS by itself, is not one that is pinned.
    pub(crate) fn hold(&self, tls: Option<&TlsInfo>, host: &str) -> io::Result<()> {
        let held = self.pins.hold(tls.and_then(TlsInfo::peer_certificate), host);
        held.map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))
    }

    /// Sets the oldest version of TLS that is used; [`TlsVersion::Tls12`] by default. If the server
    /// has only older versions, or the system's library cannot speak this version, the handshake
    /// fails.
    #[must_use]
    pub fn min_version(self, version: TlsVersion) -> Self {
        self.with("the oldest version of TLS", |settings| settings.min_version = version)
    }

    /// Sets the library that does the work. See [`TlsBackend`] for an example.
    #[must_use]
    pub fn backend(self, backend: TlsBackend) -> Self {
        self.with("the TLS library", |settings| settings.backend = backend)
    }

    /// Shows a certificate to servers that ask for one. See [`Identity`] for an example.
    #[must_use]
    pub fn identity(self, identity: Identity) -> Self {
        self.with("identity", |settings| settings.identity = Some(identity))
    }

    /// Returns `true` if the connector can do without an identity. It cannot if it is not known
    /// whether there is an identity.
    pub(crate) fn can_hide_identity(&self) -> bool {
        match &self.source {
            Source::Settings(_) => true,
            Source::Own(library, _) => library.without_identity().is_some(),
        }
    }

    /// Returns the connector without an identity. If it [cannot](Self::can_hide_identity) do without,
    /// the connector that is returned fails.
    pub(crate) fn without_identity(&self) -> &Self {
        match &self.source {
            Source::Settings(settings) if settings.identity.is_none() => self,
            Source::Settings(_) | Source::Own(..) => {
                self.anonymous.get_or_init(|| Box::new(self.anonymous()))
            }
        }
    }

    fn anonymous(&self) -> Self {
        let source = match &self.source {
            Source::Settings(settings) => {
                Source::Settings(Settings { identity: None, ..settings.clone() })
            }
            Source::Own(library, misuse) => match library.without_identity() {
                Some(anonymous) => Source::Own(anonymous, *misuse),
                None => Source::Own(Arc::clone(library), Some("a redirect to another origin")),
            },
        };
        Self { source, pins: self.pins.clone(), ..Self::default() }
    }

    /// Returns the connector for a proxy on the way: with the same roots, and without what concerns the
    /// server alone. That is the identity, the pins, and that any certificate is accepted.
    ///
    /// # Errors
    /// `InvalidInput`: the identity [cannot be hidden](Self::can_hide_identity).
    pub(crate) fn for_proxy(&self) -> io::Result<&Self> {
        let source = match &self.source {
            Source::Settings(settings) if self.is_fit_for_proxies(settings) => return Ok(self),
            Source::Settings(settings) => Source::Settings(Settings {
                identity: None,
                accept_invalid_certs: false,
                ..settings.clone()
            }),
            Source::Own(library, misuse) => {
                let anonymous = library.without_identity().ok_or_else(|| {
                    let text = "a connector of native_tls itself may have an identity, which is the \
                                server's to see; make the connector by TlsConnector::new";
                    io::Error::new(io::ErrorKind::InvalidInput, text)
                })?;
                Source::Own(anonymous, *misuse)
            }
        };
        Ok(self.for_proxy.get_or_init(|| Box::new(Self { source, ..Self::default() })))
    }

    fn is_fit_for_proxies(&self, settings: &Settings) -> bool {
        !self.is_pinned() && settings.identity.is_none() && !settings.accept_invalid_certs
    }

    /// Accepts any certificate for any name. Without a [pin](Self::pin_certificate) this is for tests
    /// only: an attacker between client and server can then read and change everything.
    #[must_use]
    pub fn danger_accept_invalid_certs(self, accept: bool) -> Self {
        self.with("danger_accept_invalid_certs", |settings| settings.accept_invalid_certs = accept)
    }

    /// Sets whether the server's name is sent unencrypted when TLS begins (SNI); it is by default.
    #[must_use]
    pub fn sni(self, send: bool) -> Self {
        self.with("sni", |settings| settings.sends_name = send)
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
    ///   not trusted, is not pinned or is for another host. With TLS 1.3 a server refuses the client's
    ///   certificate later: then the first read fails.
    /// * `UnexpectedEof`: the server left.
    /// * `TimedOut`: the server was too slow.
    pub fn connect<T: Duplex>(&self, host: &str, stream: T) -> crate::error::Result<TlsStream<T>> {
        self.connect_with(host, |library, host, asked| {
            handshake::complete(stream, asked, |wire| library.begin(host, wire))
        })
        .map_err(Error::Tls)
    }

    /// Performs the handshake of the connection with this number by `deadline`, and then removes
    /// both timeouts of `stream`.
    pub(crate) fn connect_by<T: Duplex>(
        &self,
        id: u64,
        host: &str,
        stream: T,
        deadline: Deadline,
    ) -> io::Result<TlsStream<T>> {
        self.connect_with(host, |library, host, asked| {
            handshake::complete_by(id, stream, deadline, asked, |wire| library.begin(host, wire))
        })
    }

    fn connect_with<T: Duplex>(
        &self,
        host: &str,
        shake: impl FnOnce(&dyn Connects, &str, Option<String>) -> io::Result<TlsStream<T>>,
    ) -> io::Result<TlsStream<T>> {
        let (library, host) = (self.built()?, as_tls_wants_it(host)?);
        // An address is never sent (RFC 6066 §3).
        let is_sent = library.sends_name() == Some(true) && host.parse::<IpAddr>().is_err();
        let stream = shake(library, &host, is_sent.then(|| host.clone()))
            .map_err(|e| explain::to_client(e, &host))?;
        self.hold(Some(stream.info()), &host)?;
        Ok(stream)
    }

    /// Changes a setting of this connector. Its clones keep their settings and what was built from
    /// them.
    fn with(mut self, name: &'static str, change: impl FnOnce(&mut Settings)) -> Self {
        match &mut self.source {
            Source::Settings(settings) => change(settings),
            Source::Own(_, misuse) => *misuse = misuse.or(Some(name)),
        }
        self.changed()
    }

    /// Forgets what was built of the earlier settings. Clones keep that.
    fn changed(self) -> Self {
        let Self { source, pins, .. } = self;
        Self { source, pins, ..Self::default() }
    }

    fn built(&self) -> io::Result<&dyn Connects> {
        match self.built.get_or_init(|| self.build()) {
            Ok(built) => Ok(&**built),
            Err(reason) => {
                Err(io::Error::new(io::ErrorKind::InvalidInput, format!("connector: {reason}")))
            }
        }
    }

    fn build(&self) -> Client {
        self.pins.check()?;
        match &self.source {
            Source::Settings(settings) => settings.build(&self.pins),
            Source::Own(library, None) => Ok(Arc::clone(library)),
            Source::Own(_, Some(name)) => Err(format!(
                "{name} and a configuration of the program's own exclude each other; set it there"
            )),
        }
    }
}

impl Settings {
    fn build(&self, pins: &Pins) -> Client {
        let Self { roots, system_roots, accept_invalid_certs, .. } = self;
        if roots.is_empty() && !system_roots && !accept_invalid_certs {
            let text = "without system_roots no root is trusted; give one to root_certificate_pem";
            return Err(text.to_owned());
        }
        let wants = Wants {
            roots,
            system_roots: *system_roots,
            accepts_invalid_certs: *accept_invalid_certs,
            sends_name: self.sends_name,
            min_version: self.min_version,
        };
        self.backend.client(&wants, pins, self.identity.as_ref())
    }
}

impl fmt::Debug for TlsConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("TlsConnector");
        if let Source::Settings(settings) = &self.source {
            shown
                .field("backend", &settings.backend)
                .field("root_certificates", &settings.roots.len())
                .field("system_roots", &settings.system_roots)
                .field("identity", &settings.identity)
                .field("danger_accept_invalid_certs", &settings.accept_invalid_certs)
                .field("sni", &settings.sends_name)
                .field("min_version", &settings.min_version);
        }
        shown.field("pins", &self.pins.len()).finish_non_exhaustive()
    }
}
