//! A certificate chain and its key, as `rustls` has them.

use std::sync::Arc;

use ::rustls::pki_types::pem::PemObject;
use ::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use ::rustls::sign::CertifiedKey;
use ::rustls::{Error, InconsistentKeys};

use super::provider::provider;

/// A certificate chain with the private key of its first certificate.
#[derive(Clone)]
pub(crate) struct Identity {
    pair: Arc<CertifiedKey>,
    /// Why the key does not belong to the certificate.
    fault: Option<String>,
}

impl Identity {
    /// Reads a PEM chain and a key: PKCS#8, PKCS#1 (RSA) or SEC1 (EC). The error says what is
    /// wrong.
    pub(crate) fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, String> {
        if has(key, b"BEGIN ENCRYPTED PRIVATE KEY-----") {
            let text = "the key is an `ENCRYPTED PRIVATE KEY`; convert it with \
                        `openssl pkcs8 -topk8 -nocrypt -in key.pem -out pkcs8.pem`";
            return Err(text.to_owned());
        }
        if !has(key, b"PRIVATE KEY-----") {
            let text = "no `BEGIN PRIVATE KEY` in the PEM of the key, the second argument";
            return Err(text.to_owned());
        }
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|e| format!("the PEM of the key is malformed ({e})"))?;
        let chain = read_certificates(certificates, "the certificates, the first argument")?;
        let key = provider().key_provider.load_private_key(key);
        let key = key.map_err(|e| {
            format!(
                "rustls takes a key of RSA with 2048 to 4096 bits, ECDSA on P-256 or P-384, or Ed25519, \
                 and not this key; have another made, or use native-tls ({e})"
            )
        })?;
        let pair = CertifiedKey::new(chain, key);
        let fault = match pair.keys_match() {
            // Some keys do not tell.
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => None,
            Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => Some(
                "certificate and key mismatch: their public keys differ; give the key that the \
                 first certificate was made for, or have a certificate made for this key"
                    .to_owned(),
            ),
            Err(e) => return Err(format!("the first certificate cannot be used ({e})")),
        };
        Ok(Self { pair: Arc::new(pair), fault })
    }

    /// Fails, because `rustls` reads no archives.
    pub(crate) fn from_pkcs12(_: &[u8], _: &str) -> Result<Self, String> {
        Err("rustls takes PEM and no PKCS#12 archive; convert it with \
             `openssl pkcs12 -in archive.p12 -out both.pem -nodes`"
            .to_owned())
    }

    /// Returns certificate and key, unless they do not belong together.
    pub(crate) fn pair(&self) -> Result<&CertifiedKey, String> {
        self.fault.clone().map_or(Ok(&self.pair), Err)
    }
}

fn has(pem: &[u8], marker: &[u8]) -> bool {
    pem.windows(marker.len()).any(|window| window == marker)
}

/// Reads the certificates in `pem`; `what` names it in the error.
pub(super) fn read_certificates(
    pem: &[u8],
    what: &str,
) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let read = read.map_err(|e| format!("the PEM of {what} is malformed ({e})"))?;
    if read.is_empty() {
        return Err(format!("no `BEGIN CERTIFICATE` in the PEM of {what}"));
    }
    Ok(read)
}
