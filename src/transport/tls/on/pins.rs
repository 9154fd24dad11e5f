//! [`Pins`]: the certificates and keys that a server must have, by their SHA-256.

use std::fmt::Write as _;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use webpki::EndEntityCert;

/// A SHA-256.
type Hash = [u8; 32];

/// What a server's own certificate must be. Without any pin every certificate will do; of several
/// pins one must fit.
#[derive(Clone, Debug, Default)]
pub(super) struct Pins {
    certificates: Vec<Hash>,
    public_keys: Vec<Hash>,
    /// The first pin that is malformed.
    malformed: Option<String>,
}

impl Pins {
    /// Adds a certificate, by the SHA-256 of its DER.
    pub(super) fn certificate(&mut self, pin: &str) {
        let hash = self.parse("pin_certificate", pin);
        self.certificates.extend(hash);
    }

    /// Adds a public key, by the SHA-256 of its `SubjectPublicKeyInfo` (RFC 7469 §2.4).
    pub(super) fn public_key(&mut self, pin: &str) {
        let hash = self.parse("pin_public_key", pin);
        self.public_keys.extend(hash);
    }

    fn parse(&mut self, method: &str, pin: &str) -> Option<Hash> {
        let hash = hexadecimal(pin).or_else(|| in_base64(pin));
        if hash.is_none() {
            let pin = pin.escape_debug();
            self.malformed.get_or_insert(format!(
                "{method} takes a SHA-256 in hexadecimal digits or base64, and not \"{pin}\""
            ));
        }
        hash
    }

    /// Fails if a pin is malformed.
    pub(super) fn check(&self) -> Result<(), String> {
        self.malformed.clone().map_or(Ok(()), Err)
    }

    /// Fails if the server of `host` has none of the pinned certificates and keys.
    pub(super) fn hold(&self, certificate: Option<&Vec<u8>>, host: &str) -> io::Result<()> {
        if self.certificates.is_empty() && self.public_keys.is_empty() {
            return Ok(());
        }
        let refused = |text: String| Err(io::Error::new(io::ErrorKind::InvalidData, text));
        let Some(certificate) = certificate else {
            return refused(format!("{host} has shown no certificate, and there are pins"));
        };
        let own = Hash::from(Sha256::digest(certificate));
        let key = public_key(certificate);
        if self.certificates.contains(&own) || key.is_some_and(|it| self.public_keys.contains(&it))
        {
            return Ok(());
        }
        let key = key.map_or("cannot be read".to_owned(), |key| format!("has {}", digits(&key)));
        refused(format!(
            "the certificate of {host} is not pinned: its SHA-256 is {}, and its public key {key}. \
             Either it was renewed, and needs another pin, or it is not the server that it should be",
            digits(&own)
        ))
    }
}

/// The SHA-256 of a certificate's public key, with its algorithm.
fn public_key(certificate: &[u8]) -> Option<Hash> {
    let der = certificate.into();
    let certificate = EndEntityCert::try_from(&der).ok()?;
    Some(Sha256::digest(certificate.subject_public_key_info()).into())
}

/// Reads 64 digits, perhaps with colons between the bytes, as `openssl x509 -fingerprint` prints them.
fn hexadecimal(pin: &str) -> Option<Hash> {
    let pin = pin.replace(':', "");
    if pin.len() != 64 || !pin.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, at) in hash.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(pin.get(at..at + 2)?, 16).ok()?;
    }
    Some(hash)
}

/// Reads base64, perhaps behind `sha256/` or `sha256//`, as curl has it.
fn in_base64(pin: &str) -> Option<Hash> {
    let pin = pin.strip_prefix("sha256/").unwrap_or(pin);
    let pin = pin.strip_prefix('/').filter(|rest| rest.len() == 44).unwrap_or(pin);
    STANDARD.decode(pin).ok()?.try_into().ok()
}

fn digits(hash: &Hash) -> String {
    hash.iter().fold(String::new(), |mut text, byte| {
        // A String takes everything.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
