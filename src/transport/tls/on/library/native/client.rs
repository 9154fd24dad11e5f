//! The client's side.

use std::sync::Arc;

use native_tls::{Certificate, Protocol, TlsConnector};

use super::super::super::engine::{Client, Connects, PROTOCOL, Step, Wire};
use super::super::super::terms::{Pins, Wants};
use super::identity::Identity;
use super::session::step;
use crate::io::TlsVersion;

struct Connector {
    native: TlsConnector,
    /// `None` if the program made it.
    sends_name: Option<bool>,
}

impl Connects for Connector {
    fn begin(&self, host: &str, wire: Wire) -> Step {
        step(self.native.connect(host, wire))
    }

    fn sends_name(&self) -> Option<bool> {
        self.sends_name
    }

    fn without_identity(&self) -> Option<Arc<dyn Connects>> {
        // It does not tell whether it has one.
        None
    }
}

/// Makes the client's side of a connector of the program.
pub(crate) fn client_of(native: TlsConnector) -> Arc<dyn Connects> {
    Arc::new(Connector { native, sends_name: None })
}

/// Makes the client's side. The error says what to correct.
///
/// `native-tls` cannot compare pins.
pub(crate) fn client(wants: &Wants<'_>, _: &Pins, identity: Option<&Identity>) -> Client {
    let mut builder = TlsConnector::builder();
    for pem in wants.roots {
        let roots = Certificate::stack_from_pem(pem)
            .map_err(|e| format!("the PEM of root_certificate_pem is malformed ({e})"))?;
        if roots.is_empty() {
            return Err("no `BEGIN CERTIFICATE` in the PEM of root_certificate_pem".to_owned());
        }
        for root in roots {
            builder.add_root_certificate(root);
        }
    }
    if let Some(identity) = identity {
        identity.check()?;
        builder.identity(identity.native().clone());
    }
    let built = builder
        .disable_built_in_roots(!wants.system_roots)
        .min_protocol_version(Some(match wants.min_version {
            TlsVersion::Tls12 => Protocol::Tlsv12,
            TlsVersion::Tls13 => Protocol::Tlsv13,
        }))
        .danger_accept_invalid_certs(wants.accepts_invalid_certs)
        .danger_accept_invalid_hostnames(wants.accepts_invalid_certs)
        .use_sni(wants.sends_name)
        .request_alpns(&[PROTOCOL])
        .build();
    let native = built.map_err(|e| e.to_string())?;
    Ok(Arc::new(Connector { native, sends_name: Some(wants.sends_name) }))
}
