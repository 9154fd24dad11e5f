//! The same names without TLS: calls fail with an error that names the missing feature.

use std::convert::Infallible;
use std::io::{self, IoSlice, Read, Write};
use std::marker::PhantomData;
use std::net::Shutdown;
use std::path::Path;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::io::{ClientCertificates, Deadline, Duplex, TlsBackend, TlsInfo, TlsVersion};

/// A certificate chain with a private key. Without the feature `tls` or `rustls` no identity can be created.
#[derive(Clone, Debug)]
pub struct Identity(Infallible);

impl Identity {
    /// Fails, because TLS is not compiled in.
    ///
    /// # Errors
    /// Always [`Error::Tls`] of kind `Unsupported`. Enable the feature `tls` or `rustls`.
    pub fn from_pem(_certificates: &[u8], _key: &[u8]) -> Result<Self> {
        Err(Error::Tls(unsupported()))
    }

    /// Fails, because TLS is not compiled in.
    ///
    /// # Errors
    /// Always [`Error::Tls`] of kind `Unsupported`. Enable the feature `tls` or `rustls`.
    pub fn from_pem_files(_certificates: impl AsRef<Path>, _key: impl AsRef<Path>) -> Result<Self> {
        Err(Error::Tls(unsupported()))
    }

    /// Fails, because TLS is not compiled in.
    ///
    /// # Errors
    /// Always [`Error::Tls`] of kind `Unsupported`. Enable the feature `tls` or `rustls`.
    pub fn from_pkcs12(_der: &[u8], _password: &str) -> Result<Self> {
        Err(Error::Tls(unsupported()))
    }
}

/// The server's side of TLS. Without the feature `tls` or `rustls` no acceptor can be created.
#[derive(Clone, Debug)]
pub struct TlsAcceptor(Infallible);

impl TlsAcceptor {
    /// Cannot be called, because no [`Identity`] can be created.
    ///
    /// # Errors
    /// None.
    pub fn new(identity: &Identity) -> Result<Self> {
        match identity.0 {}
    }

    /// Cannot be called, because no [`Identity`] can be created.
    ///
    /// # Errors
    /// None.
    pub fn with_backend(_backend: TlsBackend, identity: &Identity) -> Result<Self> {
        match identity.0 {}
    }

    /// Cannot be called, because no acceptor can be created.
    ///
    /// # Errors
    /// None.
    pub fn client_certificates(self, _clients: ClientCertificates) -> Result<Self> {
        match self.0 {}
    }

    /// Cannot be called, because no acceptor can be created.
    ///
    /// # Errors
    /// None.
    pub fn identity_for(self, _name: &str, _identity: &Identity) -> Result<Self> {
        match self.0 {}
    }

    /// Cannot be called, because no acceptor can be created.
    ///
    /// # Errors
    /// None.
    pub fn set_identity(&self, _identity: &Identity) -> Result<()> {
        match self.0 {}
    }

    /// Cannot be called, because no acceptor can be created.
    ///
    /// # Errors
    /// None.
    pub fn set_identity_for(&self, _name: &str, _identity: &Identity) -> Result<()> {
        match self.0 {}
    }

    pub(crate) fn by(self, _backend: TlsBackend) -> Result<Self> {
        match self.0 {}
    }

    /// Cannot be called, because no acceptor can be created.
    ///
    /// # Errors
    /// None.
    pub fn accept<T: Duplex>(&self, _stream: T) -> Result<TlsStream<T>> {
        match self.0 {}
    }

    pub(crate) fn accept_by<T: Duplex>(
        &self,
        _id: u64,
        _stream: T,
        _deadline: Deadline,
    ) -> io::Result<TlsStream<T>> {
        match self.0 {}
    }
}

/// The client's side of TLS. Without the feature `tls` or `rustls` it takes settings but cannot connect.
#[derive(Clone, Debug, Default)]
pub struct TlsConnector(());

impl TlsConnector {
    /// Creates a connector that cannot connect.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has no effect.
    #[must_use]
    pub fn root_certificate_pem(self, _pem: &[u8]) -> Self {
        self
    }

    /// Has no effect.
    #[must_use]
    pub fn system_roots(self, _trust: bool) -> Self {
        self
    }

    /// Has no effect.
    #[must_use]
    pub fn pin_certificate(self, _sha256: &str) -> Self {
        self
    }

