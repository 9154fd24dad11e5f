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
/// # fn config() -> rustls::ServerConfig { unimplemented!() }
/// let config: rustls::ServerConfig = config();
/// let acceptor = unversioned::rustls::acceptor(Arc::new(config));
/// let server = Server::bind("127.0.0.1:9443")?.tls_acceptor(acceptor);
/// # Ok::<(), blocking_ws::Error>(())
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
/// # fn config() -> rustls::ClientConfig { unimplemented!() }
/// let config: rustls::ClientConfig = config();
/// let client = Client::new().tls_connector(unversioned::rustls::connector(Arc::new(config)));
/// let mut ws = client.connect("wss://example.com/")?;
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[must_use]
pub fn connector(config: Arc<ClientConfig>) -> TlsConnector {
    TlsConnector::own(library::rustls::client_of(config))
}
