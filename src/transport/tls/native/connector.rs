//! The client's side of a TLS handshake.

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};

use native_tls::Certificate;

use super::handshake;
use super::handshake::PROTOCOL;
use super::host::as_tls_wants_it;
use super::identity::Identity;
use super::stream::TlsStream;
use crate::io::{Deadline, Duplex};

/// Turns connections into TLS connections to a named server.
///
/// It offers `http/1.1` by ALPN (RFC 7301), which is what a WebSocket begins with: the handshake
/// fails where a server chooses another protocol, and none is fine.
///
/// The server's certificate must lead to a root that the system trusts, or to one given here.
/// Loading the system's roots is slow, so it happens once, at the first connection, for this
/// connector and its clones.
#[derive(Clone, Default)]
pub struct TlsConnector {
    settings: Settings,
    /// Made of `settings` when it is first needed; its error is kept like the connector itself.
    native: Arc<OnceLock<Result<native_tls::TlsConnector, String>>>,
}

#[derive(Clone, Default)]
struct Settings {
    /// PEM, as given.
    roots: Vec<Vec<u8>>,
    identity: Option<Identity>,
    accept_invalid_certs: bool,
    without_sni: bool,
}

impl TlsConnector {
    /// Trusts the system's roots and shows no certificate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts one or more root certificates too. PEM that is wrong fails the first connection.
    #[must_use]
    pub fn root_certificate_pem(self, pem: &[u8]) -> Self {
        self.with(|settings| settings.roots.push(pem.to_vec()))
    }

    /// Shows a certificate to servers that ask for one.
    #[must_use]
    pub fn identity(self, identity: Identity) -> Self {
        self.with(|settings| settings.identity = Some(identity))
    }

    /// Shows none any more; what was built without one stays.
    pub(crate) fn without_identity(self) -> Self {
        if self.settings.identity.is_none() {
            return self;
        }
        self.with(|settings| settings.identity = None)
    }

    /// Accepts any certificate, for any name: the connection is open to anybody in between.
    #[must_use]
    pub fn danger_accept_invalid_certs(self, accept: bool) -> Self {
        self.with(|settings| settings.accept_invalid_certs = accept)
    }

    /// Sets whether the server is told in clear which host is wanted (SNI); it is by default.
    #[must_use]
    pub fn sni(self, send: bool) -> Self {
        self.with(|settings| settings.without_sni = !send)
    }

    /// Performs the handshake with `host`, a name or an IP address. How long it may take is up to
    /// the timeouts of `stream`.
    ///
    /// The host may be written as in a URL: with a dot at its end, in capitals, an address in
    /// brackets or with a zone. Its certificate is checked for the plain form, which is also what the
    /// server is told, unless it is an address (RFC 6066 §3).
    ///
    /// # Errors
    /// The server does not speak TLS, does not want this client, or its certificate is not trusted or
    /// is for another host (`InvalidData`); `host` is neither a name in ASCII nor an address, a root
    /// certificate given here is no PEM, or the key of the identity is not that of its certificate
    /// (`InvalidInput`); the server left (`UnexpectedEof`) or was too slow (`TimedOut`). The stream is
    /// gone.
    pub fn connect<T: Duplex>(&self, host: &str, stream: T) -> io::Result<TlsStream<T>> {
        let (native, host) = (self.native()?, as_tls_wants_it(host)?);
        handshake::complete(stream, |wire| native.connect(&host, wire))
    }

    /// Performs the handshake by `deadline`, and lifts both timeouts of `stream`.
    pub(crate) fn connect_by<T: Duplex>(
        &self,
        host: &str,
        stream: T,
        deadline: Deadline,
    ) -> io::Result<TlsStream<T>> {
        let (native, host) = (self.native()?, as_tls_wants_it(host)?);
        handshake::complete_by(stream, deadline, |wire| native.connect(&host, wire))
    }

    /// Changes a setting; what was built of the old ones stays with other clones.
    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self.native = Arc::default();
        self
    }

    fn native(&self) -> io::Result<&native_tls::TlsConnector> {
        let built = self.native.get_or_init(|| self.settings.build());
        built.as_ref().map_err(|reason| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("TLS connector: {reason}"))
        })
    }
}

impl Settings {
    fn build(&self) -> Result<native_tls::TlsConnector, String> {
        let mut builder = native_tls::TlsConnector::builder();
        for pem in &self.roots {
            let roots = Certificate::stack_from_pem(pem).map_err(|e| format!("root: {e}"))?;
            if roots.is_empty() {
                return Err("root: no certificate in the PEM".to_owned());
            }
            for root in roots {
                builder.add_root_certificate(root);
            }
        }
        if let Some(identity) = &self.identity {
            identity.check()?;
            builder.identity(identity.native().clone());
        }
        builder
            .danger_accept_invalid_certs(self.accept_invalid_certs)
            .danger_accept_invalid_hostnames(self.accept_invalid_certs)
            .use_sni(!self.without_sni)
            .request_alpns(&[PROTOCOL])
            .build()
            .map_err(|e| e.to_string())
    }
}

impl fmt::Debug for TlsConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &self.settings;
        f.debug_struct("TlsConnector")
            .field("root_certificates", &settings.roots.len())
            .field("identity", &settings.identity)
            .field("danger_accept_invalid_certs", &settings.accept_invalid_certs)
            .field("sni", &!settings.without_sni)
            .finish_non_exhaustive()
    }
}
