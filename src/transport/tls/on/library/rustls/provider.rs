//! The cryptography of this library's sessions.

use std::sync::Arc;

use ::rustls::crypto::{CryptoProvider, ring};

/// Returns `ring`. The process-wide default provider of `rustls` is the program's, and is neither
/// used nor set.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
