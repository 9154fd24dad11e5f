//! [`TlsInfo`]: what is known of a TLS connection and of the other end.

use std::fmt;

use super::backend::TlsBackend;

/// What both ends of a TLS connection agreed on, and who the peer is.
///
/// [`WebSocket::tls`](crate::WebSocket::tls) returns it on an open connection,
/// [`Opening::tls`](crate::Opening::tls) before a server answers, and
/// [`TlsStream::info`](crate::TlsStream::info) below WebSocket.
///
/// `native-tls` tells less than `rustls` does: neither version nor cipher suite, on a server not the
/// name that the client asked for, and of the peer's certificates only the first.
///
/// ```no_run
/// let ws = blocking_ws::connect("wss://example.com/")?;
/// let tls = ws.tls().expect("wss is TLS");
/// println!("{tls}"); // TLS 1.3, TLS_AES_128_GCM_SHA256, by rustls
/// println!("a certificate of {} bytes", tls.peer_certificate().map_or(0, <[u8]>::len));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone)]
pub struct TlsInfo {
    pub(crate) backend: TlsBackend,
    pub(crate) version: Option<TlsVersion>,
    pub(crate) cipher_suite: Option<String>,
    pub(crate) alpn: Option<Vec<u8>>,
    pub(crate) server_name: Option<String>,
    /// DER, the peer's own certificate first.
    pub(crate) peer_certificates: Vec<Vec<u8>>,
}

/// A version of TLS. Versions before 1.2 are not secure and not supported (RFC 8996).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

impl TlsInfo {
    /// Returns the library that does the work.
    #[must_use]
    pub fn backend(&self) -> TlsBackend {
        self.backend
    }

    /// Returns the version of TLS. `None` with `native-tls`, which does not tell.
    #[must_use]
    pub fn version(&self) -> Option<TlsVersion> {
        self.version
    }

    /// Returns the cipher suite by its IANA name, such as `TLS_AES_128_GCM_SHA256`. `None` with
    /// `native-tls`, which does not tell.
    #[must_use]
    pub fn cipher_suite(&self) -> Option<&str> {
        self.cipher_suite.as_deref()
    }

    /// Returns the protocol that both ends agreed on by ALPN (RFC 7301), here `http/1.1`. `None` if
    /// they agreed on none.
    #[must_use]
    pub fn alpn(&self) -> Option<&[u8]> {
        self.alpn.as_deref()
    }

    /// Returns the server's name that the client sent when TLS began (SNI, RFC 6066 §3).
    ///
    /// `None` if it sent no name: a client that connects to an address sends none. Also `None` where
    /// `native-tls` does not tell: on a server, and with a
    /// [connector of the program](crate::unversioned).
    #[must_use]
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }

    /// Returns the peer's own certificate in DER. To look into it, use a crate such as `x509-parser`.
    ///
    /// The certificate was checked against the roots, unless
    /// [`danger_accept_invalid_certs`](crate::TlsConnector::danger_accept_invalid_certs) is set or a
    /// [configuration of the program](crate::unversioned) checks otherwise. `None` on a server if the
    /// client has shown none; see [`ClientCertificates`](crate::ClientCertificates).
    #[must_use]
    pub fn peer_certificate(&self) -> Option<&[u8]> {
        self.peer_certificates.first().map(Vec::as_slice)
    }

    /// Returns the peer's certificates in DER: [its own](Self::peer_certificate) first, then those that
    /// it sent along. With `native-tls` only the first.
    ///
    /// Only the first was checked. Those behind it may be any certificates: do not trust them.
    #[must_use]
    pub fn peer_certificates(&self) -> &[Vec<u8>] {
        &self.peer_certificates
    }
}

/// What is known, for people: `TLS 1.3, TLS_AES_128_GCM_SHA256, by rustls`.
impl fmt::Display for TlsInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version() {
            Some(version) => write!(f, "{version}")?,
            None => f.write_str("TLS")?,
        }
        if let Some(suite) = self.cipher_suite() {
            write!(f, ", {suite},")?;
        }
        write!(f, " by {}", self.backend())
    }
}

impl fmt::Debug for TlsInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsInfo")
            .field("backend", &self.backend())
            .field("version", &self.version())
            .field("cipher_suite", &self.cipher_suite())
            .field("alpn", &self.alpn().map(|name| name.escape_ascii().to_string()))
            .field("server_name", &self.server_name())
            .field("peer_certificates", &self.peer_certificates().len())
            .finish()
    }
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_read() {
        for (version, cipher_suite, backend, want) in [
            (
                Some(TlsVersion::Tls13),
                Some("TLS_AES_128_GCM_SHA256"),
                TlsBackend::Rustls,
                "TLS 1.3, TLS_AES_128_GCM_SHA256, by rustls",
            ),
            (None, None, TlsBackend::Native, "TLS by native-tls"),
        ] {
            let info = TlsInfo {
                backend,
                version,
                cipher_suite: cipher_suite.map(str::to_owned),
                alpn: Some(b"http/1.1".to_vec()),
                server_name: None,
                peer_certificates: vec![vec![0; 1000]],
            };
            assert_eq!(info.to_string(), want);
            let debug = format!("{info:?}");
            assert!(
                debug.contains("http/1.1") && debug.contains("peer_certificates: 1"),
                "{debug}"
            );
        }
    }
}
