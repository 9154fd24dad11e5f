//! [`End`]: why a connection ends.

use std::io;

use super::breach::Breach;

/// Why no more is received.
#[derive(Debug)]
pub(super) enum End {
    Breach(Breach),
    /// The peer has sent a Close frame with this payload.
    Close(Vec<u8>),
    /// A flag ends the connection.
    Dies,
    Io(io::Error),
}

impl From<Breach> for End {
    fn from(breach: Breach) -> Self {
        Self::Breach(breach)
    }
}

impl From<io::Error> for End {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}
