//! Certificates of a test's own.

use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// For the names of roots, because OpenSSL takes two of one name for the same.
static ROOTS: AtomicUsize = AtomicUsize::new(0);

/// A root, and what a server shows that it has signed; all in PEM.
pub struct Certificates {
    pub root: String,
    pub chain: String,
    pub key: String,
}

impl Certificates {
    /// Makes a root, and a certificate for `name` with the settings that `adjust` changes.
    pub fn new(name: &str, adjust: impl FnOnce(&mut CertificateParams)) -> Self {
        let root_key = KeyPair::generate().unwrap();
        let mut root = CertificateParams::default();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let number = ROOTS.fetch_add(1, Ordering::Relaxed);
        root.distinguished_name
            .push(rcgen::DnType::CommonName, format!("root {number} of this test"));
        let root_certificate = root.self_signed(&root_key).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        adjust(&mut params);
        let issuer = Issuer::new(root, root_key);
        let certificate = params.signed_by(&key, &issuer).unwrap();
        Self { root: root_certificate.pem(), chain: certificate.pem(), key: key.serialize_pem() }
    }
}
