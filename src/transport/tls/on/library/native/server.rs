//! The server's side.

use std::sync::Arc;

use native_tls::TlsAcceptor;

use super::super::super::engine::{Accepts, Server, Step, Wire};
use super::identity::{Identity, acceptor};
use super::session::step;

impl Accepts for TlsAcceptor {
    fn begin(&self, wire: Wire) -> Step {
        step(self.accept(wire))
    }
}

/// Makes the server's side. The error says what to correct.
pub(crate) fn server(identity: &Identity) -> Server {
    identity.check()?;
    Ok(Arc::new(acceptor(identity.native())?))
}
