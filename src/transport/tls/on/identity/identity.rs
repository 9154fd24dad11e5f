//! A certificate and its key, which a server or a client shows.

use std::path::Path;
use std::{fmt, fs, io};

use super::pair;
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
    native: native_tls::Identity,
    /// Why no TLS library will accept it, if that is known.
    fault: Option<String>,
}

impl Identity {
    /// Reads a PEM chain, this side's own certificate first, and its private key as PKCS#8 PEM.
    ///
    /// Whether key and certificate belong together is checked when they are used: by
    /// [`TlsAcceptor::new`], which [`Server::tls`](crate::Server::tls) calls, or when a client
    /// connects.
    ///
    /// [`TlsAcceptor::new`]: crate::TlsAcceptor::new
    ///
    /// # Errors
    /// [`Error::Tls`] of kind `InvalidData`: the PEM is malformed, or the key has another form
    /// (`BEGIN RSA PRIVATE KEY`, `BEGIN EC PRIVATE KEY`). The text says what is wrong and how to
    /// convert the key.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self> {
        let key = pkcs8(key)?;
        let native = native_tls::Identity::from_pkcs8(certificates, key).map_err(|e| {
            if find(certificates, b"-----BEGIN CERTIFICATE-----").is_none() {
                invalid("no `BEGIN CERTIFICATE` in the PEM of the certificates, the first argument")
            } else {
                invalid(format!("certificates or key are malformed ({e})"))
            }
        })?;
        Ok(Self { native, fault: pair::fault(certificates, key) })
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

    /// Reads a PKCS#12 archive (`.p12`, `.pfx`) with the certificate, its chain and the key.
    ///
    /// # Errors
    /// [`Error::Tls`] of kind `InvalidData`: the archive is malformed or of an unknown kind, the
    /// password is wrong, or the key or the key's certificate is missing.
    pub fn from_pkcs12(der: &[u8], password: &str) -> Result<Self> {
        // The system's library takes the certificate that belongs to the key.
        let native = native_tls::Identity::from_pkcs12(der, password).map_err(|e| {
            invalid(format!(
                "the PKCS#12 archive cannot be used; it needs the password that it was made with, a \
                 key, and the certificate of that key ({e})"
            ))
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

/// Returns the PEM from the beginning of the key. There may be text before it.
fn pkcs8(pem: &[u8]) -> Result<&[u8]> {
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
    Err(invalid(match found {
        Some((form, _)) => format!(
            "the key is an `{form}`; convert it with \
             `openssl pkcs8 -topk8 -nocrypt -in key.pem -out pkcs8.pem`"
        ),
        None => "no `BEGIN PRIVATE KEY` in the PEM of the key, the second argument".to_owned(),
    }))
}

fn find(text: &[u8], marker: &[u8]) -> Option<usize> {
    text.windows(marker.len()).position(|window| window == marker)
}

fn invalid(reason: impl fmt::Display) -> Error {
    Error::Tls(io::Error::new(io::ErrorKind::InvalidData, format!("identity: {reason}")))
}

#[cfg(test)]
mod tests;
