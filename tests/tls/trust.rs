//! Which servers a client trusts: roots, pins and versions.

use std::io::{ErrorKind, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use blocking_ws::testing::Pipe;
use blocking_ws::{Error, Identity, TlsAcceptor, TlsBackend, TlsConnector, TlsStream, TlsVersion};
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
                let trusted = connector.clone().root_certificate_pem(made.root.as_bytes());
                // Without a root, the pin alone decides if the program says so.
                let anyone = connector.clone().danger_accept_invalid_certs(true);
                for connector in [trusted, anyone] {
                    let (outcome, server) = connect(&connector.backend(client), server, &made);
                    assert_eq!(outcome.is_ok(), fits, "{rule}: {outcome:?}");
                    if let Err(e) = &outcome {
                        let told = e.to_string();
                        assert!(
                            told.contains("is not pinned") && told.contains(&key),
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
