//! Identities that change while a server runs, and identities by name.

use std::io::ErrorKind;

use blocking_ws::{
    Client, Error, Identity, Server, ServerHandle, TlsAcceptor, TlsBackend, WebSocket,
};
use test_support::certificates::Certificates;
use test_support::within;

use super::backends::backends;

fn identity(made: &Certificates) -> Identity {
    Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes()).unwrap()
}

/// A certificate with the key of another.
fn unfit(made: &Certificates) -> Option<Identity> {
    let other = Certificates::new("localhost", |_| {});
    Identity::from_pem(made.chain.as_bytes(), other.key.as_bytes()).ok()
}

/// A certificate that is good, with rubbish behind it. Perhaps no library reads that at all.
fn broken_chain(made: &Certificates) -> Option<Identity> {
    let rubbish = "-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n";
    let chain = format!("{}{rubbish}", made.chain);
    Identity::from_pem(chain.as_bytes(), made.key.as_bytes()).ok()
}

/// Connects to a server under a name, and returns the certificate that the server shows.
fn shown(server: &ServerHandle, name: &str) -> (WebSocket, Vec<u8>) {
    let client = Client::new().danger_accept_invalid_certs(true);
    let stream = std::net::TcpStream::connect(server.local_addr().unwrap()).unwrap();
    let ws = client.connect_over(&format!("wss://{name}/"), stream).unwrap();
    let shown = ws.tls().unwrap().peer_certificates()[0].clone();
    (ws, shown)
}

fn invalid<T: std::fmt::Debug>(outcome: Result<T, Error>, text: &str) {
    let Err(Error::Tls(e)) = outcome else { panic!("not refused: {outcome:?}") };
    assert_eq!(e.kind(), ErrorKind::InvalidInput, "{e}");
    assert!(e.to_string().contains(text), "{e}");
}

#[test]
fn a_renewed_certificate_is_shown_from_then_on() {
    within(|| {
        let [old, new] = [(); 2].map(|()| Certificates::new("localhost", |_| {}));
        for backend in backends() {
            let server = Server::bind("127.0.0.1:0").unwrap();
            let server = server.tls_backend(backend).unwrap().tls(&identity(&old)).unwrap();
            let server = server.spawn(|ws| {
                while let Some(message) = ws.recv()? {
                    ws.send(message)?;
                }
                Ok(())
            });
            let server = server.unwrap();
            let (mut early, first) = shown(&server, "localhost");
            for unusable in [unfit(&old), broken_chain(&old)].into_iter().flatten() {
                invalid(server.set_identity(&unusable), "");
                assert_eq!(shown(&server, "localhost").1, first, "{backend}: nothing has changed");
            }

            server.set_identity(&identity(&new)).unwrap();
            let (mut late, second) = shown(&server, "localhost");
            assert_ne!(first, second, "{backend}");
            invalid(server.set_identity(&unfit(&old).unwrap()), "mismatch");
            assert_eq!(shown(&server, "localhost").1, second, "{backend}: nothing has changed");
            for ws in [&mut early, &mut late] {
                ws.send("still here").unwrap();
                assert_eq!(ws.recv().unwrap(), Some("still here".into()), "{backend}");
            }
        }
    });
}

#[test]
fn a_server_without_tls_takes_no_identity() {
    let server = Server::bind("127.0.0.1:0").unwrap().spawn(|ws| ws.recv().map(drop)).unwrap();
    let made = Certificates::new("localhost", |_| {});
    let Err(Error::Invalid(text)) = server.set_identity(&identity(&made)) else {
        panic!("an identity for nothing");
    };
    assert!(text.contains("does not speak TLS"), "{text}");
}

#[test]
fn a_handle_that_was_taken_early_knows_of_tls() {
    within(|| {
        let [old, new] = [(); 2].map(|()| Certificates::new("localhost", |_| {}));
        let server = Server::bind("127.0.0.1:0").unwrap();
        let early = server.handle();
        let server = server.tls(&identity(&old)).unwrap().spawn(|ws| ws.recv().map(drop)).unwrap();
        let (_, first) = shown(&server, "localhost");
        early.set_identity(&identity(&new)).unwrap();
        assert_ne!(shown(&server, "localhost").1, first);
    });
}

