//! The client's side.

use std::sync::Arc;

use native_tls::{Certificate, TlsConnector};

use super::super::super::engine::{Client, ClientSettings, Connects, PROTOCOL, Step, Wire};
use super::identity::Identity;
use super::session::step;

impl Connects for TlsConnector {
    fn begin(&self, host: &str, wire: Wire) -> Step {
        step(self.connect(host, wire))
    }
}

/// Makes the client's side. The error says what to correct.
pub(crate) fn client(settings: &ClientSettings<'_, Identity>) -> Client {
    let mut builder = TlsConnector::builder();
    for pem in settings.roots {
        let roots = Certificate::stack_from_pem(pem)
            .map_err(|e| format!("the PEM of root_certificate_pem is malformed ({e})"))?;
        if roots.is_empty() {
            return Err("no `BEGIN CERTIFICATE` in the PEM of root_certificate_pem".to_owned());
        }
        for root in roots {
            builder.add_root_certificate(root);
        }
    }
    if let Some(identity) = settings.identity {
        identity.check()?;
        builder.identity(identity.native().clone());
    }
    let built = builder
        .danger_accept_invalid_certs(settings.accepts_invalid_certs)
        .danger_accept_invalid_hostnames(settings.accepts_invalid_certs)
        .use_sni(settings.sends_name)
        .request_alpns(&[PROTOCOL])
        .build();
    built.map(|connector| Arc::new(connector) as Arc<dyn Connects>).map_err(|e| e.to_string())
}
