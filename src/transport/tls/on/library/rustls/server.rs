//! The server's side.

use std::sync::Arc;

use ::rustls::ServerConfig;
use ::rustls::server::danger::ClientCertVerifier;
use ::rustls::server::{UnbufferedServerConnection, WebPkiClientVerifier};

use super::super::super::engine::{Accepts, PROTOCOL, Server, Step, Wire};
use super::super::super::terms::Shown;
use super::identity::Identity;
use super::named::Named;
use super::provider::provider;
use super::roots::read_roots;
use super::session::RustlsSession;
use super::side::{Asked, ServerSide};
use crate::io::ClientCertificates;

struct Acceptor(Arc<ServerConfig>);

impl Accepts for Acceptor {
    fn begin(&self, wire: Wire) -> Step {
        match UnbufferedServerConnection::new(Arc::clone(&self.0)) {
            Ok(connection) => RustlsSession::begin(ServerSide::new(connection), wire),
            Err(e) => Step::Failed(e.to_string()),
        }
    }
}

/// Makes the server's side of a configuration of the program.
pub(crate) fn server_of(mut config: ServerConfig) -> Arc<dyn Accepts> {
    config.cert_resolver = Arc::new(Asked(config.cert_resolver));
    Arc::new(Acceptor(Arc::new(config)))
}

/// Makes the server's side. The error says what to correct.
pub(crate) fn server(shown: &Shown<'_, Identity>, clients: Option<&ClientCertificates>) -> Server {
    let mut named = Named::new(shown.identity.pair()?.clone());
    for (name, identity) in &shown.named {
        named.add(name, identity.pair()?.clone())?;
    }
    let verifier = match clients {
        None => WebPkiClientVerifier::no_client_auth(),
        Some(clients) => verifier(clients)?,
    };
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(named));
    config.alpn_protocols = vec![PROTOCOL.into()];
    // Each ticket takes time and one of the 256 places that the server has for sessions. A client
    // that comes back gets another.
    config.send_tls13_tickets = 1;
    Ok(server_of(config))
}

fn verifier(clients: &ClientCertificates) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let roots = Arc::new(read_roots([&clients.roots], "client_certificates")?);
    let builder = WebPkiClientVerifier::builder_with_provider(roots, provider());
    let builder = if clients.required { builder } else { builder.allow_unauthenticated() };
    builder.build().map_err(|e| e.to_string())
}
