//! Which keys and certificates each library takes.

use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::{fs, thread};

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

use super::super::support::{Authority, Scratch, each_library, each_pair, tcp};
use crate::io::TlsBackend;
use crate::transport::tls::Identity;

/// Runs `openssl`, and returns what it prints. `None` if it is not installed.
fn openssl(args: &[&str], input: &str) -> Option<String> {
    let mut openssl = Command::new("openssl");
    openssl.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let Ok(mut child) = openssl.spawn() else {
        eprintln!("skipped: there is no `openssl` to run");
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let made = child.wait_with_output().unwrap();
    assert!(made.status.success(), "{args:?}");
    Some(String::from_utf8(made.stdout).unwrap())
}

#[test]
fn rfc_8017_and_5915_keys_in_their_own_forms() {
    each_library(|by| {
        let authority = Authority::new();
        let (certificate, key) = authority.issue("localhost");
        let Some(sec1) = openssl(&["ec"], &key) else { return };
        assert!(sec1.contains("BEGIN EC PRIVATE KEY"), "{sec1}");
        let rsa = openssl(&["genrsa", "-traditional", "2048"], "").unwrap();
        assert!(rsa.contains("BEGIN RSA PRIVATE KEY"), "{rsa}");
        let taken = |key: &str| {
            let identity = Identity::from_pem(certificate.as_bytes(), key.as_bytes());
            identity.and_then(|identity| by.acceptor(&identity)).map_err(|e| e.to_string())
        };
        if by.server == TlsBackend::Native {
            for key in [sec1, rsa] {
                let text = taken(&key).unwrap_err();
                assert!(text.contains("convert it with"), "{text}");
            }
        } else {
            taken(&sec1).unwrap();
            // Of another kind than the certificate's.
            let text = taken(&rsa).unwrap_err();
            assert!(text.contains("certificate and key mismatch"), "{text}");
        }
    });
}

#[test]
fn a_root_that_is_shown_as_a_servers_own_certificate_is_explained() {
    each_pair(|by| {
        if by.client == TlsBackend::Native {
            // It takes it.
            return;
        }
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&key).unwrap().pem();
        let identity = Identity::from_pem(root.as_bytes(), key.serialize_pem().as_bytes());
        let acceptor = by.acceptor(&identity.unwrap()).unwrap();
        let connector = by.connector().root_certificate_pem(root.as_bytes());
        let (near, far) = tcp();
        let accepting = thread::spawn(move || acceptor.accept(far).map(drop));
        let e = connector.connect("localhost", near).unwrap_err();
        assert!(e.to_string().contains("that of an authority (CA:TRUE)"), "{e}");
        assert!(accepting.join().unwrap().is_err());
    });
}

#[test]
fn a_pkcs12_archive_is_an_identity() {
    each_library(|by| {
        let (authority, files) = (Authority::new(), Scratch::new());
        let (certificate, key) = authority.issue("localhost");
        let archive = files.0.join("identity.p12");
        let certificate = files.write("cert.pem", &certificate);
        let key = files.write("key.pem", &key);
        for (rule, what, password, good) in [
            ("key and certificate", None, "secret", true),
            ("another password", None, "wrong", false),
            ("no certificate", Some("-nocerts"), "secret", false),
            ("no key", Some("-nokeys"), "secret", false),
        ] {
            let made = Command::new("openssl")
                .args(["pkcs12", "-export", "-passout", "pass:secret", "-in"])
                .arg(&certificate)
                .arg("-inkey")
                .arg(&key)
                .arg("-out")
                .arg(&archive)
                .args(what)
                .status();
            if made.is_err() {
                eprintln!("skipped: there is no `openssl` to run");
                return;
            }
            let identity = Identity::from_pkcs12(&fs::read(&archive).unwrap(), password);
            let e = match (by.server, identity.and_then(|identity| by.acceptor(&identity))) {
                (TlsBackend::Native, Ok(_)) if good => continue,
                (_, Ok(_)) => panic!("{rule}: taken"),
                (_, Err(e)) => e,
            };
            let text = e.to_string();
            if by.server == TlsBackend::Rustls {
                assert!(!good || text.contains("takes PEM and no PKCS#12"), "{rule}: {text}");
                continue;
            }
            assert!(!good, "{rule}: {text}");
            let e = io::Error::from(e);
            assert_eq!(e.kind(), io::ErrorKind::InvalidData, "{rule}: {e}");
            let helps = ["password", "a key", "the certificate of that key"];
            assert!(helps.iter().all(|word| text.contains(word)), "{rule}: {text}");
        }
    });
}
