//! [`Pins`]: the certificates and keys that a server must have, by their SHA-256.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// A SHA-256.
type Hash = [u8; 32];

/// The most of a malformed pin that an error quotes.
const QUOTED: usize = 80;

/// What a server's own certificate must be. Without any pin every certificate will do; of several
/// pins one must fit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pins {
    certificates: Vec<Hash>,
    public_keys: Vec<Hash>,
    /// The first pin that is malformed.
    malformed: Option<String>,
}

impl Pins {
    /// Adds a certificate, by the SHA-256 of its DER.
    pub(crate) fn certificate(&mut self, pin: &str) {
        let hash = self.parse("pin_certificate", pin);
        self.certificates.extend(hash);
    }

    /// Adds a public key, by the SHA-256 of its `SubjectPublicKeyInfo` (RFC 7469 §2.4).
    pub(crate) fn public_key(&mut self, pin: &str) {
        let hash = self.parse("pin_public_key", pin);
        self.public_keys.extend(hash);
    }

    /// Adds those of another.
    pub(crate) fn add(&mut self, other: &Self) {
        self.certificates.extend(&other.certificates);
        self.public_keys.extend(&other.public_keys);
        self.malformed = self.malformed.take().or_else(|| other.malformed.clone());
    }

    fn parse(&mut self, method: &str, pin: &str) -> Option<Hash> {
        let bare = pin.trim();
        // A line of `openssl x509 -fingerprint` has a name before.
        let bare = bare.split_once("ingerprint=").map_or(bare, |(_, rest)| rest);
        let hash = hexadecimal(bare).or_else(|| in_base64(bare));
        if hash.is_none() {
            let quoted: String = pin.chars().take(QUOTED).collect();
            let more = if quoted.len() < pin.len() { "..." } else { "" };
            self.malformed.get_or_insert(format!(
                "{method} takes a SHA-256, in 64 hexadecimal digits or 44 characters of base64, and not \
                 \"{}{more}\"",
                quoted.escape_debug()
            ));
        }
        hash
    }

    pub(crate) fn len(&self) -> usize {
        self.certificates.len() + self.public_keys.len()
    }

    /// Returns `true` if the program has set no pin, not even a malformed one.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0 && self.malformed.is_none()
    }

    /// Fails if a pin is malformed.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.malformed.clone().map_or(Ok(()), Err)
    }

    /// Fails if the server of `host` has none of the pinned certificates and keys.
    pub(crate) fn hold(&self, certificate: Option<&[u8]>, host: &str) -> Result<(), String> {
        self.check()?;
        if self.is_empty() {
            return Ok(());
        }
        let Some(certificate) = certificate else {
            return Err(format!(
                "{host} has shown no certificate to compare with the pins; its URL has to begin with wss://"
            ));
        };
        let own = Hash::from(Sha256::digest(certificate));
        let key = public_key(certificate).map(|key| Hash::from(Sha256::digest(key)));
        if self.certificates.contains(&own) || key.is_some_and(|it| self.public_keys.contains(&it))
        {
            return Ok(());
        }
        let key = key.map_or("cannot be found: pin the certificate".to_owned(), |key| {
            format!("has {}", STANDARD.encode(key))
        });
        Err(format!(
            "the certificate of {host} is not pinned: its SHA-256 is {}, and its public key {key}. \
             Either it was renewed, and needs another pin, or it is not the server that it should be",
            digits(&own)
        ))
    }
}

/// The `SubjectPublicKeyInfo` of a certificate (RFC 5280 §4.1), as it is there. Nothing else is looked
/// at: devices have certificates of version 1, or with extensions that nobody knows.
fn public_key(certificate: &[u8]) -> Option<&[u8]> {
    let (_, to_be_signed, _) = element(certificate)?;
    let (_, mut fields, _) = element(to_be_signed)?;
    // The version may be left out. Serial number, algorithm, issuer, validity and subject follow.
    let has_version = fields.first() == Some(&0xA0);
    for _ in 0..5 + usize::from(has_version) {
        fields = element(fields)?.2;
    }
    Some(element(fields)?.0)
}

