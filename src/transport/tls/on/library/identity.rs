//! A certificate and its key, which a server or a client shows.

use std::path::Path;
use std::{fmt, fs, io};

use super::{native, rustls};
use crate::error::{Error, Result};

/// A certificate chain with the private key of its first certificate.
///
/// ```no_run
/// use blocking_ws::{Identity, Server};
///
/// let identity = Identity::from_pem_files("chain.pem", "key.pem")?;
/// let server = Server::bind("127.0.0.1:9001")?.tls(&identity)?;
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone)]
pub struct Identity {
    /// As each library has it, or why that library cannot take it.
    pub(super) native: std::result::Result<native::Identity, String>,
    pub(super) rustls: std::result::Result<rustls::Identity, String>,
}

impl Identity {
    /// Reads a PEM chain, this side's own certificate first, and its private key.
    ///
    /// The key is PKCS#8 (`BEGIN PRIVATE KEY`). With the feature `rustls` it may also be PKCS#1
    /// (`BEGIN RSA PRIVATE KEY`) or SEC1 (`BEGIN EC PRIVATE KEY`), which `native-tls` does not take.
    ///
    /// Whether key and certificate belong together is checked when they are used: by
    /// [`TlsAcceptor::new`], which [`Server::tls`](crate::Server::tls) calls, or when a client
    /// connects.
    ///
    /// [`TlsAcceptor::new`]: crate::TlsAcceptor::new
    ///
    /// # Errors
    /// [`Error::Tls`] of kind `InvalidData`: the PEM is malformed, or the key has a form that no
    /// library takes. The text says what is wrong and how to convert the key.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self> {
        let native = native::Identity::from_pem(certificates, key);
        Self { native, rustls: rustls::Identity::from_pem(certificates, key) }.usable()
    }

    /// Reads two PEM files, as [`from_pem`](Self::from_pem) reads their content. See [`Identity`]
    /// for an example.
    ///
    /// # Errors
    /// The text names the file.
    ///
    /// * [`Error::Io`]: a file cannot be read.
    /// * [`Error::Tls`]: as [`from_pem`](Self::from_pem).
    pub fn from_pem_files(certificates: impl AsRef<Path>, key: impl AsRef<Path>) -> Result<Self> {
        let (chain_file, key_file) = (certificates.as_ref(), key.as_ref());
        let (chain, key) = (read(chain_file)?, read(key_file)?);
        Self::from_pem(&chain, &key).map_err(|e| match e {
            Error::Tls(e) => {
                let files = format!("{}, {}", chain_file.display(), key_file.display());
                Error::Tls(io::Error::new(e.kind(), format!("{files}: {e}")))
            }
            e => e,
        })
    }

    /// Reads a PKCS#12 archive (`.p12`, `.pfx`) with the certificate, its chain and the key. Only
    /// `native-tls` can do that.
    ///
    /// # Errors
    /// [`Error::Tls`] of kind `InvalidData`: the archive is malformed or of an unknown kind, the
    /// password is wrong, the key or the key's certificate is missing, or the feature `tls` is off.
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    pub fn from_pkcs12(der: &[u8], password: &str) -> Result<Self> {
        let native = native::Identity::from_pkcs12(der, password);
        Self { native, rustls: rustls::Identity::from_pkcs12(der, password) }.usable()
    }

    /// Returns the identity if a library can take it.
    fn usable(self) -> Result<Self> {
        match (&self.native, &self.rustls) {
            (Err(native), Err(rustls)) => {
                let reason = if cfg!(feature = "tls") { native } else { rustls };
                let text = format!("identity: {reason}");
                Err(Error::Tls(io::Error::new(io::ErrorKind::InvalidData, text)))
            }
            _ => Ok(self),
        }
    }
}

/// Shows nothing of the key.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|e| {
        let text = format!("cannot read the file {}: {e}", file.display());
        Error::Io(io::Error::new(e.kind(), text))
    })
}

#[cfg(test)]
mod tests;
