//! [`Client`]: its settings. `routing` has those about the way to a server, and `connect` opens
//! connections with them.

use std::borrow::Cow;
use std::time::Duration;

use http::header::{HeaderMap, HeaderName, HeaderValue, PROXY_AUTHORIZATION};

use super::advice::header_fault;
use super::route::Route;
use crate::connection::{Settings, connection_settings};
use crate::io::{TlsBackend, TlsVersion};
use crate::proto::compression::Deflate;
use crate::proto::http::Spelling;
use crate::proto::url::SECRET_HEADERS;
use crate::transport::tls::{Identity, TlsConnector};

/// Settings for opening connections; the builder behind
/// [`connect`](crate::connect).
///
/// ```no_run
/// use std::time::Duration;
///
/// let client = blocking_ws::Client::new()
///     .header("Authorization", "Bearer 1234")
///     .subprotocol("chat.v1")
///     .deflate(blocking_ws::Deflate::new())
///     .redirects(3)
///     .proxy_from_env()
///     .sni(true)
///     .connect_timeout(Duration::from_secs(3));
/// let mut ws = client.connect("ws://127.0.0.1:9001/")?;
/// assert_eq!(ws.subprotocol(), Some("chat.v1"));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Client {
    pub(super) headers: HeaderMap,
    pub(super) spelling: Spelling,
    /// The first setting that can never work; `connect` returns it as its error.
    pub(super) invalid: Option<Cow<'static, str>>,
    pub(super) tls: TlsConnector,
    pub(super) redirects: usize,
    pub(super) route: Route,
    pub(super) settings: Settings,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            headers: HeaderMap::new(),
            spelling: Spelling::default(),
            invalid: None,
            tls: TlsConnector::new(),
            redirects: 0,
            route: Route::default(),
            settings: Settings::default(),
        }
    }
}

