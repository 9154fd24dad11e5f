//! [`ShutdownReport`]: what happened to a server's clients when it shut down.

/// What happened to a server's clients when it shut down. Each client is counted once.
///
/// Every call of [`ServerHandle::shutdown`](crate::ServerHandle::shutdown) reports all clients, not
/// only those of its own call. A later call can report fewer `running`, and counts the clients of
/// these handlers elsewhere. See [`ServerHandle`](crate::ServerHandle) for an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Connections that were closed in order: a Close frame went each way (§7.1.4).
    pub closed: usize,
    /// Connections that were not closed in order and whose handlers have returned. They were cut at
    /// the deadline, or they broke before.
    pub cut: usize,
    /// Clients that were disconnected because their opening handshake was not done.
    pub refused: usize,
    /// Handlers that have not returned: those that still run although their connections were cut,
    /// those whose stream cannot be cut ([`Stream::half`](crate::Stream::half)), and those that
    /// called `shutdown` themselves. The log names the clients of those that still run.
    ///
    /// Functions given to `Server::http` and `Server::on_upgrade` are counted here too while they
    /// run. When a handler has returned, a later report counts its client in `closed` or `cut`
    /// instead, and that of such a function in `refused`.
    pub running: usize,
}
