//! [`Who`]: what the log calls a client.

use std::fmt;
use std::net::SocketAddr;

use super::super::listening::Address;
use crate::process::next_number;
use crate::proto::handshake::Peer;

/// A client's number, and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    id: u64,
    from: Address,
}

impl Who {
    /// Numbers a client with this address.
    pub(crate) fn new(from: Address) -> Self {
        Self { id: next_number(), from }
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// The client's own address.
    pub(crate) fn addr(&self) -> Option<SocketAddr> {
        self.from.ip().ok()
    }

    /// What a handshake knows of the client.
    pub(crate) fn peer(&self) -> Peer {
        self.from.peer()
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {}", self.id, self.from)
    }
}
