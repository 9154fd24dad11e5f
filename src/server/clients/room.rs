//! [`Room`]: how many connections a server may have, and how many more are answered.

use crate::proto::rules::HandshakeError;

/// How many connections a server may have, and each client address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// `max_connections`
    pub(crate) most: usize,
    /// `max_connections_per_client`
    pub(crate) per_client: Option<usize>,
}

/// How many clients for which there is no room are answered at the same time. Others are
/// disconnected.
pub(crate) const REFUSED_AT_ONCE: usize = 16;

/// How many of these may be of one address.
pub(crate) const REFUSED_PER_ADDRESS: usize = 4;

/// How many connections an address may have beyond its limit while their requests are not granted.
pub(crate) const OPENING: usize = 8;

/// Why there is no room for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// The server has as many connections as it may.
    Full,
    /// The client's address has as many connections as it may.
    Crowded,
    /// The server shuts down.
    Closing,
}

impl From<NoRoom> for HandshakeError {
    fn from(why: NoRoom) -> Self {
        match why {
            NoRoom::Crowded => Self::TooManyConnections,
            NoRoom::Full | NoRoom::Closing => Self::Busy,
        }
    }
}
