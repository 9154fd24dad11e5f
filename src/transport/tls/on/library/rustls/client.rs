//! The client's side.

use std::sync::Arc;

use ::rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, ResolvesClientCert, Resumption,
    UnbufferedClientConnection, WebPkiServerVerifier,
};
use ::rustls::pki_types::ServerName;
use ::rustls::sign::{CertifiedKey, SingleCertAndKey};
use ::rustls::version::{TLS12, TLS13};
use ::rustls::{ClientConfig, SignatureScheme};

use super::super::super::engine::{Client, Connects, PROTOCOL, Step, Wire};
use super::super::super::terms::{Pins, Wants};
use super::identity::Identity;
use super::provider::provider;
use super::roots::{read_roots, with_system};
use super::session::RustlsSession;
use super::side::ClientSide;
use super::verifier::Verifier;
use crate::io::TlsVersion;

/// For how many servers a client keeps tickets. It is what `rustls` would do.
const SERVERS: usize = 256;

struct Connector {
    config: Arc<ClientConfig>,
    /// `None` where a configuration of the program has them.
    tickets: Option<Arc<dyn ClientSessionStore>>,
}

impl Connects for Connector {
    fn begin(&self, host: &str, wire: Wire) -> Step {
        let side = ServerName::try_from(host.to_owned()).map_err(|e| e.to_string());
        let side = side.and_then(|server| {
            let config = Arc::clone(&self.config);
            let connection = UnbufferedClientConnection::new(config, server.clone());
            let connection = connection.map_err(|e| e.to_string())?;
            Ok(ClientSide { connection, tickets: self.tickets.clone(), server })
        });
        match side {
            Ok(side) => RustlsSession::begin(side, wire),
            Err(why) => Step::Failed(why),
        }
    }

    fn sends_name(&self) -> Option<bool> {
        Some(self.config.enable_sni)
    }

    fn without_identity(&self) -> Option<Arc<dyn Connects>> {
        let mut config = ClientConfig::clone(&self.config);
        config.client_auth_cert_resolver = Arc::new(Nobody);
        // A session that is resumed has the identity with which it began.
        config.resumption = Resumption::default();
        Some(client_of(Arc::new(config)))
    }
}

/// A client that shows no certificate.
#[derive(Debug)]
struct Nobody;

impl ResolvesClientCert for Nobody {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// Makes the client's side of a configuration of the program.
pub(crate) fn client_of(config: Arc<ClientConfig>) -> Arc<dyn Connects> {
    Arc::new(Connector { config, tickets: None })
}

/// Makes the client's side. The error says what to correct.
pub(crate) fn client(wants: &Wants<'_>, pins: &Pins, identity: Option<&Identity>) -> Client {
    let given = read_roots(wants.roots, "root_certificate_pem")?;
    let versions = match wants.min_version {
        TlsVersion::Tls12 => &[&TLS13, &TLS12][..],
        TlsVersion::Tls13 => &[&TLS13],
    };
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .map_err(|e| e.to_string())?;
    let roots = if wants.accepts_invalid_certs {
        None
    } else {
        let roots = Arc::new(if wants.system_roots { with_system(given) } else { given });
        let built = WebPkiServerVerifier::builder_with_provider(roots, provider()).build();
        Some(built.map_err(|e| {
            format!("the system has no root certificates, and none was given ({e})")
        })?)
    };
    let verifier = Arc::new(Verifier { roots, pins: pins.clone(), provider: provider() });
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let own: Arc<dyn ResolvesClientCert> =
                Arc::new(SingleCertAndKey::from(identity.pair()?.clone()));
            builder.with_client_cert_resolver(own)
        }
    };
    config.enable_sni = wants.sends_name;
    config.alpn_protocols = vec![PROTOCOL.into()];
    let tickets: Arc<dyn ClientSessionStore> = Arc::new(ClientSessionMemoryCache::new(SERVERS));
    config.resumption = Resumption::store(Arc::clone(&tickets));
    Ok(Arc::new(Connector { config: Arc::new(config), tickets: Some(tickets) }))
}
