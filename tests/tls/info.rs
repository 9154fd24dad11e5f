//! What both sides are told of the connection and of each other.

use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;

use blocking_ws::testing::Pipe;
use blocking_ws::{
    Client, Identity, Server, Settings, TlsAcceptor, TlsBackend, TlsConnector, TlsInfo, TlsVersion,
};
use log::Level;
use test_support::certificates::Certificates;
use test_support::{journal, within};

use super::backends::{backends, pairs};

/// What is the same for all connections of a library.
fn check(info: &TlsInfo, backend: TlsBackend, version: TlsVersion, rule: &str) {
    assert_eq!(info.backend(), backend, "{rule}");
    let tells = backend == TlsBackend::Rustls;
    assert_eq!(info.version(), tells.then_some(version), "{rule}");
    let suite = info.cipher_suite().map(|name| name.starts_with("TLS_"));
    assert_eq!(suite, tells.then_some(true), "{rule}: {info:?}");
    let text = info.to_string();
    assert!(text.ends_with(&format!(" by {backend}")), "{rule}: {text}");
    assert_eq!(text.contains(&version.to_string()), tells, "{rule}: {text}");
}

#[test]
fn both_sides_know_whom_they_talk_to() {
    within(|| {
        journal::begin();
        let made = Certificates::new("localhost", |_| {});
        let identity = Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes()).unwrap();
        for (client, server) in pairs() {
            let rule = format!("{client} to {server}");
            // A server by `native-tls` has TLS 1.2 only.
            let version = match server {
                TlsBackend::Rustls => TlsVersion::Tls13,
                _ => TlsVersion::Tls12,
            };
            let (tell, told) = mpsc::channel();
            let listens = Server::bind("localhost:0").unwrap();
            let listens = listens.tls_backend(server).unwrap().tls(&identity).unwrap();
            let handle = listens.on_upgrade(move |opening| {
                tell.send(opening.tls().cloned()).unwrap();
                Ok(())
            });
            let handle = handle.spawn(|ws| {
                ws.send("welcome")?;
                ws.recv().map(drop)
            });
            let handle = handle.unwrap();
            let url = format!("wss://localhost:{}/", handle.local_addr().unwrap().port());
            let client_side = Client::new().tls_backend(client);
            let client_side = client_side.root_certificate_pem(made.root.as_bytes());
            let mut ws = client_side.connect(&url).unwrap();
            assert_eq!(ws.recv().unwrap(), Some("welcome".into()), "{rule}");

            let info = ws.tls().expect("wss is TLS");
            check(&info, client, version, &rule);
            assert_eq!(info.server_name(), Some("localhost"), "{rule}");
            let chain = info.peer_certificates();
            assert_eq!(chain.len(), 1, "{rule}");
            assert!(made.chain.contains(&base64_line(&chain[0])), "{rule}: the certificate itself");
            let alpn = (server == TlsBackend::Rustls).then_some(&b"http/1.1"[..]);
            assert_eq!(info.alpn(), alpn, "{rule}");

            let hook = told.recv().unwrap().expect("the hook knows of TLS");
            let connection = &handle.connections()[0];
            for info in [&hook, connection.tls().expect("the handle knows of TLS")] {
                check(info, server, version, &rule);
                let asked = (server == TlsBackend::Rustls).then_some("localhost");
                assert_eq!(info.server_name(), asked, "{rule}");
                assert_eq!(info.alpn(), alpn, "{rule}");
                assert_eq!(info.peer_certificates().len(), 0, "{rule}: nobody was asked");
            }
            // The log names the library, on both sides.
            let lines = journal::said_by(&handle, Level::Debug);
            let names = |line: &String| line.ends_with(&format!("open, /, {hook}"));
            assert!(lines.iter().any(names), "{rule}: {lines:?}");
            assert!(!journal::said(&format!("localhost: {info}")).is_empty(), "{rule}");
            ws.send("done").unwrap();
        }
    });
}

/// The first line of a certificate's PEM.
fn base64_line(der: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let three = |bytes: &[u8]| {
        let bits = bytes.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|at| char::from(DIGITS[bits >> at & 63]))
    };
    der[..48].chunks(3).flat_map(three).collect()
}

#[test]
fn a_name_is_known_only_if_it_was_sent() {
    within(|| {
        for backend in backends() {
            for (host, sni, want) in [
                ("localhost", true, Some("localhost")),
                ("LocalHost.", true, Some("localhost")),
                ("localhost", false, None),
                ("127.0.0.1", true, None),
            ] {
                let made = Certificates::new(host.trim_end_matches('.'), |_| {});
                let identity = Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes());
                let acceptor = TlsAcceptor::with_backend(backend, &identity.unwrap()).unwrap();
                let (near, far) = Pipe::new(64 << 10);
                let server = thread::spawn(move || acceptor.accept(far).unwrap());
                let connector = TlsConnector::new().backend(backend).sni(sni);
                let connector = connector.root_certificate_pem(made.root.as_bytes());
                let client = connector.connect(host, near).unwrap();
                let rule = format!("{host} by {backend}, sni({sni})");
                assert_eq!(client.info().server_name(), want, "{rule}");
                let asked = want.filter(|_| backend == TlsBackend::Rustls);
                assert_eq!(server.join().unwrap().info().server_name(), asked, "{rule}");
            }
        }
    });
}

#[test]
fn a_stream_of_the_program_tells_as_well() {
    within(|| {
        let made = Certificates::new("localhost", |_| {});
        let identity = Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes()).unwrap();
        for backend in backends() {
            let acceptor = TlsAcceptor::with_backend(backend, &identity).unwrap();
            let (near, far) = Pipe::new(64 << 10);
            let server = thread::spawn(move || {
                let far = acceptor.accept(far).unwrap();
                let (tell, told) = mpsc::channel();
                let settings = Settings::new().on_upgrade(move |opening| {
                    tell.send(opening.tls().is_some()).unwrap();
                    Ok(())
                });
                let ws = settings.accept(far).unwrap();
                (ws.tls().is_some(), told.recv().unwrap())
            });
            let connector = TlsConnector::new().backend(backend);
            let connector = connector.root_certificate_pem(made.root.as_bytes());
            let near = connector.connect("localhost", near).unwrap();
            let ws = Client::new().connect_over("wss://localhost/", near).unwrap();
            assert_eq!(ws.tls().map(|tls| tls.backend()), Some(backend));
            assert_eq!(server.join().unwrap(), (true, true), "{backend}: boxed, and in the hook");
        }
    });
}

#[test]
fn without_tls_there_is_nothing_to_tell() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().on_upgrade(|opening| {
            assert!(opening.tls().is_none());
            Ok(())
        });
        let server = server.spawn(|ws| {
            ws.send("welcome")?;
            ws.recv().map(drop)
        });
        let server = server.unwrap();
        let mut ws = blocking_ws::connect(server.url()).unwrap();
        assert_eq!(ws.recv().unwrap(), Some("welcome".into()));
        assert!(ws.tls().is_none());
        assert!(server.connections()[0].tls().is_none());
        let stream = TcpStream::connect(server.local_addr().unwrap()).unwrap();
        assert!(blocking_ws::Duplex::tls(&stream).is_none());
    });
}