#[test]
fn a_backend_that_is_the_acceptors_own_changes_nothing() {
    within(|| {
        let [old, new] = [(); 2].map(|()| Certificates::new("localhost", |_| {}));
        for backend in backends() {
            let acceptor = TlsAcceptor::with_backend(backend, &identity(&old)).unwrap();
            let server = Server::bind("127.0.0.1:0").unwrap().tls_acceptor(acceptor.clone());
            let server = server.tls_backend(backend).unwrap();
            let server = server.spawn(|ws| ws.recv().map(drop)).unwrap();
            let (_, first) = shown(&server, "localhost");
            acceptor.set_identity(&identity(&new)).unwrap();
            assert_ne!(
                shown(&server, "localhost").1,
                first,
                "{backend}: the clone is the server's"
            );
        }
    });
}

#[test]
fn native_tls_shows_one_identity() {
    if !cfg!(feature = "tls") {
        return;
    }
    let made = Certificates::new("localhost", |_| {});
    let acceptor = TlsAcceptor::with_backend(TlsBackend::Native, &identity(&made)).unwrap();
    invalid(acceptor.clone().identity_for("localhost", &identity(&made)), "TlsBackend::Rustls");
    invalid(acceptor.set_identity_for("localhost", &identity(&made)), "TlsBackend::Rustls");
    let clients = blocking_ws::ClientCertificates::required(made.root.as_bytes());
    invalid(acceptor.client_certificates(clients), "cannot ask clients for certificates");
}

#[test]
#[cfg(feature = "rustls")]
fn rfc_6066_section_3_identities_by_name() {
    within(|| {
        let names = ["main.test", "chat.test", "*.rooms.test", "one.rooms.test"];
        let any = Certificates::new("any.rooms.test", |_| {});
        let [main, chat, rooms, one] = names.map(|name| Certificates::new(name, |_| {}));
        let acceptor = TlsAcceptor::with_backend(TlsBackend::Rustls, &identity(&main)).unwrap();
        let acceptor = acceptor.identity_for("Chat.test.", &identity(&chat)).unwrap();
        let acceptor = acceptor.identity_for("*.rooms.test", &identity(&rooms)).unwrap();
        let acceptor = acceptor.identity_for("one.rooms.test", &identity(&one)).unwrap();
        for (name, made, text) in [
            ("other.test", &chat, "the certificate is not for other.test"),
            ("chat.rooms.test", &chat, "the certificate is not for chat.rooms.test"),
            ("*.rooms.test", &one, "the certificate is not for *.rooms.test"),
            ("a b", &chat, "it is neither a name nor an address"),
            ("", &chat, "it is neither a name nor an address"),
            ("chat.test..", &chat, "it is neither a name nor an address"),
            ("chat.test:443", &chat, "it is neither a name nor an address"),
            ("b\u{fc}cher.test", &chat, "`xn--...`"),
            ("127.0.0.1", &chat, "no client asks for the address"),
            (
                "*.rooms.test",
                &any,
                "the certificate is not for *.rooms.test, but for: any.rooms.test",
            ),
        ] {
            invalid(acceptor.clone().identity_for(name, &identity(made)), text);
        }
        invalid(acceptor.clone().identity_for("chat.test", &unfit(&chat).unwrap()), "mismatch");

        let server = Server::bind("127.0.0.1:0").unwrap().tls_acceptor(acceptor);
        let server = server.spawn(|ws| ws.recv().map(drop)).unwrap();
        let der = |made: &Certificates| {
            use rustls::pki_types::{CertificateDer, pem::PemObject};

            CertificateDer::from_pem_slice(made.chain.as_bytes()).unwrap().to_vec()
        };
        let want = |name: &str, made: &Certificates| {
            assert_eq!(shown(&server, name).1, der(made), "{name}");
        };
        for (name, made) in [
            ("main.test", &main),
            ("stranger.test", &main),
            ("127.0.0.1", &main),
            ("chat.test", &chat),
            ("CHAT.test.", &chat),
            ("any.chat.test", &main),
            ("two.rooms.test", &rooms),
            ("one.rooms.test", &one),
            ("a.b.rooms.test", &main),
            ("rooms.test", &main),
        ] {
            want(name, made);
        }

        let renewed = Certificates::new("chat.test", |_| {});
        invalid(server.set_identity_for("chat.test", &identity(&main)), "is not for chat.test");
        want("chat.test", &chat);
        server.set_identity_for("chat.test", &identity(&renewed)).unwrap();
        want("chat.test", &renewed);
        want("main.test", &main);
        server.set_identity(&identity(&one)).unwrap();
        want("main.test", &one);
        want("chat.test", &renewed);
    });
}
