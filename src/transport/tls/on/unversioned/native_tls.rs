//! Configurations of `native-tls` 0.2.

use super::super::acceptor::TlsAcceptor;
use super::super::connector::TlsConnector;
use super::super::library;

/// Makes an acceptor of one of `native-tls` as it is.
///
/// ```no_run
/// use blocking_ws::{Server, unversioned};
/// use native_tls::Identity;
///
/// let identity = Identity::from_pkcs12(&std::fs::read("server.p12")?, "sesame").unwrap();
/// let acceptor = native_tls::TlsAcceptor::new(identity).unwrap();
/// let acceptor = unversioned::native_tls::acceptor(acceptor);
/// let server = Server::bind("127.0.0.1:9443")?.tls_acceptor(acceptor);
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[must_use]
pub fn acceptor(acceptor: ::native_tls::TlsAcceptor) -> TlsAcceptor {
    TlsAcceptor::own(library::native::server_of(acceptor))
}

/// Makes a connector of one of `native-tls` as it is.
///
/// A [`Client`](crate::Client) with it follows no redirect to another origin, because the connector
/// may have an identity that only this origin is to see.
///
/// ```no_run
/// use blocking_ws::{Client, unversioned};
///
/// let connector = native_tls::TlsConnector::builder().use_sni(false).build().unwrap();
/// let client = Client::new().tls_connector(unversioned::native_tls::connector(connector));
/// let mut ws = client.connect("wss://example.com/")?;
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[must_use]
pub fn connector(connector: ::native_tls::TlsConnector) -> TlsConnector {
    TlsConnector::own(library::native::client_of(connector))
}
