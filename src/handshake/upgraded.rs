//! What an opening handshake brings.

use http::Request;

use crate::proto::compression::Agreed;

/// What the opening handshake said.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    pub(crate) request: Request<()>,
    pub(crate) subprotocol: Option<String>,
}

/// The outcome of a handshake that went well.
#[derive(Debug, Default)]
pub(crate) struct Upgraded {
    pub(crate) opened: Box<Opened>,
    /// Compression.
    pub(crate) deflate: Option<Agreed>,
    /// Frames that came right behind the head.
    pub(crate) already_read: Vec<u8>,
}
