//! The client's side.

use std::sync::Arc;

use ::rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use ::rustls::pki_types::ServerName;
use ::rustls::sign::SingleCertAndKey;
use ::rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::super::super::engine::{
    Client, ClientSettings, Connects, Handshake, PROTOCOL, Step, Wire,
};
use super::identity::{Identity, read_certificates};
use super::provider::provider;
use super::session::RustlsSession;
use super::unverified::Unverified;

struct Connector(Arc<ClientConfig>);

impl Connects for Connector {
    fn begin(&self, host: &str, wire: Wire) -> Step {
        let name = ServerName::try_from(host.to_owned()).map_err(|e| e.to_string());
        let connection = name.and_then(|name| {
            ClientConnection::new(Arc::clone(&self.0), name).map_err(|e| e.to_string())
        });
        match connection {
            Ok(connection) => Box::new(RustlsSession::new(connection, wire)).go_on(),
            Err(why) => Step::Failed(why),
        }
    }
}

/// Makes the client's side. The error says what to correct.
pub(crate) fn client(settings: &ClientSettings<'_, Identity>) -> Client {
    let given = given_roots(settings.roots)?;
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?;
    let builder = if settings.accepts_invalid_certs {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Unverified(provider())))
    } else {
        let roots = Arc::new(with_system(given));
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider()).build();
        builder.with_webpki_verifier(verifier.map_err(|e| {
            format!("the system has no root certificates, and none was given ({e})")
        })?)
    };
    let mut config = match settings.identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let own: Arc<dyn ResolvesClientCert> =
                Arc::new(SingleCertAndKey::from(identity.pair()?.clone()));
            builder.with_client_cert_resolver(own)
        }
    };
    config.enable_sni = settings.sends_name;
    config.alpn_protocols = vec![PROTOCOL.into()];
    Ok(Arc::new(Connector(Arc::new(config))))
}

fn given_roots(pems: &[Vec<u8>]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for pem in pems {
        for root in read_certificates(pem, "root_certificate_pem")? {
            roots.add(root).map_err(|e| {
                format!("a certificate of root_certificate_pem cannot be a root ({e})")
            })?;
        }
    }
    Ok(roots)
}

/// Adds the roots that the system trusts. Those that cannot be read are left out.
fn with_system(mut roots: RootCertStore) -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for e in &found.errors {
        crate::process::debug!("a root certificate of the system cannot be read: {e}");
    }
    roots.add_parsable_certificates(found.certs);
    roots
}
