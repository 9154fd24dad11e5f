//! The two sides of a connection.

/// The side of a connection.
///
/// The client masks its frames (§5.3); the server closes TCP first (§7.1.1). See
/// [`WebSocket::from_parts`](crate::WebSocket::from_parts) for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The side that opened the connection.
    Client,
    /// The side that accepted the connection.
    Server,
}

impl Role {
    /// Returns the role of the other end.
    pub(crate) const fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// Returns `true` if arriving frames must be masked (§5.1: a client's frames must).
    pub(crate) const fn expects_masked(self) -> bool {
        matches!(self, Self::Server)
    }

    /// Returns `true` if this side masks what it sends (§5.3).
    pub(crate) const fn masks(self) -> bool {
        matches!(self, Self::Client)
    }

    /// Returns `true` if this side closes TCP first (§7.1.1: the server, which keeps `TIME_WAIT`).
    pub(crate) const fn closes_first(self) -> bool {
        matches!(self, Self::Server)
    }
}
