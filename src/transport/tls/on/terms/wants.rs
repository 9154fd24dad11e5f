//! [`Wants`]: what a client wants of its TLS library.

use crate::io::TlsVersion;

/// What a client wants of its TLS library.
pub(crate) struct Wants<'a> {
    /// Roots to trust, PEM.
    pub(crate) roots: &'a [Vec<u8>],
    /// The system's roots are trusted too.
    pub(crate) system_roots: bool,
    pub(crate) accepts_invalid_certs: bool,
    pub(crate) sends_name: bool,
    pub(crate) min_version: TlsVersion,
}
