//! The address at which a server listens, or that of a client.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use crate::proto::handshake::Peer;

/// An IP address and port, or the path of a Unix socket, or neither.
///
/// A client over TCP has its own address. A client over a Unix socket has none, so it is named by
/// the server's path.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    Ip(SocketAddr),
    Unix(Arc<Path>),
    /// A server that listens nowhere, or a client whose stream the program handed over.
    Unnamed,
}

impl Address {
    pub(crate) fn ip(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Ip(address) => Ok(*address),
            Self::Unix(_) => {
                let text = format!("the server listens on {self}, which is no IP address");
                Err(io::Error::new(ErrorKind::Unsupported, text))
            }
            Self::Unnamed => {
                let text = "the server listens on no address";
                Err(io::Error::new(ErrorKind::Unsupported, text))
            }
        }
    }

    /// What a handshake knows of a client with this address.
    pub(crate) fn peer(&self) -> Peer {
        match self {
            Self::Ip(address) => Peer::Ip(*address),
            Self::Unix(_) => Peer::Local,
            Self::Unnamed => Peer::Unknown,
        }
    }

    /// The host and port in the server's URL. A client that connects to a path does not use the
    /// host.
    pub(crate) fn authority(&self) -> String {
        match self {
            Self::Ip(address) => address.to_string(),
            Self::Unix(_) | Self::Unnamed => "localhost".to_owned(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Unnamed => f.write_str("unnamed"),
        }
    }
}
