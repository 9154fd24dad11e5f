//! One library at each end, and what only `rustls` takes.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::process::Command;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

use super::support::{Authority, pattern, tcp, within_30s};
use crate::io::Duplex;
use crate::io::TlsBackend::{Native, Rustls};
use crate::transport::tls::{Identity, TlsAcceptor, TlsConnector};

#[test]
fn each_library_speaks_with_the_other() {
    const SIZE: usize = 4 << 20;
    for (client, server) in [(Native, Rustls), (Rustls, Native), (Rustls, Rustls)] {
        within_30s(move || {
            let authority = Authority::new();
            let acceptor = TlsAcceptor::with_backend(server, &authority.identity("localhost"));
            let acceptor = acceptor.unwrap();
            let connector = TlsConnector::new().backend(client);
            let connector = connector.root_certificate_pem(authority.pem.as_bytes());
            let (near, far) = tcp();
            let accepting = thread::spawn(move || acceptor.accept(far).unwrap());
            let near = connector.connect("localhost", near).unwrap();
            let far = accepting.join().unwrap();
            // Both directions at once, and each ends in order.
            let ends = [near, far].map(|mut end| {
                let mut writer = end.try_clone().unwrap();
                let sends = thread::spawn(move || {
                    writer.write_all(&pattern(SIZE)).unwrap();
                    writer.shutdown(Shutdown::Write).unwrap();
                });
                thread::spawn(move || {
                    let mut received = Vec::new();
                    end.read_to_end(&mut received).unwrap();
                    sends.join().unwrap();
                    received == pattern(SIZE)
                })
            });
            for end in ends {
                assert!(end.join().unwrap(), "{client:?} to {server:?}");
            }
        });
    }
}

/// Runs `openssl`, and returns what it prints. `None` if it is not installed.
fn openssl(args: &[&str], input: &str) -> Option<String> {
    use std::process::Stdio;

    let (input, output) = (Stdio::piped(), (Stdio::piped(), input));
    let mut child = Command::new("openssl")
        .args(args)
        .stdin(input)
        .stdout(output.0)
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take().unwrap().write_all(output.1.as_bytes()).unwrap();
    let made = child.wait_with_output().unwrap();
    assert!(made.status.success(), "{args:?}");
    Some(String::from_utf8(made.stdout).unwrap())
}

#[test]
fn rfc_8017_and_5915_keys_in_their_own_forms() {
    let authority = Authority::new();
    let (certificate, key) = authority.issue("localhost");
    let Some(sec1) = openssl(&["ec"], &key) else {
        eprintln!("skipped: there is no `openssl` to run");
        return;
    };
    assert!(sec1.contains("BEGIN EC PRIVATE KEY"), "{sec1}");
    let rsa = openssl(&["genrsa", "-traditional", "2048"], "").unwrap();
    assert!(rsa.contains("BEGIN RSA PRIVATE KEY"), "{rsa}");
    let identity = Identity::from_pem(certificate.as_bytes(), sec1.as_bytes()).unwrap();
    TlsAcceptor::with_backend(Rustls, &identity).unwrap();
    let e = TlsAcceptor::with_backend(Native, &identity).unwrap_err();
    assert!(e.to_string().contains("convert it with"), "{e}");
    // A key of another kind than the certificate's.
    let identity = Identity::from_pem(certificate.as_bytes(), rsa.as_bytes()).unwrap();
    let e = TlsAcceptor::with_backend(Rustls, &identity).unwrap_err();
    assert!(e.to_string().contains("certificate and key mismatch"), "{e}");
}

#[test]
fn a_root_that_is_shown_as_a_servers_own_certificate_is_explained() {
    within_30s(|| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&key).unwrap().pem();
        let identity = Identity::from_pem(root.as_bytes(), key.serialize_pem().as_bytes());
        let acceptor = TlsAcceptor::with_backend(Rustls, &identity.unwrap()).unwrap();
        let connector = TlsConnector::new().backend(Rustls);
        let connector = connector.root_certificate_pem(root.as_bytes());
        let (near, far) = tcp();
        let accepting = thread::spawn(move || acceptor.accept(far).map(drop));
        let e = connector.connect("localhost", near).unwrap_err();
        assert!(e.to_string().contains("that of an authority (CA:TRUE)"), "{e}");
        assert!(accepting.join().unwrap().is_err());
    });
}
