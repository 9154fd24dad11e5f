//! [`ClientCertificates`]: whether a server asks its clients for certificates, and whose it takes.

use std::fmt;

/// Whether a server asks its clients for certificates, and which authorities it trusts for them.
///
/// A client without a certificate of these authorities gets a TLS alert, and the server's log says
/// why. With [`optional`](Self::optional) a client may also show none. The certificate is in
/// [`TlsInfo::peer_certificates`](crate::TlsInfo::peer_certificates). `native-tls` cannot do this;
/// use [`TlsBackend::Rustls`](crate::TlsBackend::Rustls).
///
/// ```no_run
/// use blocking_ws::{ClientCertificates, Identity, Server, TlsAcceptor, TlsBackend};
///
/// let identity = Identity::from_pem_files("server.pem", "server-key.pem")?;
/// let clients = ClientCertificates::required(&std::fs::read("ca.pem")?);
/// let acceptor = TlsAcceptor::with_backend(TlsBackend::Rustls, &identity)?;
/// let acceptor = acceptor.client_certificates(clients)?;
/// let server = Server::bind("127.0.0.1:9443")?.tls_acceptor(acceptor).on_upgrade(|opening| {
///     let tls = opening.tls().expect("the server has TLS only");
///     println!("{} certificates", tls.peer_certificates().len());
///     Ok(())
/// });
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone)]
pub struct ClientCertificates {
    /// PEM, as it was given.
    pub(crate) roots: Vec<u8>,
    pub(crate) required: bool,
}

impl ClientCertificates {
    /// Demands a certificate that one of the authorities in the PEM has signed.
    #[must_use]
    pub fn required(roots_pem: &[u8]) -> Self {
        Self { roots: roots_pem.to_vec(), required: true }
    }

    /// Asks for a certificate that one of the authorities in the PEM has signed. A client without a
    /// certificate may connect, a client with another certificate may not.
    #[must_use]
    pub fn optional(roots_pem: &[u8]) -> Self {
        Self { roots: roots_pem.to_vec(), required: false }
    }
}

impl fmt::Debug for ClientCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificates")
            .field("required", &self.required)
            .field("roots", &format_args!("{} bytes of PEM", self.roots.len()))
            .finish()
    }
}
