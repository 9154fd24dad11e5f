//! Which servers a client trusts: roots, pins and versions.

use std::io::{ErrorKind, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use blocking_ws::testing::Pipe;
use blocking_ws::{
    Client, Error, Identity, Server, ServerHandle, TlsAcceptor, TlsBackend, TlsConnector,
    TlsStream, TlsVersion,
};
use test_support::certificates::Certificates;
use test_support::within;

use super::backends::{backends, pairs};

/// Connects to a server with this certificate. The server returns what it received inside TLS.
fn connect(
    connector: &TlsConnector,
    server: TlsBackend,
    made: &Certificates,
) -> (Result<TlsStream<Pipe>, Error>, thread::JoinHandle<Vec<u8>>) {
    let identity = Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes()).unwrap();
    let acceptor = TlsAcceptor::with_backend(server, &identity).unwrap();
    let (near, far) = Pipe::new(64 << 10);
    let accepting = thread::spawn(move || {
        let mut received = Vec::new();
        if let Ok(mut far) = acceptor.accept(far) {
            let _ = far.read_to_end(&mut received);
        }
        received
    });
    (connector.connect("localhost", near), accepting)
}

#[track_caller]
fn refused(outcome: Result<TlsStream<Pipe>, Error>, kind: ErrorKind, text: &str) {
    let Err(Error::Tls(e)) = outcome else { panic!("not refused: {outcome:?}") };
    assert_eq!(e.kind(), kind, "{e}");
    assert!(e.to_string().contains(text), "{e}");
}

#[test]
fn only_given_roots() {
    within(|| {
        let made = Certificates::new("localhost", |_| {});
        let other = Certificates::new("localhost", |_| {});
        for backend in backends() {
            let connector = TlsConnector::new().backend(backend).system_roots(false);
            let given = connector.clone().root_certificate_pem(made.root.as_bytes());
            connect(&given, backend, &made).0.unwrap();
            let stranger = connector.clone().root_certificate_pem(other.root.as_bytes());
            let (outcome, _) = connect(&stranger, backend, &made);
            refused(outcome, ErrorKind::InvalidData, "is not trusted");
            let (outcome, _) = connect(&connector, backend, &made);
            refused(outcome, ErrorKind::InvalidInput, "give one to root_certificate_pem");
        }
    });
}

/// Runs a line of a shell, as people do. `None` if it fails, because `openssl` is not installed.
fn shell(line: &str, input: &str) -> Option<String> {
    let mut command = Command::new("sh");
    let command = command.arg("-c").arg(line).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().ok()?;
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    (output.status.success() && !printed.is_empty()).then_some(printed)
}