/// Splits DER (X.690 §8.1): the first element, its content, and what follows.
fn element(der: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (head, len) = match *der.get(1)? {
        short @ 0..=0x7F => (2, usize::from(short)),
        long => {
            let size = usize::from(long & 0x7F);
            let bytes = der.get(2..2 + size).filter(|_| size <= 4)?;
            (2 + size, bytes.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)))
        }
    };
    let whole = der.get(..head.checked_add(len)?)?;
    Some((whole, &whole[head..], &der[whole.len()..]))
}

/// Reads 64 digits, perhaps with a colon between the bytes.
fn hexadecimal(pin: &str) -> Option<Hash> {
    let byte = |digits: &str| {
        let is_one = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u8::from_str_radix(digits, 16).ok().filter(|_| is_one)
    };
    let bytes: Option<Vec<u8>> = if pin.contains(':') {
        pin.split(':').map(byte).collect()
    } else {
        (0..pin.len()).step_by(2).map(|at| byte(pin.get(at..at + 2)?)).collect()
    };
    bytes?.try_into().ok()
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

#[cfg(test)]
mod tests {
    use rcgen::PublicKeyData as _;

    use super::*;

    #[test]
    fn forms_of_a_pin() {
        let digits = "AB".repeat(32);
        let colons = vec!["ab"; 32].join(":");
        let base64 = STANDARD.encode([0xAB; 32]);
        for (pin, is_good) in [
            (digits.clone(), true),
            (digits.to_lowercase(), true),
            (colons.clone(), true),
            (format!("sha256 Fingerprint={}\n", colons.to_uppercase()), true),
            (format!("SHA256 Fingerprint={colons}"), true),
            (format!(" {base64}\n"), true),
            (format!("sha256/{base64}"), true),
            (format!("sha256//{base64}"), true),
            (String::new(), false),
            ("rubbish".to_owned(), false),
            (digits[1..].to_owned(), false),
            (format!(":{digits}"), false),
            (format!("{colons}:"), false),
            (format!("{colons}:ab"), false),
            ("+a".repeat(32), false),
            ("\u{e9}".repeat(32), false),
            (base64[1..].to_owned(), false),
            ("x".repeat(300), false),
        ] {
            let mut pins = Pins::default();
            pins.public_key(&pin);
            assert_eq!(pins.check().is_ok(), is_good, "{pin}");
            assert_eq!(pins.public_keys.first(), is_good.then_some(&[0xAB; 32]), "{pin}");
            assert!(!pins.is_empty(), "{pin}: a malformed pin is no missing pin");
            assert!(pins.hold(None, "a.example").is_err(), "{pin}");
            let text = pins.check().err().unwrap_or_default();
            assert!(text.len() < 200, "{text}");
        }
        assert!(Pins::default().hold(None, "a.example").is_ok());
    }

    #[test]
    fn the_key_of_a_certificate_is_found() {
        let key = rcgen::KeyPair::generate().unwrap();
        for names in [vec![], vec!["a.example".to_owned(); 300]] {
            let params = rcgen::CertificateParams::new(names).unwrap();
            let der = params.self_signed(&key).unwrap().der().to_vec();
            assert_eq!(public_key(&der), Some(&key.subject_public_key_info()[..]));
            for end in 0..der.len() {
                // No length leads out of what is there.
                assert_eq!(public_key(&der[..end]), None, "{end}");
            }
        }
        for rubbish in [&[][..], &[0x30], &[0x30, 0x80], &[0x30, 0x85, 1, 1, 1, 1, 1], &[0xFF; 64]]
        {
            assert_eq!(public_key(rubbish), None, "{rubbish:?}");
        }
    }
}
