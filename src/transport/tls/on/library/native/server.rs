//! The server's side.

use std::sync::Arc;

use native_tls::TlsAcceptor;

use super::super::super::engine::{Accepts, Server, Step, Wire};
use super::super::super::terms::Shown;
use super::identity::{Identity, acceptor};
use super::session::step;
use crate::io::ClientCertificates;

impl Accepts for TlsAcceptor {
    fn begin(&self, wire: Wire) -> Step {
        step(self.accept(wire))
    }
}

/// Makes the server's side of an acceptor of the program.
pub(crate) fn server_of(native: TlsAcceptor) -> Arc<dyn Accepts> {
    Arc::new(native)
}

/// Makes the server's side. The error says what to correct.
pub(crate) fn server(shown: &Shown<'_, Identity>, clients: Option<&ClientCertificates>) -> Server {
    const REMEDY: &str = "use TlsBackend::Rustls, of the feature `rustls`";

    if clients.is_some() {
        return Err(format!("native-tls cannot ask clients for certificates; {REMEDY}"));
    }
    if let Some((name, _)) = shown.named.first() {
        return Err(format!(
            "native-tls shows one identity to all clients, and none for {name}; {REMEDY}"
        ));
    }
    shown.identity.check()?;
    Ok(Arc::new(acceptor(shown.identity.native())?))
}
