//! Configurations of the TLS libraries themselves: they are used as they are.

use std::io::ErrorKind;

use blocking_ws::{
    Client, ClientCertificates, Error, Identity, Server, TlsAcceptor, TlsBackend, TlsConnector,
    TlsVersion, unversioned,
};
use test_support::certificates::Certificates;
use test_support::within;

use super::backends::{backends, pairs};

fn identity(made: &Certificates) -> Identity {
    Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes()).unwrap()
}

#[cfg(feature = "tls")]
mod by_native_tls {
    use super::*;

    fn pair(made: &Certificates) -> native_tls::Identity {
        native_tls::Identity::from_pkcs8(made.chain.as_bytes(), made.key.as_bytes()).unwrap()
    }

    pub(super) fn acceptor(made: &Certificates) -> TlsAcceptor {
        unversioned::native_tls::acceptor(native_tls::TlsAcceptor::new(pair(made)).unwrap())
    }

    pub(super) fn connector(root: &str, own: &Certificates) -> TlsConnector {
        let mut builder = native_tls::TlsConnector::builder();
        builder.add_root_certificate(native_tls::Certificate::from_pem(root.as_bytes()).unwrap());
        let connector = builder.identity(pair(own)).build().unwrap();
        unversioned::native_tls::connector(connector)
    }
}

#[cfg(feature = "rustls")]
mod by_rustls {
    use std::sync::Arc;

    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
    use rustls::{ClientConfig, RootCertStore, ServerConfig};

    use super::*;

    fn der(pem: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
    }

    fn key(made: &Certificates) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_slice(made.key.as_bytes()).unwrap()
    }

    fn provider() -> Arc<rustls::crypto::CryptoProvider> {
        Arc::new(rustls::crypto::ring::default_provider())
    }

    pub(super) fn acceptor(made: &Certificates) -> TlsAcceptor {
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![der(&made.chain)], key(made))
            .unwrap();
        unversioned::rustls::acceptor(Arc::new(config))
    }

    pub(super) fn connector(root: &str, own: &Certificates) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(der(root)).unwrap();
        let config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![der(&own.chain)], key(own))
            .unwrap();
        unversioned::rustls::connector(Arc::new(config))
    }
}

fn acceptor(backend: TlsBackend, made: &Certificates) -> TlsAcceptor {
    match backend {
        #[cfg(feature = "tls")]
        TlsBackend::Native => by_native_tls::acceptor(made),
        #[cfg(feature = "rustls")]
        TlsBackend::Rustls => by_rustls::acceptor(made),
        other => panic!("{other} is not compiled in"),
    }
}

/// Trusts one root, and has an identity.
pub(crate) fn connector(backend: TlsBackend, root: &str, own: &Certificates) -> TlsConnector {
    match backend {
        #[cfg(feature = "tls")]
        TlsBackend::Native => by_native_tls::connector(root, own),
        #[cfg(feature = "rustls")]
        TlsBackend::Rustls => by_rustls::connector(root, own),
        other => panic!("{other} is not compiled in"),
    }
}

#[test]
fn a_configuration_serves_and_connects() {
    within(|| {
        let made = Certificates::new("localhost", |_| {});
        for (client, server) in pairs() {
            let rule = format!("{client} to {server}");
            let listens = Server::bind("localhost:0").unwrap();
            let handle = listens.tls_acceptor(acceptor(server, &made));
            let handle = handle.spawn(|ws| ws.send("welcome")).unwrap();
            let url = format!("wss://localhost:{}/", handle.local_addr().unwrap().port());
            let own = connector(client, &made.root, &made);
            let mut ws = Client::new().tls_connector(own.clone()).connect(&url).unwrap();
            assert_eq!(ws.recv().unwrap(), Some("welcome".into()), "{rule}");
            let tls = ws.tls().unwrap();
            assert_eq!(tls.backend(), client, "{rule}");
            // A connector of `native-tls` does not tell whether it sends the name.
            let asked = (client == TlsBackend::Rustls).then_some("localhost");
            assert_eq!(tls.server_name(), asked, "{rule}");
            // Pins count besides.
            let pinned = Client::new().tls_connector(own.pin_certificate(&"0".repeat(64)));
            let e = pinned.connect(&url).unwrap_err();
            assert!(e.to_string().contains("is not pinned"), "{rule}: {e}");
        }
    });
}

fn invalid<T: std::fmt::Debug>(outcome: Result<T, Error>, setting: &str) {
    let Err(Error::Tls(e)) = outcome else { panic!("{setting} is taken: {outcome:?}") };
    assert_eq!(e.kind(), ErrorKind::InvalidInput, "{e}");
    let text = e.to_string();
    assert!(text.contains(setting) && text.contains("of the program's own"), "{text}");
}

#[test]
fn a_setting_beside_a_configuration_is_refused() {
    let made = Certificates::new("localhost", |_| {});
    for backend in backends() {
        let own = connector(backend, &made.root, &made);
        for (setting, connector) in [
            ("root_certificate_pem", own.clone().root_certificate_pem(made.root.as_bytes())),
            ("system_roots", own.clone().system_roots(false)),
            ("identity", own.clone().identity(identity(&made))),
            ("the oldest version of TLS", own.clone().min_version(TlsVersion::Tls13)),
            ("sni", own.clone().sni(true)),
            ("danger_accept_invalid_certs", own.clone().danger_accept_invalid_certs(true)),
            ("the TLS library", own.clone().backend(backend)),
        ] {
            let (near, _far) = blocking_ws::testing::Pipe::new(1024);
            invalid(connector.connect("localhost", near), setting);
        }
        let own = acceptor(backend, &made);
        let clients = ClientCertificates::required(made.root.as_bytes());
        invalid(own.clone().client_certificates(clients), "client_certificates");
        invalid(own.clone().identity_for("localhost", &identity(&made)), "identity_for");
        invalid(own.set_identity(&identity(&made)), "set_identity");
        invalid(own.set_identity_for("localhost", &identity(&made)), "set_identity_for");
        let server = || Server::bind("127.0.0.1:0").unwrap().tls_acceptor(own.clone());
        invalid(server().tls_backend(backend), "the TLS library");
        let server = server().spawn(|_| Ok(())).unwrap();
        invalid(server.set_identity(&identity(&made)), "set_identity");
    }
}