#[test]
fn pins_in_the_forms_that_tools_print() {
    within(|| {
        let made = Certificates::new("localhost", |_| {});
        let print = "openssl x509 -noout -fingerprint -sha256";
        let Some(printed) = shell(print, &made.chain) else {
            eprintln!("skipped: there is no `openssl` to run");
            return;
        };
        let (_, colons) = printed.split_once('=').unwrap();
        let key =
            "openssl x509 -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256";
        let base64 = shell(&format!("{key} -binary | openssl base64"), &made.chain).unwrap();
        let key = shell(&format!("{key} -r | cut -d' ' -f1"), &made.chain).unwrap();
        let wrong = "0".repeat(64);
        let new = TlsConnector::new;
        for (rule, connector, fits) in [
            ("a certificate, with colons", new().pin_certificate(colons), true),
            (
                "in small letters",
                new().pin_certificate(&colons.replace(':', "").to_lowercase()),
                true,
            ),
            ("a key, in hexadecimal digits", new().pin_public_key(&key), true),
            ("a key, in base64", new().pin_public_key(&base64), true),
            ("as for curl", new().pin_public_key(&format!("sha256//{base64}")), true),
            ("one of several", new().pin_public_key(&wrong).pin_certificate(colons), true),
            ("another certificate", new().pin_certificate(&wrong), false),
            ("another key", new().pin_public_key(&wrong), false),
            ("the key as a certificate", new().pin_certificate(&key), false),
            ("the certificate as a key", new().pin_public_key(colons), false),
        ] {
            for (client, server) in pairs() {
                let rule = format!("{rule}: {client} to {server}");
                // To read the system's roots takes longer than all else.
                let quick = connector.clone().system_roots(false);
                let trusted = quick.clone().root_certificate_pem(made.root.as_bytes());
                // Without a root, the pin alone decides if the program says so.
                let anyone = quick.danger_accept_invalid_certs(true);
                for connector in [trusted, anyone] {
                    let (outcome, server) = connect(&connector.backend(client), server, &made);
                    assert_eq!(outcome.is_ok(), fits, "{rule}: {outcome:?}");
                    if let Err(e) = &outcome {
                        let told = e.to_string();
                        assert!(
                            told.contains("is not pinned") && told.contains(&base64),
                            "{rule}: {told}"
                        );
                    }
                    drop(outcome);
                    assert_eq!(server.join().unwrap(), b"", "{rule}: nothing was sent inside TLS");
                }
                // A pin does not replace trust.
                let (outcome, _) = connect(&connector.clone().backend(client), server, &made);
                assert!(outcome.is_err(), "{rule}: the root is not known");
            }
        }
    });
}

#[test]
fn a_malformed_pin_is_told_before_anything_is_sent() {
    let short = "0".repeat(63);
    for pin in ["", "rubbish", &short, &"g".repeat(64), "sha256//AAAA"] {
        for (method, connector) in [
            ("pin_certificate", TlsConnector::new().pin_certificate(pin)),
            ("pin_public_key", TlsConnector::new().pin_public_key(pin)),
        ] {
            let (near, mut far) = Pipe::new(1024);
            refused(connector.connect("localhost", near), ErrorKind::InvalidInput, method);
            assert_eq!(far.read(&mut [0]).unwrap(), 0, "{pin}: nothing was sent");
        }
    }
}

#[test]
fn the_oldest_version() {
    within(|| {
        let made = Certificates::new("localhost", |_| {});
        for (client, server) in pairs() {
            for version in [TlsVersion::Tls12, TlsVersion::Tls13] {
                let connector = TlsConnector::new().backend(client).min_version(version);
                let connector = connector.root_certificate_pem(made.root.as_bytes());
                let (outcome, _) = connect(&connector, server, &made);
                // A server by `native-tls` has TLS 1.2 only.
                let meet = version == TlsVersion::Tls12 || server == TlsBackend::Rustls;
                assert_eq!(outcome.is_ok(), meet, "{version}, {client} to {server}: {outcome:?}");
            }
        }
    });
}

/// A server, and a client that trusts it.
fn server(made: &Certificates) -> (ServerHandle, Client) {
    let identity = Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes()).unwrap();
    let server = Server::bind("localhost:0").unwrap().tls(&identity).unwrap();
    let server = server.spawn(|ws| ws.send("welcome")).unwrap();
    (server, Client::new().root_certificate_pem(made.root.as_bytes()))
}

fn url(server: &ServerHandle, scheme: &str) -> String {
    format!("{scheme}://localhost:{}/", server.local_addr().unwrap().port())
}

#[test]
fn a_pin_counts_from_then_on_and_for_its_clone_only() {
    within(|| {
        let made = Certificates::new("localhost", |_| {});
        let (server, client) = server(&made);
        let url = url(&server, "wss");
        for backend in backends() {
            let client = client.clone().tls_backend(backend);
            client.connect(&url).unwrap();
            for (pin, text) in
                [("not a pin at all", "not a pin at all"), (&"0".repeat(64), "is not pinned")]
            {
                for pinned in
                    [client.clone().pin_certificate(pin), client.clone().pin_public_key(pin)]
                {
                    for _ in 0..2 {
                        let e = pinned.connect(&url).unwrap_err();
                        assert!(e.to_string().contains(text), "{backend}: {e}");
                    }
                }
            }
            client.connect(&url).unwrap();
        }
    });
}

