//! [`ServerSettings`]: what the connections of a server have in common. `setters` changes them.

use crate::connection::Settings;
use crate::error::Result;
use crate::transport::tls::TlsAcceptor;

/// The settings that all connections of a server share.
#[derive(Debug, Default)]
pub(crate) struct ServerSettings {
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) connection: Settings,
}

impl ServerSettings {
    /// Fails if a setting can never work.
    pub(super) fn check(&self) -> Result<()> {
        self.connection.check()
    }
}
