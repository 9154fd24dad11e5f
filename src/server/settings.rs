//! [`ServerSettings`]: what the connections of a server have in common. `setters` changes them.

use std::fmt;
use std::sync::Arc;

use crate::connection::{Settings, WebSocket};
use crate::error::{Error, Result};
use crate::io::TlsBackend;
use crate::proto::rules::Role;
use crate::transport::tls::TlsAcceptor;

/// The settings that all connections of a server share.
#[derive(Default)]
pub(crate) struct ServerSettings {
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) tls_backend: TlsBackend,
    pub(super) connection: Settings,
    /// The handlers of routes, by number.
    pub(super) handlers: Vec<RouteHandler>,
    pub(super) max_connections_per_client: Option<usize>,
    /// The first route that can never work.
    pub(super) invalid: Option<String>,
}

/// The handler of a route.
pub(super) type RouteHandler = Arc<dyn Fn(&mut WebSocket) -> Result<()> + Send + Sync>;

impl ServerSettings {
    /// Fails if a setting can never work.
    pub(super) fn check(&self) -> Result<()> {
        if self.max_connections_per_client == Some(0) {
            let text = "max_connections_per_client cannot be zero; None turns it off";
            return Err(Error::Invalid(text.into()));
        }
        match &self.invalid {
            Some(invalid) => Err(Error::Invalid(invalid.clone().into())),
            None => self.connection.check(Role::Server),
        }
    }
}

impl fmt::Debug for ServerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSettings")
            .field("tls", &self.tls)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}
