//! [`ShutdownReport`]: what became of the clients of a server.

/// What became of the clients of a server that shut down, each counted once.
///
/// Every call of [`ServerHandle::shutdown`](crate::ServerHandle::shutdown) reports the whole of it,
/// whichever of them came first. A later one can differ in those that were `running`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Connections that ended in order: a Close frame went each way (§7.1.4).
    pub closed: usize,
    /// Connections that did not, and whose handlers have returned: they were cut off at the deadline,
    /// or broke before.
    pub cut: usize,
    /// Clients whose opening handshake was not done, and who were turned away.
    pub refused: usize,
    /// Handlers that had not returned: those that stayed although their connections were cut off, whose
    /// clients the log names, and those that called `shutdown` themselves. Each is counted here alone,
    /// and once it has returned in `closed` or `cut` instead. The functions of `Server::http` and
    /// `Server::on_upgrade` are counted too; once they have returned, in `refused`.
    pub running: usize,
}
