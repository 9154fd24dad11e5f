//! [`TlsBackend`]: which TLS library does the work.

use std::fmt;

/// The library that does the work of TLS.
///
/// The features `tls` and `rustls` compile them in. If both are there, `native-tls` is the default,
/// so that no program changes its library because another crate enables a feature.
///
/// ```no_run
/// use blocking_ws::{Identity, Server, TlsAcceptor, TlsBackend, TlsConnector};
///
/// let identity = Identity::from_pem_files("chain.pem", "key.pem")?;
/// let acceptor = TlsAcceptor::with_backend(TlsBackend::Rustls, &identity)?;
/// let connector = TlsConnector::new().backend(TlsBackend::Rustls);
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsBackend {
    /// The system's library, by the crate `native-tls`: OpenSSL, Secure Transport or `SChannel`.
    /// With OpenSSL, a server speaks TLS 1.2 at most.
    Native,
    /// The crate `rustls`, with the cryptography of `ring`: TLS 1.2 and 1.3.
    Rustls,
}

/// The name of the crate: `native-tls` or `rustls`.
impl fmt::Display for TlsBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "native-tls",
            Self::Rustls => "rustls",
        })
    }
}

impl Default for TlsBackend {
    fn default() -> Self {
        if cfg!(feature = "tls") { Self::Native } else { Self::Rustls }
    }
}