    /// Has no effect.
    #[must_use]
    pub fn pin_public_key(self, _sha256: &str) -> Self {
        self
    }

    /// Has no effect.
    #[must_use]
    pub fn min_version(self, _version: TlsVersion) -> Self {
        self
    }

    /// Has no effect.
    #[must_use]
    pub fn backend(self, _backend: TlsBackend) -> Self {
        self
    }

    /// Cannot be called, because no [`Identity`] can be created.
    #[must_use]
    pub fn identity(self, Identity(never): Identity) -> Self {
        match never {}
    }

    pub(crate) fn can_hide_identity(&self) -> bool {
        let Self(()) = self;
        true
    }

    pub(crate) fn without_identity(&self) -> &Self {
        self
    }

    pub(crate) fn for_proxy(&self) -> io::Result<&Self> {
        let Self(()) = self;
        Err(unsupported())
    }

    pub(crate) fn pinned_as(self, _other: &Self) -> Self {
        self
    }

    pub(crate) fn is_pinned(&self) -> bool {
        let Self(()) = self;
        false
    }

    pub(crate) fn hold(&self, _tls: Option<&TlsInfo>, _host: &str) -> io::Result<()> {
        let Self(()) = self;
        Err(unsupported())
    }

    /// Has no effect.
    #[must_use]
    pub fn danger_accept_invalid_certs(self, _accept: bool) -> Self {
        self
    }

    /// Has no effect.
    #[must_use]
    pub fn sni(self, _send: bool) -> Self {
        self
    }

    /// Fails, because TLS is not compiled in.
    ///
    /// # Errors
    /// Always [`Error::Tls`] of kind `Unsupported`. Enable the feature `tls` or `rustls`.
    pub fn connect<T: Duplex>(&self, _host: &str, _stream: T) -> Result<TlsStream<T>> {
        Err(Error::Tls(unsupported()))
    }

    pub(crate) fn connect_by<T: Duplex>(
        &self,
        _id: u64,
        _host: &str,
        _stream: T,
        _deadline: Deadline,
    ) -> io::Result<TlsStream<T>> {
        let Self(()) = self;
        Err(unsupported())
    }
}

/// A TLS connection over any [`Duplex`] stream. Without the feature `tls` or `rustls` none can be created.
#[derive(Debug)]
pub struct TlsStream<T: Duplex> {
    never: Infallible,
    socket: PhantomData<T>,
}

impl<T: Duplex> TlsStream<T> {
    /// Cannot be called, because no TLS stream can be created.
    #[must_use]
    pub fn info(&self) -> &TlsInfo {
        match self.never {}
    }

    /// Cannot be called, because no TLS stream can be created.
    #[must_use]
    pub const fn socket(&self) -> &T {
        match self.never {}
    }
}

impl<T: Duplex> Read for TlsStream<T> {
    fn read(&mut self, _buf: &mut [u8]) -> io::Result<usize> {
        match self.never {}
    }
}

impl<T: Duplex> Write for TlsStream<T> {
    fn write(&mut self, _buf: &[u8]) -> io::Result<usize> {
        match self.never {}
    }

    fn write_vectored(&mut self, _slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self.never {}
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.never {}
    }
}

impl<T: Duplex> Duplex for TlsStream<T> {
    fn try_clone(&self) -> io::Result<Self> {
        match self.never {}
    }

    fn set_read_timeout(&self, _timeout: Option<Duration>) -> io::Result<()> {
        match self.never {}
    }

    fn set_write_timeout(&self, _timeout: Option<Duration>) -> io::Result<()> {
        match self.never {}
    }

    fn shutdown(&self, _how: Shutdown) -> io::Result<()> {
        match self.never {}
    }
}

/// Configurations of TLS libraries. Without the feature `tls` or `rustls` there is no library.
pub mod unversioned {}

fn unsupported() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "blocking-ws was built without TLS: enable its feature `tls` (the system's TLS library), \
         `rustls` (TLS 1.3, no OpenSSL) or `tls-vendored` (builds OpenSSL)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_which_feature_is_missing() {
        for made in [Identity::from_pem(b"", b""), Identity::from_pem_files("a", "b")] {
            let e = made.unwrap_err();
            assert!(e.to_string().contains("`tls-vendored`"), "{e}");
            assert_eq!(io::Error::from(e).kind(), io::ErrorKind::Unsupported);
        }
    }
}
