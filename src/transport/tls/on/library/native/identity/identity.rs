//! A certificate and its key, as `native-tls` has them.

use super::pair;

/// A certificate chain with the private key of its first certificate.
#[derive(Clone)]
pub(crate) struct Identity {
    native: native_tls::Identity,
    /// Why no TLS library will accept it, if that is known.
    fault: Option<String>,
}

impl Identity {
    /// Reads a PEM chain and a key, which must be PKCS#8. The error says what is wrong.
    pub(crate) fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, String> {
        let key = pkcs8(key)?;
        let native = native_tls::Identity::from_pkcs8(certificates, key).map_err(|e| {
            if find(certificates, b"-----BEGIN CERTIFICATE-----").is_none() {
                "no `BEGIN CERTIFICATE` in the PEM of the certificates, the first argument"
                    .to_owned()
            } else {
                format!("certificates or key are malformed ({e})")
            }
        })?;
        Ok(Self { native, fault: pair::fault(certificates, key) })
    }

    /// Reads a PKCS#12 archive. The error says what is wrong.
    pub(crate) fn from_pkcs12(der: &[u8], password: &str) -> Result<Self, String> {
        // The system's library takes the certificate that belongs to the key.
        let native = native_tls::Identity::from_pkcs12(der, password).map_err(|e| {
            format!(
                "the PKCS#12 archive cannot be used; it needs the password that it was made with, a \
                 key, and the certificate of that key ({e})"
            )
        })?;
        Ok(Self { native, fault: None })
    }

    pub(crate) const fn native(&self) -> &native_tls::Identity {
        &self.native
    }

    /// Fails if the key is known not to belong to the certificate.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.fault.clone().map_or(Ok(()), Err)
    }
}

/// Returns the PEM from the beginning of the key. There may be text before it.
fn pkcs8(pem: &[u8]) -> Result<&[u8], String> {
    if let Some(at) = find(pem, b"-----BEGIN PRIVATE KEY-----") {
        return Ok(&pem[at..]);
    }
    let found = [
        ("RSA PRIVATE KEY", &b"-----BEGIN RSA PRIVATE KEY-----"[..]),
        ("EC PRIVATE KEY", b"-----BEGIN EC PRIVATE KEY-----"),
        ("ENCRYPTED PRIVATE KEY", b"-----BEGIN ENCRYPTED PRIVATE KEY-----"),
    ]
    .into_iter()
    .find(|(_, marker)| find(pem, marker).is_some());
    Err(match found {
        Some((form, _)) => format!(
            "the key is an `{form}`; convert it with \
             `openssl pkcs8 -topk8 -nocrypt -in key.pem -out pkcs8.pem`"
        ),
        None => "no `BEGIN PRIVATE KEY` in the PEM of the key, the second argument".to_owned(),
    })
}

fn find(text: &[u8], marker: &[u8]) -> Option<usize> {
    text.windows(marker.len()).position(|window| window == marker)
}
