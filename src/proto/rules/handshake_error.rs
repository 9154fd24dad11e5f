//! The rules of the opening handshake that a peer can break, one variant each (RFC 6455 §4).
//!
//! Each variant has the HTTP status with which a server answers. `protocol_error` has the rules
//! that hold after the opening handshake.

use http::StatusCode;

/// A rule of the opening handshake that the peer broke.
///
/// Returned as [`Error::Handshake`](crate::Error::Handshake).
///
/// ```
/// use blocking_ws::HandshakeError;
///
/// assert_eq!(HandshakeError::Version.status(), 426);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The head is larger than the limit; see `max_head_size`.
    #[error("the head of the HTTP message is larger than {0} bytes")]
    HeadTooLarge(usize),
    /// The head has more header lines than the limit.
    #[error("the HTTP message has more than {0} headers")]
    TooManyHeaders(usize),
    /// The head is not HTTP/1 (RFC 9112).
    #[error("the head of the HTTP message is malformed: {0}")]
    BadHead(&'static str),
    /// The method is not GET (§4.2.1).
    #[error("the method of a WebSocket handshake is GET (RFC 6455 4.2.1)")]
    Method,
    /// The request or the 101 response is older than HTTP/1.1 (§4.2.1, §4.2.2).
    #[error(
        "a WebSocket handshake needs HTTP/1.1 (RFC 6455 4.2.1); a proxy may have to be told so"
    )]
    HttpVersion,
    /// The Host header is missing, repeated or malformed (§4.2.1, RFC 9112 §3.2).
    #[error("a request has exactly one Host header, a host and perhaps a port (RFC 9112 3.2)")]
    Host,
    /// The request has a body. A body could be taken for frames.
    #[error("a WebSocket handshake has no body")]
    Body,
    /// There is no `Upgrade: websocket` (§4.2.1).
    #[error(
        "this is a WebSocket endpoint: the request has no 'Upgrade: websocket' (RFC 6455 4.2.1)"
    )]
    NotAnUpgrade,
    /// There is no `Connection: Upgrade` (§4.2.1).
    #[error("the Connection header does not list 'Upgrade' (RFC 6455 4.2.1)")]
    NoConnectionUpgrade,
    /// The version is not 13 (§4.4).
    #[error("Sec-WebSocket-Version must be 13, once (RFC 6455 4.4)")]
    Version,
    /// The key is missing, repeated, or not 16 bytes in base64 (§4.2.1).
    #[error("Sec-WebSocket-Key must be 16 bytes in base64, once (RFC 6455 4.2.1)")]
    Key,
    /// The request comes from a page of another site, which
    /// [`Server::origin`](crate::Server::origin) does not allow (§10.2). The text names both hosts.
    #[error("{0} (RFC 6455 10.2)")]
    Origin(Box<str>),
    /// A trusted proxy forwards the request and does not say clearly for whom; see
    /// `Server::trusted_proxy` (RFC 7239).
    #[error(
        "the proxy does not say clearly who the client is: Forwarded and X-Forwarded-For have to name \
         the same address, and a proxy has to remove the header that it does not write itself"
    )]
    Forwarded,
    /// No subprotocol was agreed on, although this side requires one; see `require_subprotocol`
    /// (§1.9). The text says what the server supports, or what the client offered.
    #[error("no common subprotocol: {0} (RFC 6455 1.9)")]
    NoCommonSubprotocol(Box<str>),
    /// The head of the request began and did not end within `handshake_timeout`.
    #[error("the head of the HTTP request did not arrive in time")]
    SlowHead,
    /// The server has no WebSocket at the request's path, which the text quotes; see
    /// `Server::route`.
    #[error("there is no WebSocket at the path {0}; check the path of the URL")]
    NotFound(Box<str>),
    /// The server has reached its limit of connections (see `max_connections`), or is shutting
    /// down.
    #[error("the server has no room for another connection; try again later")]
    Busy,
    /// The client's address has reached its limit of connections; see
    /// [`max_connections_per_client`](crate::Server::max_connections_per_client).
    #[error("there are too many connections from this address; close some, or try again later")]
    TooManyConnections,
    /// The 101 response does not upgrade to WebSocket (§4.1).
    #[error(
        "the 101 response has no 'Upgrade: websocket' and 'Connection: Upgrade' (RFC 6455 4.1)"
    )]
    NotUpgraded,
    /// The response's Sec-WebSocket-Accept does not match the key (§4.1).
    #[error(
        "Sec-WebSocket-Accept does not fit the key: no WebSocket server answered (RFC 6455 4.1)"
    )]
    Accept,
    /// The server chose an extension that was not offered (§4.1).
    #[error("the server chose an extension that was not offered (RFC 6455 4.1)")]
    UnaskedExtension,
    /// The server's answer does not match the extension that was offered (§4.1; RFC 7692 §7.1).
    #[error("the server's answer to permessage-deflate is wrong: {0} (RFC 7692 7.1)")]
    BadExtension(&'static str),
    /// The server chose a subprotocol that was not offered (§4.1).
    #[error("the server chose a subprotocol that was not offered (RFC 6455 4.1)")]
    UnaskedSubprotocol,
}

impl HandshakeError {
    /// Returns the HTTP status with which a server answers (§4.2.1, §4.4).
    ///
    /// For an error in a response, which only a client sees, this is 502. For
    /// [`NoCommonSubprotocol`](Self::NoCommonSubprotocol) it is 400 on both sides.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::HeadTooLarge(_) | Self::TooManyHeaders(_) => {
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
            }
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::NotAnUpgrade | Self::Version => StatusCode::UPGRADE_REQUIRED,
            Self::Origin(_) => StatusCode::FORBIDDEN,
            Self::SlowHead => StatusCode::REQUEST_TIMEOUT,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooManyConnections => StatusCode::TOO_MANY_REQUESTS,
            Self::BadHead(_)
            | Self::HttpVersion
            | Self::Host
            | Self::Body
            | Self::NoConnectionUpgrade
            | Self::Key
            | Self::Forwarded
            | Self::NoCommonSubprotocol(_) => StatusCode::BAD_REQUEST,
            // A client found these in a response.
            Self::NotUpgraded
            | Self::Accept
            | Self::UnaskedExtension
            | Self::BadExtension(_)
            | Self::UnaskedSubprotocol => StatusCode::BAD_GATEWAY,
        }
    }
}

/// The most bytes of a request that an error quotes.
const QUOTED: usize = 100;

/// Makes text of the peer fit to be quoted: short, and without control characters.
pub(crate) fn quoted(text: &[u8]) -> String {
    text[..text.len().min(QUOTED)].escape_ascii().to_string()
}
