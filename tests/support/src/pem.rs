//! The certificate of the tests that go through TLS.

use std::sync::LazyLock;

use blocking_ws::{Client, Identity, TlsConnector};
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

/// Trusts that certificate. There is one for all, since each loads the system's roots, which is slow.
pub static CONNECTOR: LazyLock<TlsConnector> =
    LazyLock::new(|| TlsConnector::new().root_certificate_pem(PEM.0.as_bytes()));

/// A client that trusts that certificate. All share what `CONNECTOR` is for.
pub fn client() -> Client {
    static CLIENT: LazyLock<Client> =
        LazyLock::new(|| Client::new().root_certificate_pem(PEM.0.as_bytes()));
    CLIENT.clone()
}
