//! Which end of the connection this is.

/// The side of a connection: it decides who masks and who closes TCP first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The side that opened the connection.
    Client,
    /// The side that accepted it.
    Server,
}

impl Role {
    /// Returns `true` if frames that arrive here must be masked (§5.1: those of a client).
    pub(crate) const fn expects_masked(self) -> bool {
        matches!(self, Self::Server)
    }

    /// Returns `true` if this side masks what it sends (§5.3).
    pub(crate) const fn masks(self) -> bool {
        matches!(self, Self::Client)
    }

    /// Returns `true` if this side closes TCP first (§7.1.1: the server, so `TIME_WAIT` stays with it).
    pub(crate) const fn closes_first(self) -> bool {
        matches!(self, Self::Server)
    }
}
