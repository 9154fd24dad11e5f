//! The result of an opening handshake.

use http::Request;

use crate::proto::compression::Agreed;

/// The request of an opening handshake, and the subprotocol that was chosen.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    pub(crate) request: Request<()>,
    pub(crate) subprotocol: Option<String>,
}

/// The result of a successful opening handshake.
#[derive(Debug, Default)]
pub(crate) struct Upgraded {
    pub(crate) opened: Box<Opened>,
    /// What was agreed on compression.
    pub(crate) deflate: Option<Agreed>,
    /// The bytes of frames that arrived with the end of the head.
    pub(crate) already_read: Vec<u8>,
}
