//! [`ServerSettings`]: what the connections of a server have in common. `setters` changes them.

use crate::connection::Settings;
use crate::error::{Error, Result};
use crate::transport::tls::TlsAcceptor;

/// The settings that all connections of a server share.
#[derive(Debug, Default)]
pub(crate) struct ServerSettings {
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) connection: Settings,
    pub(super) max_connections_per_client: Option<usize>,
}

impl ServerSettings {
    /// Fails if a setting can never work.
    pub(super) fn check(&self) -> Result<()> {
        if self.max_connections_per_client == Some(0) {
            return Err(Error::Invalid(
                "max_connections_per_client cannot be zero; None turns it off",
            ));
        }
        self.connection.check()
    }
}
