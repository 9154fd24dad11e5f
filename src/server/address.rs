//! Where a server listens, in any form that it has.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// An address of IP, or the path of a Unix socket.
///
/// A client of the former has its own; one of the latter has none, and is known by the server's.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    Ip(SocketAddr),
    Unix(Arc<Path>),
}

impl Address {
    pub(crate) fn ip(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Ip(address) => Ok(*address),
            Self::Unix(_) => {
                let text = format!("the server listens on {self}, which is no IP address");
                Err(io::Error::new(ErrorKind::Unsupported, text))
            }
        }
    }

    /// What stands in a URL for it: a client that is told the path connects there and not to the
    /// host.
    pub(crate) fn authority(&self) -> String {
        match self {
            Self::Ip(address) => address.to_string(),
            Self::Unix(_) => "localhost".to_owned(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
