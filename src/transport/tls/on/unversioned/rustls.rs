//! Configurations of `rustls` 0.23.

use std::sync::Arc;

use ::rustls::{ClientConfig, ServerConfig};

use super::super::acceptor::TlsAcceptor;
use super::super::connector::TlsConnector;
use super::super::library;

/// Makes an acceptor of a configuration as it is.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use blocking_ws::{Server, unversioned};
///
/// use rustls::ServerConfig;
/// use rustls::pki_types::pem::PemObject;
/// use rustls::pki_types::{CertificateDer, PrivateKeyDer};
///
/// // TLS 1.3 only.
/// let chain = CertificateDer::pem_file_iter("chain.pem")?.collect::<Result<_, _>>()?;
/// let provider = Arc::new(rustls::crypto::ring::default_provider());
/// let mut config = ServerConfig::builder_with_provider(provider)
///     .with_protocol_versions(&[&rustls::version::TLS13])?
///     .with_no_client_auth()
///     .with_single_cert(chain, PrivateKeyDer::from_pem_file("key.pem")?)?;
/// config.alpn_protocols = vec![b"http/1.1".to_vec()];
///
/// let acceptor = unversioned::rustls::acceptor(Arc::new(config));
/// let server = Server::bind("127.0.0.1:9443")?.tls_acceptor(acceptor);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn acceptor(config: Arc<ServerConfig>) -> TlsAcceptor {
    TlsAcceptor::own(library::rustls::server_of(Arc::unwrap_or_clone(config)))
}

/// Makes a connector of a configuration as it is. After a redirect to another origin it shows no
/// certificate of the client.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use blocking_ws::{Client, unversioned};
///
/// use rustls::pki_types::CertificateDer;
/// use rustls::pki_types::pem::PemObject;
/// use rustls::{ClientConfig, RootCertStore};
///
/// let mut roots = RootCertStore::empty();
/// roots.add(CertificateDer::from_pem_file("ca.pem")?)?;
/// let provider = Arc::new(rustls::crypto::ring::default_provider());
/// let mut config = ClientConfig::builder_with_provider(provider)
///     .with_safe_default_protocol_versions()?
///     .with_root_certificates(roots)
///     .with_no_client_auth();
/// config.key_log = Arc::new(rustls::KeyLogFile::new()); // for Wireshark, by SSLKEYLOGFILE
///
/// let client = Client::new().tls_connector(unversioned::rustls::connector(Arc::new(config)));
/// let mut ws = client.connect("wss://example.com/")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn connector(config: Arc<ClientConfig>) -> TlsConnector {
    TlsConnector::own(library::rustls::client_of(config))
}
