//! The root certificates that one side trusts.

use ::rustls::RootCertStore;

use super::identity::read_certificates;

/// Reads roots in PEM; `what` names their setting in the error.
pub(super) fn read_roots<'a>(
    pems: impl IntoIterator<Item = &'a Vec<u8>>,
    what: &str,
) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for pem in pems {
        for root in read_certificates(pem, what)? {
            roots
                .add(root)
                .map_err(|e| format!("a certificate of {what} cannot be a root ({e})"))?;
        }
    }
    Ok(roots)
}

/// Adds the roots that the system trusts. Those that cannot be read are left out.
pub(super) fn with_system(mut roots: RootCertStore) -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for e in &found.errors {
        crate::process::debug!("a root certificate of the system cannot be read: {e}");
    }
    roots.add_parsable_certificates(found.certs);
    roots
}
