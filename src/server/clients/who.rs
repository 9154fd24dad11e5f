//! [`Who`]: what the log calls a client.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use crate::process::next_number;

/// A client's number, and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    id: u64,
    from: From,
}

#[derive(Clone, Debug)]
enum From {
    Ip(SocketAddr),
    /// A client over a Unix socket has no address, so it is named by the server's path.
    Unix(Arc<Path>),
}

impl Who {
    /// Numbers a client with this address.
    pub(crate) fn ip(address: SocketAddr) -> Self {
        Self { id: next_number(), from: From::Ip(address) }
    }

    /// Numbers a client of a server on the Unix socket at `path`.
    pub(crate) fn unix(path: Arc<Path>) -> Self {
        Self { id: next_number(), from: From::Unix(path) }
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// The client's own address.
    pub(crate) fn addr(&self) -> Option<SocketAddr> {
        match &self.from {
            From::Ip(address) => Some(*address),
            From::Unix(_) => None,
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.from {
            From::Ip(address) => write!(f, "#{} {address}", self.id),
            From::Unix(path) => write!(f, "#{} unix:{}", self.id, path.display()),
        }
    }
}