#[test]
fn a_pin_is_lost_on_no_way() {
    within(|| {
        let made = Certificates::new("localhost", |_| {});
        let (secure, client) = server(&made);
        let plain = Server::bind("localhost:0").unwrap().spawn(|ws| ws.send("welcome")).unwrap();
        for backend in backends() {
            let trusts = TlsConnector::new().backend(backend);
            let trusts = trusts.root_certificate_pem(made.root.as_bytes());
            let pinned = client.clone().tls_backend(backend).pin_certificate(&"0".repeat(64));
            // Another connector.
            let e = pinned.clone().tls_connector(trusts.clone()).connect(&url(&secure, "wss"));
            let e = e.unwrap_err().to_string();
            assert!(e.contains("is not pinned"), "{backend}: {e}");
            // No TLS at all.
            let e = pinned.connect(&url(&plain, "ws")).unwrap_err().to_string();
            assert!(
                e.contains("has shown no certificate to compare with the pins"),
                "{backend}: {e}"
            );
            // A stream that is encrypted already.
            let stream = std::net::TcpStream::connect(secure.local_addr().unwrap()).unwrap();
            let stream = trusts.connect("localhost", stream).unwrap();
            let certificate = stream.info().peer_certificate().unwrap().to_vec();
            let e = pinned.connect_over("wss://localhost/", stream).unwrap_err().to_string();
            assert!(e.contains("is not pinned"), "{backend}: {e}");
            let stream = std::net::TcpStream::connect(secure.local_addr().unwrap()).unwrap();
            let stream = trusts.connect("localhost", stream).unwrap();
            let fits: String = sha256(&certificate);
            let fits = Client::new().pin_certificate(&fits);
            fits.connect_over("wss://localhost/", stream).unwrap();
        }
    });
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};

    let byte = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16));
    Sha256::digest(bytes).iter().flat_map(byte).flatten().collect()
}

/// With `native-tls`, a server that is not pinned sees the identity, but no HTTP.
#[test]
#[cfg(feature = "rustls")]
fn a_server_that_is_not_pinned_does_not_see_the_identity() {
    use std::sync::mpsc;

    within(|| {
        let made = Certificates::new("localhost", |_| {});
        let pair = || Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes()).unwrap();
        let acceptor = TlsAcceptor::with_backend(TlsBackend::Rustls, &pair()).unwrap();
        let clients = blocking_ws::ClientCertificates::optional(made.root.as_bytes());
        let acceptor = acceptor.client_certificates(clients).unwrap();
        let connector = TlsConnector::new().backend(TlsBackend::Rustls).identity(pair());
        let connector = connector.root_certificate_pem(made.root.as_bytes());
        for (rule, connector, want) in [
            ("pinned", connector.clone(), Ok(1)),
            (
                "not pinned",
                connector.pin_certificate(&"0".repeat(64)),
                Err("the client does not take this server's certificate"),
            ),
        ] {
            let (near, far) = Pipe::new(64 << 10);
            let (tell, told) = mpsc::channel();
            let acceptor = acceptor.clone();
            let accepting = thread::spawn(move || {
                let accepted = acceptor.accept(far);
                let shown = accepted.as_ref().map(|far| far.info().peer_certificates().len());
                tell.send(shown.map_err(ToString::to_string)).unwrap();
            });
            let connected = connector.connect("localhost", near);
            assert_eq!(connected.is_ok(), want.is_ok(), "{rule}: {connected:?}");
            match (told.recv().unwrap(), want) {
                (Ok(shown), Ok(want)) => assert_eq!(shown, want, "{rule}"),
                (Err(text), Err(want)) => assert!(text.contains(want), "{rule}: {text}"),
                other => panic!("{rule}: {other:?}"),
            }
            accepting.join().unwrap();
        }
    });
}
