//! What only rustls says, or what only a server of rustls asks for.

use std::sync::Arc;

use blocking_ws::{
    ClientCertificates, Identity, TlsAcceptor, TlsBackend, TlsConnector, TlsVersion, unversioned,
};
use rcgen::ExtendedKeyUsagePurpose::ServerAuth;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, SupportedProtocolVersion};
use test_support::certificates::Certificates;

use super::authorities::{
    authority, expired, good, namesake, not_yet, with_extension, with_purpose,
};
use super::{acceptor, backends, client, identity, meet};
use crate::produced::{Produced, failed};

const RUSTLS: TlsBackend = TlsBackend::Rustls;

pub(super) fn certificates() -> Vec<Produced> {
    let strange = with_extension();
    let read = Identity::from_pem(strange.chain.as_bytes(), strange.key.as_bytes());
    vec![failed(read.and_then(|identity| TlsAcceptor::with_backend(RUSTLS, &identity)))]
}

/// Clients that a server asks for certificates. With TLS 1.3 they learn of a refusal later.
pub(super) fn of_clients() -> Vec<Produced> {
    let own = good();
    let (namesake, other_root) = namesake();
    let shown = [(None, good().root), (Some(good()), good().root), (Some(namesake), other_root)];
    let judged = [expired(), not_yet(), authority(), with_purpose(ServerAuth)];
    let judged = judged.map(|made| {
        let root = made.root.clone();
        (Some(made), root)
    });
    let mut all = Vec::new();
    for (made, root) in shown.into_iter().chain(judged) {
        for backend in backends() {
            let server = acceptor(RUSTLS, &own);
            let server = server.client_certificates(ClientCertificates::required(root.as_bytes()));
            let client = client(backend, &own.root);
            let client = match &made {
                Some(made) => client.identity(identity(made)),
                None => client,
            };
            all.extend(meet(&client, server.unwrap()));
        }
    }
    for roots in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let roots = ClientCertificates::required(roots.as_bytes());
        all.push(failed(acceptor(RUSTLS, &own).client_certificates(roots)));
    }
    all
}

/// A server of the program's own configuration.
fn configured(
    made: &Certificates,
    versions: &[&'static SupportedProtocolVersion],
    adjust: impl FnOnce(&mut ServerConfig),
) -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(made.chain.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(made.key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider);
    let config = config.with_protocol_versions(versions).unwrap().with_no_client_auth();
    let mut config = config.with_single_cert(vec![certificate], key).unwrap();
    adjust(&mut config);
    unversioned::rustls::acceptor(Arc::new(config))
}

pub(super) fn protocols() -> Vec<Produced> {
    let made = good();
    let both = &[&rustls::version::TLS13, &rustls::version::TLS12][..];
    let mut all = Vec::new();
    for backend in backends() {
        let client = client(backend, &made.root);
        let other = configured(&made, both, |config| config.alpn_protocols = vec![b"h2".to_vec()]);
        all.extend(meet(&client, other));
        let old = configured(&made, &[&rustls::version::TLS12], |_| {});
        all.extend(meet(&client.clone().min_tls_version(TlsVersion::Tls13), old));
    }
    all.extend(suites(&made));
    all
}

/// A client and a server that have no cipher suite in common.
fn suites(made: &Certificates) -> Vec<Produced> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(made.root.as_bytes()).unwrap()).unwrap();
    let mut provider = rustls::crypto::ring::default_provider();
    provider.cipher_suites.retain(|suite| suite.tls13().is_none());
    provider.cipher_suites.truncate(1);
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(provider));
    let config = config.with_protocol_versions(&[&rustls::version::TLS12]).unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let connector = unversioned::rustls::connector(Arc::new(config));
    let client = blocking_ws::Client::new().tls_connector(connector);

    let mut provider = rustls::crypto::ring::default_provider();
    provider.cipher_suites.retain(|suite| suite.tls13().is_none());
    provider.cipher_suites.remove(0);
    let certificate = CertificateDer::from_pem_slice(made.chain.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(made.key.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(provider));
    let config = config.with_protocol_versions(&[&rustls::version::TLS12]).unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    meet(&client, unversioned::rustls::acceptor(Arc::new(config)))
}

pub(super) fn own() -> Vec<Produced> {
    let made = good();
    let both = &[&rustls::version::TLS13, &rustls::version::TLS12][..];
    let own = configured(&made, both, |_| {});
    let clients = ClientCertificates::required(made.root.as_bytes());
    let roots = rustls::RootCertStore::empty();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let connector: TlsConnector = unversioned::rustls::connector(Arc::new(config));
    let pipe = blocking_ws::testing::Pipe::new(1).0;
    vec![
        failed(own.set_identity(&identity(&made))),
        failed(own.client_certificates(clients)),
        failed(connector.system_roots(false).connect("localhost", pipe)),
    ]
}

pub(super) fn by_name() -> Vec<Produced> {
    let made = good();
    vec![failed(acceptor(RUSTLS, &made).identity_for("other.example", &identity(&made)))]
}