impl Client {
    /// Creates a client with the default settings. See [`Client`] for an example.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces all settings that a [`Settings`] has. See there for an example.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Adds a header to the request.
    ///
    /// `Host` replaces the URL's host, and `Authorization` the URL's user name and password.
    /// `Debug` hides the values of `Authorization` and `Cookie`. The name keeps its spelling,
    /// except that the names of a handshake, `Authorization`, `Cookie` and `User-Agent` are spelled
    /// as in the RFCs. Several cookies are joined to one line, and so are several subprotocols.
    ///
    /// [`connect`](Self::connect) fails if the name or value is malformed, if the header belongs to
    /// the handshake, or if it is `Proxy-Authorization`, which the server must not see. Give a
    /// [`proxy`](Self::proxy) its user name and password in its URL.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let given = name;
        match (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            (Ok(PROXY_AUTHORIZATION), _) => {
                self.refuse(
                    "Proxy-Authorization would go to the server; a proxy's user name and password \
                     stand in the URL that `Client::proxy` or the environment gives",
                );
            }
            (Ok(name), Ok(mut value)) => {
                value.set_sensitive(SECRET_HEADERS.contains(&name));
                self.spelling.keep(given);
                self.headers.append(name, value);
            }
            (name, _) => self.refuse(header_fault(given, name.is_ok())),
        }
        self
    }

    /// Notes a setting that can never work. The first one is reported.
    pub(super) fn refuse(&mut self, why: impl Into<Cow<'static, str>>) {
        self.invalid.get_or_insert_with(|| why.into());
    }

    /// Offers a subprotocol (RFC 6455 §1.9). Of several, add the preferred subprotocol first. The
    /// name must be a token, such as `chat.v1`; otherwise [`connect`](Self::connect) fails.
    pub fn subprotocol(mut self, name: &str) -> Self {
        self.settings = self.settings.subprotocol(name);
        self
    }

    /// Makes [`connect`](Self::connect) fail if the server chooses none of the offered
    /// subprotocols. The error is [`HandshakeError::NoCommonSubprotocol`](crate::HandshakeError).
    ///
    /// Without this, such a connection opens, and
    /// [`WebSocket::subprotocol`](crate::WebSocket::subprotocol) returns `None`.
    pub fn require_subprotocol(mut self) -> Self {
        self.settings = self.settings.require_subprotocol();
        self
    }

    /// Offers to compress messages (RFC 7692). By default no message is compressed.
    ///
    /// The server decides; [`WebSocket::extensions`](crate::WebSocket::extensions) returns what was
    /// agreed. Without the feature `deflate` this has no effect. Settings that can never work make
    /// [`connect`](Self::connect) fail.
    #[cfg_attr(docsrs, doc(cfg(feature = "deflate")))]
    pub fn deflate(mut self, deflate: Deflate) -> Self {
        self.settings = self.settings.deflate(deflate);
        self
    }

    /// Follows up to `most` redirects (RFC 9110 §15.4) in one [`connect`](Self::connect); 0 by
    /// default.
    ///
    /// A redirect that is not followed is [`Error::Refused`](crate::Error::Refused). Never followed
    /// are redirects without a usable `Location`, from `wss://` to `ws://` and, with
    /// [`unix_socket`](Self::unix_socket) or a connector of
    /// [`native_tls`](crate::unversioned) itself, to another origin (scheme, host and port).
    ///
    /// After a redirect to another origin, these are not sent any more: the headers
    /// `Authorization`, `Cookie` and `Host`, the URL's user name and password, and the
    /// [`identity`](Self::identity). All other headers are sent to every server.
    /// [`WebSocket::request`](crate::WebSocket::request) has the last URL.
    pub fn redirects(mut self, most: usize) -> Self {
        self.redirects = most;
        self
    }

    /// Trusts the certificates in a PEM file too. See [`TlsConnector`] for an example.
    #[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
    pub fn root_certificate_pem(mut self, pem: &[u8]) -> Self {
        self.tls = self.tls.root_certificate_pem(pem);
        self
    }

    /// Sets whether the root certificates that the system trusts are trusted; they are by default.
    /// If they are not, give another with [`root_certificate_pem`](Self::root_certificate_pem).
    #[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
    pub fn system_roots(mut self, trust: bool) -> Self {
        self.tls = self.tls.system_roots(trust);
        self
    }

    /// Accepts only servers whose own certificate has this SHA-256, or another pin. See
    /// [`TlsConnector::pin_certificate`] for its form and an example. A `ws://` URL then fails, because
    /// such a server shows no certificate.
    #[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
    pub fn pin_certificate(mut self, sha256: &str) -> Self {
        self.tls = self.tls.pin_certificate(sha256);
        self
    }

    /// Accepts only servers whose certificate has a public key with this SHA-256, or another pin.
    /// See [`TlsConnector::pin_public_key`].
    #[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
    pub fn pin_public_key(mut self, sha256: &str) -> Self {
        self.tls = self.tls.pin_public_key(sha256);
        self
    }

    /// Sets the oldest version of TLS that is used; [`TlsVersion::Tls12`] by default.
    #[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
    pub fn min_tls_version(mut self, version: TlsVersion) -> Self {
        self.tls = self.tls.min_version(version);
        self
    }

    /// Replaces all settings of TLS, except that pins add up. A [`TlsConnector`] can be made of a
    /// [configuration](crate::unversioned) of the TLS library itself.
    #[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
    pub fn tls_connector(mut self, connector: TlsConnector) -> Self {
        self.tls = connector.pinned_as(&self.tls);
        self
    }

    /// Sets the library that does the work of TLS. It is needed only where both are compiled in,
    /// and the default is not wanted. See [`TlsBackend`] for an example.
    #[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
    pub fn tls_backend(mut self, backend: TlsBackend) -> Self {
        self.tls = self.tls.backend(backend);
        self
    }

    /// Shows a certificate to servers that ask for one. See [`Identity`] for an example.
    #[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
    pub fn identity(mut self, identity: Identity) -> Self {
        self.tls = self.tls.identity(identity);
        self
    }

    /// Accepts any certificate for any name. Without a [pin](Self::pin_certificate) this is for tests
    /// only: an attacker between client and server can then read and change everything.
    #[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
    pub fn danger_accept_invalid_certs(mut self, accept: bool) -> Self {
        self.tls = self.tls.danger_accept_invalid_certs(accept);
        self
    }

    /// Sets whether the server's name is sent unencrypted when TLS begins (SNI); it is by default.
    pub fn sni(mut self, send: bool) -> Self {
        self.tls = self.tls.sni(send);
        self
    }

    /// Limits the time of a [`connect`](Self::connect): name resolution, all addresses, proxy, TLS,
    /// opening handshake and redirects together. 10 seconds by default; `None` means no limit.
    pub fn connect_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings = self.settings.handshake_timeout(timeout);
        self
    }

    connection_settings! {
        timeouts: settings.timeouts,
        limits: settings.limits,
        taps: settings.taps,
        of: "",
        ping_interval: "off by default.\n\nThe calls that receive send the pings and wait for the \
            pongs. So a program notices a server that has vanished only while it receives.",
        pong_timeout: "20 seconds by default, if pings are sent.",
        head: "the server's response",
        too_long: "",
        too_many: "",
    }
}
