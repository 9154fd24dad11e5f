//! A certificate and its key, as a server or a client shows it.

use std::{fmt, io};

use super::pair;

/// A certificate chain with the private key of its first certificate.
#[derive(Clone)]
pub struct Identity {
    native: native_tls::Identity,
    /// Why nobody will take it, where that is known.
    fault: Option<String>,
}

impl Identity {
    /// Reads a PEM chain, the own certificate first, and its private key as PKCS#8 PEM.
    ///
    /// Whether they belong together is said where they are used: by [`TlsAcceptor::new`], which
    /// [`Server::tls`](crate::Server::tls) calls, or when a client connects.
    ///
    /// [`TlsAcceptor::new`]: crate::TlsAcceptor::new
    ///
    /// # Errors
    /// `InvalidData`: the text says what is wrong with the PEM, and how to convert a key that has
    /// another form (`BEGIN RSA PRIVATE KEY`, `BEGIN EC PRIVATE KEY`).
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> io::Result<Self> {
        let key = pkcs8(key)?;
        let native = native_tls::Identity::from_pkcs8(certificates, key).map_err(invalid)?;
        Ok(Self { native, fault: pair::fault(certificates, key) })
    }

    /// Reads a PKCS#12 archive (`.p12`, `.pfx`) with the certificate, its chain and the key.
    ///
    /// # Errors
    /// `InvalidData`: the archive is broken, of an unknown kind, or the password is wrong; or it lacks
    /// the key, or the certificate that the key is for.
    pub fn from_pkcs12(der: &[u8], password: &str) -> io::Result<Self> {
        // Of an archive the system's library takes the certificate that the key is for.
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

    /// Fails if the key is known not to be that of the certificate.
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

/// Finds the key in what may have text in front of it.
fn pkcs8(pem: &[u8]) -> io::Result<&[u8]> {
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
        None => "no `BEGIN PRIVATE KEY` in the key's PEM".to_owned(),
    }))
}

fn find(text: &[u8], marker: &[u8]) -> Option<usize> {
    text.windows(marker.len()).position(|window| window == marker)
}

fn invalid(reason: impl fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("TLS identity: {reason}"))
}

#[cfg(test)]
mod tests;
