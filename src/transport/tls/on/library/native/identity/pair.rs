//! Checks whether a private key belongs to a certificate, on systems whose TLS library is OpenSSL.
//!
//! OpenSSL itself compares only keys of the same kind. An acceptor with a key of another kind fails
//! each handshake with "no shared cipher".

use openssl::pkey::PKey;
use openssl::x509::X509;

/// Returns what is wrong with a readable chain and key: the key must have the public key of the
/// first certificate.
pub(crate) fn fault(certificates: &[u8], key: &[u8]) -> Option<String> {
    let key = PKey::private_key_from_pem(key).ok()?;
    let chain = X509::stack_from_pem(certificates).ok()?;
    let is_its = |certificate: &X509| certificate.public_key().is_ok_and(|own| own.public_eq(&key));
    match chain.iter().position(is_its) {
        Some(0) => None,
        Some(at) => Some(format!(
            "certificate and key mismatch: the key is that of certificate {} in the PEM; put that one \
             first, and those that have signed it behind it",
            at + 1
        )),
        None => Some(
            "certificate and key mismatch: their public keys differ; give the key that the certificate \
             was made for, or have a certificate made for this key"
                .to_owned(),
        ),
    }
}

/// Creates an acceptor. Key and certificate were compared when they were read.
pub(crate) fn acceptor(identity: &native_tls::Identity) -> Result<native_tls::TlsAcceptor, String> {
    native_tls::TlsAcceptor::new(identity.clone()).map_err(|e| e.to_string())
}
