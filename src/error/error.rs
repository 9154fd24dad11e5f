//! [`Error`]: why an operation failed.

use std::error::Error as StdError;
use std::io;

use http::Response;

use super::phase::Phase;
use crate::proto::close::CloseFrame;
use crate::proto::http::describe_refusal;
use crate::proto::proxy::ProxyError;
use crate::proto::rules::{HandshakeError, ProtocolError};
use crate::proto::url::UrlError;

/// A result with this library's [`Error`]. See [`Error::other`] for an example.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation failed.
///
/// * After [`Timeout`](Self::Timeout), make the same call again: nothing was lost.
/// * After [`Full`](Self::Full), try again later: nothing was changed.
/// * After [`Invalid`](Self::Invalid) or [`Url`](Self::Url), correct the argument: nothing was
///   changed.
/// * After any other error of a connection, drop the connection.
///
/// ```
/// use std::time::Duration;
/// use blocking_ws::Error;
///
/// let (mut client, _server) = blocking_ws::testing::pair();
/// match client.recv_timeout(Duration::from_millis(1)) {
///     Err(Error::Timeout) => {} // Call again.
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing arrived in time. Nothing was lost: call again.
    #[error("nothing arrived within the timeout; nothing was lost, call again")]
    Timeout,
    /// The message was not sent, because no message may follow a Close frame (RFC 6455 §5.5.1). The
    /// Close frame was this side's own, or the answer to the peer's.
    #[error("the connection is closed: nothing follows a Close frame (RFC 6455 5.5.1)")]
    Closed,
    /// The connection broke, or it ended without a Close frame (code 1006).
    #[error("the connection was lost: {0}")]
    Lost(#[source] io::Error),
    /// The peer broke a rule or exceeded a limit. A Close frame has told the peer (§7.1.7).
    #[error("the connection was failed: {0}")]
    Protocol(#[from] ProtocolError),
    /// A phase was not over by its deadline.
    #[error("{0}")]
    Deadline(Phase),
    /// The peer broke a rule of the opening handshake.
    #[error("the opening handshake failed: {0}")]
    Handshake(#[from] HandshakeError),
    /// The opening handshake was refused with another status than 101. On a client the server
    /// refused it; on a server its own `on_upgrade` hook did. The response has the start of the
    /// body: what arrived within a second.
    #[error("the server refused the connection: {}", describe_refusal(.0))]
    Refused(Box<Response<Vec<u8>>>),
    /// The URL cannot be used.
    #[error("the URL cannot be used: {0}")]
    Url(#[from] UrlError),
    /// No connection could be made: the host name could not be resolved, or none of its addresses
    /// answered. The host may be the server or a proxy, or a server that a `socks5://` proxy could
    /// not reach. The text names each address and its failure.
    #[error("cannot connect: {0}")]
    Connect(#[source] io::Error),
    /// The proxy did not connect to the server; see [`Client::proxy`](crate::Client::proxy).
    #[error("the proxy does not lead to the server: {0}")]
    Proxy(#[from] ProxyError),
    /// TLS could not be set up.
    #[error("TLS failed: {0}")]
    Tls(#[source] io::Error),
    /// The queues of all hubs together are full; see [`set_max_buffered`](crate::set_max_buffered).
    /// Try again later.
    #[error("no room: the messages of all connections have reached the limit of set_max_buffered")]
    Full,
    /// An argument or a setting that can never work.
    #[error("{0}")]
    Invalid(&'static str),
    /// An operation of the system failed that belongs to no single connection.
    #[error(transparent)]
    Io(io::Error),
    /// An application's own error, from [`Error::other`].
    #[error(transparent)]
    Other(Box<dyn StdError + Send + Sync>),
}

impl Error {
    /// Wraps an application's own error, so that a handler can return it with `?`.
    ///
    /// ```
    /// fn parse(text: &str) -> blocking_ws::Result<u32> {
    ///     text.parse().map_err(blocking_ws::Error::other)
    /// }
    /// assert_eq!(parse("x").unwrap_err().to_string(), "invalid digit found in string");
    /// ```
    pub fn other(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }

    /// Returns `true` for [`Timeout`](Self::Timeout), after which the same call can be made again.
    /// See [`Error`] for an example.
    #[must_use]
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout)
    }

    /// Returns the Close frame that told the peer about the error. `None` if no frame did.
    ///
    /// ```
    /// use blocking_ws::{CloseCode, Error, ProtocolError};
    ///
    /// let error = Error::from(ProtocolError::ReservedBits);
    /// assert_eq!(error.close_frame().map(|frame| frame.code()), Some(CloseCode::Protocol));
    /// ```
    #[must_use]
    pub fn close_frame(&self) -> Option<CloseFrame> {
        match self {
            Self::Protocol(broken) => Some(CloseFrame::for_error(*broken)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_small() {
        assert!(size_of::<Error>() <= 32, "{} bytes", size_of::<Error>());
    }
}
