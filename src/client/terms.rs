//! [`Terms`]: what holds for all that is dialled for one connection.

use std::net::SocketAddr;

use crate::io::Deadline;
use crate::proto::rules::Limits;
use crate::transport::tls::TlsConnector;

/// What holds for all that is dialled for one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<'a> {
    /// The number that the log has for the connection.
    pub(super) id: u64,
    /// The address of this side.
    pub(super) local: Option<SocketAddr>,
    /// The limits of what a proxy answers.
    pub(super) limits: &'a Limits,
    /// What a proxy is trusted by, as far as it concerns proxies.
    pub(super) tls: &'a TlsConnector,
    pub(super) deadline: Deadline,
}

#[cfg(test)]
impl Terms<'static> {
    /// The terms of a test: those of a client with the default settings.
    pub(super) fn of(id: u64, deadline: Deadline) -> Self {
        use std::sync::LazyLock;
        static LIMITS: LazyLock<Limits> = LazyLock::new(Limits::default);
        static TLS: LazyLock<TlsConnector> = LazyLock::new(TlsConnector::new);
        Self { id, local: None, limits: &LIMITS, tls: &TLS, deadline }
    }
}
