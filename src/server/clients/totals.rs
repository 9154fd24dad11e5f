//! [`Totals`]: what all connections of a server have done.

use crate::proto::message::{Stats, Traffic};

/// What all connections of a server have done, those that have ended included.
///
/// Returned by [`ServerHandle::totals`](crate::ServerHandle::totals), which has an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// How many connections were opened.
    pub connections: u64,
    /// What came from the clients.
    pub received: Traffic,
    /// What was sent to the clients.
    pub sent: Traffic,
}

impl Totals {
    /// Adds a connection.
    pub(super) fn add(&mut self, stats: Stats) {
        self.connections += 1;
        self.received += stats.received;
        self.sent += stats.sent;
    }
}
