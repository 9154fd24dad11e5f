//! Whether certificate and key belong together, for all kinds and in any order. `rustls` says so itself.

use std::io;

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::{X509, X509Name};

use super::super::library::native::{fault, pair_trial};
use super::support::{each_library, tcp};
use crate::io::TlsBackend;
use crate::transport::tls::{Identity, TlsAcceptor, TlsConnector};

type Key = PKey<Private>;

/// It is the default where it is compiled in.
fn by_native(test: impl Fn() + Send + Sync + 'static) {
    each_library(move |by| {
        if by.server == TlsBackend::Native {
            test();
        }
    });
}

fn rsa() -> Key {
    PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap()
}

fn ec(curve: Nid) -> Key {
    let group = EcGroup::from_curve_name(curve).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

/// Every kind twice.
fn keys() -> Vec<(&'static str, Key)> {
    let mut keys = Vec::new();
    for _ in 0..2 {
        keys.extend([
            ("RSA", rsa()),
            ("P-256", ec(Nid::X9_62_PRIME256V1)),
            ("P-384", ec(Nid::SECP384R1)),
            ("P-521", ec(Nid::SECP521R1)),
            ("Ed25519", PKey::generate_ed25519().unwrap()),
            ("Ed448", PKey::generate_ed448().unwrap()),
        ]);
    }
    keys
}

fn certificate(key: &Key) -> String {
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_text("CN", "localhost").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let number = BigNum::from_u32(7).unwrap().to_asn1_integer().unwrap();
    builder.set_serial_number(&number).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
    builder.set_pubkey(key).unwrap();
    // An Edwards curve implies its digest, so none is given.
    let is_edwards = key.ec_key().is_err() && key.rsa().is_err();
    let digest = if is_edwards { MessageDigest::null() } else { MessageDigest::sha256() };
    builder.sign(key, digest).unwrap();
    String::from_utf8(builder.build().to_pem().unwrap()).unwrap()
}

fn pem(key: &Key) -> String {
    String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap()
}

fn identity(certificates: &str, key: &Key) -> Identity {
    Identity::from_pem(certificates.as_bytes(), pem(key).as_bytes()).unwrap()
}

#[test]
fn every_kind_of_key_goes_with_its_own_certificate_only() {
    by_native(|| {
        let keys = keys();
        for (at, (of, owner)) in keys.iter().enumerate() {
            let certificate = certificate(owner);
            for (index, (kind, key)) in keys.iter().enumerate() {
                let rule = format!("certificate {at} of {of}, key {index} of {kind}");
                let accepted = TlsAcceptor::new(&identity(&certificate, key));
                match accepted {
                    Ok(_) => assert_eq!(at, index, "{rule}: taken"),
                    Err(e) => {
                        assert_ne!(at, index, "{rule}: {e}");
                        let text = e.to_string();
                        let e = io::Error::from(e);
                        assert_eq!(e.kind(), io::ErrorKind::InvalidInput, "{rule}: {e}");
                        assert!(text.contains("certificate and key mismatch"), "{rule}: {text}");
                        assert!(text.contains("give the key"), "{rule}: {text}");
                    }
                }
            }
        }
    });
}

#[test]
fn a_client_shows_no_certificate_with_another_key() {
    by_native(|| {
        let (mine, other) = (rsa(), ec(Nid::X9_62_PRIME256V1));
        for (certificate, key) in [(certificate(&mine), &other), (certificate(&other), &mine)] {
            let connector = TlsConnector::new().identity(identity(&certificate, key));
            let e = io::Error::from(connector.connect("localhost", tcp().0).unwrap_err());
            assert_eq!(e.kind(), io::ErrorKind::InvalidInput, "{e}");
            assert!(e.to_string().contains("certificate and key mismatch"), "{e}");
        }
    });
}

#[test]
fn the_own_certificate_comes_first() {
    by_native(|| {
        let (own, signer) = (ec(Nid::X9_62_PRIME256V1), rsa());
        let (mine, its) = (certificate(&own), certificate(&signer));
        TlsAcceptor::new(&identity(&format!("{mine}{its}"), &own)).unwrap();
        for (chain, place) in [(format!("{its}{mine}"), 2), (format!("{its}{its}{mine}"), 3)] {
            let e = TlsAcceptor::new(&identity(&chain, &own)).unwrap_err();
            let text = e.to_string();
            assert!(text.contains(&format!("certificate {place} in the PEM")), "{text}");
            assert!(text.contains("put that one first"), "{text}");
        }
    });
}

#[test]
fn a_key_of_another_form_is_compared_as_well() {
    let (rsa, other) = (rsa(), ec(Nid::SECP384R1));
    for (form, key, pem) in [
        ("PKCS#1", &rsa, rsa.rsa().unwrap().private_key_to_pem().unwrap()),
        ("SEC1", &other, other.ec_key().unwrap().private_key_to_pem().unwrap()),
    ] {
        assert_eq!(fault(certificate(key).as_bytes(), &pem), None, "{form}");
        for stranger in keys() {
            let found = fault(certificate(&stranger.1).as_bytes(), &pem);
            assert!(found.is_some(), "{form} with {}", stranger.0);
        }
    }
}

#[test]
fn where_keys_are_not_shown_they_prove_themselves() {
    by_native(|| {
        let keys = keys();
        let native = |certificate: &str, key: &Key| {
            native_tls::Identity::from_pkcs8(certificate.as_bytes(), pem(key).as_bytes()).unwrap()
        };
        let kinds = keys.len() / 2;
        for (at, (of, owner)) in keys.iter().enumerate().take(kinds).step_by(2) {
            let certificate = certificate(owner);
            assert_eq!(pair_trial::fault(certificate.as_bytes(), pem(owner).as_bytes()), None);
            // Its own key, another of its kind, and one of another kind. All would be slow: each
            // needs a client.
            for index in [at, at + kinds, (at + 1) % kinds] {
                let (kind, key) = &keys[index];
                let tried = pair_trial::acceptor(&native(&certificate, key)).map(drop);
                assert_eq!(tried.is_ok(), at == index, "{at} {of}, {index} {kind}: {tried:?}");
            }
        }
    });
}
