//! A certificate authority of one run's own and one certificate for the loopback host.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// PEM files for the two ends of a TLS connection.
#[derive(Debug)]
pub struct Certificates {
    /// What a client has to trust.
    pub authority: PathBuf,
    /// What a server shows, for `127.0.0.1` and `localhost`.
    pub certificate: PathBuf,
    /// The server's key, as PKCS#8.
    pub key: PathBuf,
}

impl Certificates {
    /// Makes new certificates and writes them into `folder`.
    ///
    /// # Errors
    /// A certificate cannot be made or a file cannot be written.
    pub fn create(folder: &Path) -> Result<Self, String> {
        let pem = Pem::generate().map_err(|e| format!("cannot make the certificates: {e}"))?;
        fs::create_dir_all(folder)
            .map_err(|e| format!("cannot create {}: {e}", folder.display()))?;
        let write = |name: &str, text: String| {
            let path = folder.join(name);
            fs::write(&path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
            Ok::<_, String>(path)
        };
        Ok(Self {
            authority: write("ca.pem", pem.authority)?,
            certificate: write("server.pem", pem.certificate)?,
            key: write("server.key", pem.key)?,
        })
    }
}

struct Pem {
    authority: String,
    certificate: String,
    key: String,
}

impl Pem {
    // ECDSA P-256, rcgen's default: the OpenSSL 1.1.1 inside Autobahn's `cryptography` wheel takes
    // it on both sides.
    fn generate() -> Result<Self, rcgen::Error> {
        let authority_key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "blocking-ws Autobahn CA");
        let authority = params.self_signed(&authority_key)?;
        let issuer = Issuer::new(params, authority_key);

        let key = KeyPair::generate()?;
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let certificate = CertificateParams::new(names)?.signed_by(&key, &issuer)?;
        Ok(Self {
            authority: authority.pem(),
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        })
    }
}
