//! The server's side.

use std::sync::Arc;

use ::rustls::server::ResolvesServerCert;
use ::rustls::sign::{CertifiedKey, SingleCertAndKey};
use ::rustls::{ServerConfig, ServerConnection};

use super::super::super::engine::{Accepts, Handshake, PROTOCOL, Server, Step, Wire};
use super::identity::Identity;
use super::provider::provider;
use super::session::RustlsSession;

struct Acceptor(Arc<ServerConfig>);

impl Accepts for Acceptor {
    fn begin(&self, wire: Wire) -> Step {
        match ServerConnection::new(Arc::clone(&self.0)) {
            Ok(connection) => Box::new(RustlsSession::new(connection, wire)).go_on(),
            Err(e) => Step::Failed(e.to_string()),
        }
    }
}

/// Makes the server's side. The error says what to correct.
pub(crate) fn server(identity: &Identity) -> Server {
    let pair: CertifiedKey = identity.pair()?.clone();
    let resolver: Arc<dyn ResolvesServerCert> = Arc::new(SingleCertAndKey::from(pair));
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![PROTOCOL.into()];
    Ok(Arc::new(Acceptor(Arc::new(config))))
}
