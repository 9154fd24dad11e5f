//! A certificate chain and its key, as `rustls` has them.

use std::sync::Arc;

use ::rustls::pki_types::pem::{self, PemObject};
use ::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use ::rustls::sign::CertifiedKey;
use ::rustls::{Error, InconsistentKeys};
use webpki::EndEntityCert;

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
            .map_err(|e| format!("the PEM of the key is malformed: {}", fault(&e)))?;
        let chain = read_certificates(certificates, "the certificates, the first argument")?;
        for (at, certificate) in chain.iter().enumerate() {
            // A client that knows more than `webpki` may take the others.
            let is_broken = |e: &webpki::Error| matches!(e, webpki::Error::BadDer);
            if let Some(e) = EndEntityCert::try_from(certificate).err().filter(is_broken) {
                return Err(format!("certificate {} of the chain is malformed ({e})", at + 1));
            }
        }
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
            Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => Some(mismatch(&pair)),
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

/// Says what is wrong with a key that is not the first certificate's.
fn mismatch(pair: &CertifiedKey) -> String {
    let its = |at: &usize| {
        let chain = vec![pair.cert[*at].clone()];
        CertifiedKey::new(chain, Arc::clone(&pair.key)).keys_match().is_ok()
    };
    match (1..pair.cert.len()).find(its) {
        Some(at) => format!(
            "certificate and key mismatch: the key is that of certificate {} in the PEM; put that one \
             first, and those that have signed it behind it",
            at + 1
        ),
        None => {
            "certificate and key mismatch: their public keys differ; give the key that the first \
                 certificate was made for, or have a certificate made for this key"
                .to_owned()
        }
    }
}

/// What is wrong with a PEM. The library's own words have what stands there, which may be the key.
fn fault(e: &pem::Error) -> &'static str {
    match e {
        pem::Error::MissingSectionEnd { .. } => {
            "a line `-----BEGIN ...-----` has no line `-----END ...-----` behind it; perhaps the line \
             breaks were lost, or the end"
        }
        pem::Error::IllegalSectionStart { .. } => {
            "a line begins with `-----BEGIN` and does not end with `-----`; perhaps the line breaks were \
             lost"
        }
        pem::Error::Base64Decode(_) => "between its first and its last line is no base64",
        pem::Error::NoItemsFound => "it is empty",
        _ => "it cannot be read",
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
    let read = read.map_err(|e| format!("the PEM of {what} is malformed: {}", fault(&e)))?;
    if read.is_empty() {
        return Err(format!("no `BEGIN CERTIFICATE` in the PEM of {what}"));
    }
    Ok(read)
}
