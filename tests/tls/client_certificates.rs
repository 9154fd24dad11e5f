//! A server that asks its clients for certificates, or demands them.

use std::net::TcpStream;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use blocking_ws::{
    Client, ClientCertificates, Error, Identity, Server, ServerHandle, TlsAcceptor, TlsBackend,
    TlsConnector, unversioned,
};
use log::Level;
use rcgen::date_time_ymd;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use test_support::certificates::Certificates;
use test_support::{journal, within};

use super::backends::backends;

fn identity(made: &Certificates) -> Identity {
    Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes()).unwrap()
}

/// A server whose hook tells which certificate a client has shown.
fn server(
    own: &Certificates,
    clients: ClientCertificates,
) -> (ServerHandle, mpsc::Receiver<Option<Vec<u8>>>) {
    let acceptor = TlsAcceptor::with_backend(TlsBackend::Rustls, &identity(own)).unwrap();
    let acceptor = acceptor.client_certificates(clients).unwrap();
    let (tell, told) = mpsc::channel();
    let server = Server::bind("127.0.0.1:0").unwrap().tls_acceptor(acceptor);
    let server = server.on_upgrade(move |opening| {
        tell.send(opening.tls().unwrap().peer_certificates().first().cloned()).unwrap();
        Ok(())
    });
    (server.spawn(|ws| ws.send("welcome")).unwrap(), told)
}

fn der(made: &Certificates) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(made.chain.as_bytes()).unwrap()
}

/// A client of `rustls` that speaks one version of TLS only.
fn by_version(
    version: &'static rustls::SupportedProtocolVersion,
    root: &str,
    own: Option<&Certificates>,
) -> TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider);
    let config = config.with_protocol_versions(&[version]).unwrap().with_root_certificates(roots);
    let config = match own {
        None => config.with_no_client_auth(),
        Some(own) => {
            let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap();
            config.with_client_auth_cert(vec![der(own)], key).unwrap()
        }
    };
    unversioned::rustls::connector(Arc::new(config))
}

#[test]
fn who_is_let_in() {
    within(|| {
        journal::begin();
        let own = Certificates::new("127.0.0.1", |_| {});
        let [member, stranger] = [(); 2].map(|()| Certificates::new("a client", |_| {}));
        let expired = Certificates::new("a client", |params| {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        });
        let roots = format!("{}{}", member.root, expired.root);
        let kinds = [ClientCertificates::required, ClientCertificates::optional];
        let none = "the client has shown no certificate";
        let unknown = "signed by no root certificate that client_certificates names";
        for (rule, client, is_in, log) in [
            ("none", None, [false, true], none),
            ("of a root", Some(&member), [true, true], ""),
            ("of another root", Some(&stranger), [false, false], unknown),
            ("expired", Some(&expired), [false, false], "certificate has expired"),
        ] {
            let client_der = client.map(|made| der(made).to_vec());
            let settings = Client::new().root_certificate_pem(own.root.as_bytes());
            let mut clients: Vec<_> = backends()
                .map(|backend| {
                    let connector = settings.clone().tls_backend(backend);
                    let connector = match client {
                        None => connector,
                        Some(made) => connector.identity(identity(made)),
                    };
                    (format!("{backend}"), connector)
                })
                .collect();
            for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
                let connector = by_version(version, &own.root, client);
                let name = format!("{:?}", version.version);
                clients.push((name, Client::new().tls_connector(connector)));
            }
            for (name, client) in clients {
                for (which, kind) in kinds.into_iter().enumerate() {
                    let rule = format!("{rule}, {name}, {}", ["required", "optional"][which]);
                    // Of many lines within a second, one server's log leaves some out.
                    let (server, told) = server(&own, kind(roots.as_bytes()));
                    let outcome = client.connect(server.url());
                    assert_eq!(outcome.is_ok(), is_in[which], "{rule}: {outcome:?}");
                    if let Ok(mut ws) = outcome {
                        assert_eq!(ws.recv().unwrap(), Some("welcome".into()), "{rule}");
                        assert_eq!(told.recv(), Ok(client_der.clone()), "{rule}");
                        continue;
                    }
                    let e = outcome.unwrap_err();
                    assert!(matches!(e, Error::Tls(_) | Error::Lost(_)), "{rule}: {e:?}");
                    assert!(e.to_string().contains("alert"), "{rule}: {e}");
                    // The log may come a moment later than the alert.
                    let line = || journal::said_by(&server, Level::Info).pop();
                    let line = (0..1000).find_map(|_| {
                        std::thread::sleep(Duration::from_millis(5));
                        line()
                    });
                    let line = line.unwrap_or_else(|| panic!("{rule}: nothing is in the log"));
                    assert!(line.contains(log), "{rule}: {line}");
                }
            }
        }
    });
}

#[test]
fn what_a_client_reads_that_showed_nothing() {
    within(|| {
        let own = Certificates::new("127.0.0.1", |_| {});
        let member = Certificates::new("a client", |_| {});
        let (server, _told) = server(&own, ClientCertificates::required(member.root.as_bytes()));
        for backend in backends() {
            let client =
                Client::new().tls_backend(backend).root_certificate_pem(own.root.as_bytes());
            let e = client.connect(server.url()).unwrap_err();
            assert!(e.to_string().contains("give the client an `identity`"), "{backend}: {e}");
        }
    });
}

#[test]
fn roots_that_are_none_are_refused_at_once() {
    let own = Certificates::new("127.0.0.1", |_| {});
    let acceptor = TlsAcceptor::with_backend(TlsBackend::Rustls, &identity(&own)).unwrap();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (pem, text) in [
        ("", "no `BEGIN CERTIFICATE` in the PEM of client_certificates"),
        ("rubbish", "no `BEGIN CERTIFICATE`"),
        (broken, "cannot be a root"),
    ] {
        let clients = ClientCertificates::required(pem.as_bytes());
        let e = acceptor.clone().client_certificates(clients).unwrap_err();
        assert!(e.to_string().contains(text), "{e}");
    }
}

#[test]
fn a_client_that_is_refused_disturbs_nobody() {
    within(|| {
        let own = Certificates::new("127.0.0.1", |_| {});
        let member = Certificates::new("a client", |_| {});
        let (server, _told) = server(&own, ClientCertificates::required(member.root.as_bytes()));
        let client = Client::new().tls_backend(TlsBackend::Rustls);
        let client = client.root_certificate_pem(own.root.as_bytes());
        let good = client.clone().identity(identity(&member));
        for _ in 0..3 {
            client.connect(server.url()).unwrap_err();
            drop(TcpStream::connect(server.local_addr().unwrap()).unwrap());
            assert_eq!(good.connect(server.url()).unwrap().recv().unwrap(), Some("welcome".into()));
        }
    });
}
