//! The certificate of the tests that go through TLS.

use std::sync::LazyLock;

use blocking_ws::Identity;
use rcgen::{CertifiedKey, generate_simple_self_signed};

/// A certificate for the loopback host, and its key.
pub static PEM: LazyLock<(String, String)> = LazyLock::new(|| {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    (cert.pem(), signing_key.serialize_pem())
});

pub fn identity() -> Identity {
    Identity::from_pem(PEM.0.as_bytes(), PEM.1.as_bytes()).unwrap()
}
