//! The public [`Error`]: the only place where errors of IO and of the protocol meet.
//!
//! Its variants differ in what the caller can do next. An orderly close is not an error.

use std::error::Error as StdError;
use std::{fmt, io};

use http::Response;

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

/// A phase of a connection that has its own deadline.
///
/// ```
/// use blocking_ws::{Error, Phase};
///
/// let error = Error::Deadline(Phase::Write);
/// assert_eq!(error.to_string(), "the peer did not read what was sent within write_timeout");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Opening a connection on a client: resolving the name, connecting, the proxy, TLS, the
    /// opening handshake and redirects; see [`connect_timeout`](crate::Client::connect_timeout).
    Connect,
    /// TLS and the opening handshake on a server; see
    /// [`handshake_timeout`](crate::Server::handshake_timeout).
    Handshake,
    /// Writing a message to a peer that does not read; see
    /// [`set_write_timeout`](crate::WebSocket::set_write_timeout).
    Write,
    /// Waiting for the peer's Close frame; see
    /// [`set_close_timeout`](crate::WebSocket::set_close_timeout).
    Close,
    /// Waiting for any bytes of the peer after a ping; see
    /// [`set_pong_timeout`](crate::WebSocket::set_pong_timeout).
    Pong,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "the connection was not open within connect_timeout",
            Self::Handshake => "the opening handshake was not done within handshake_timeout",
            Self::Write => "the peer did not read what was sent within write_timeout",
            Self::Close => "the peer did not answer the Close frame within close_timeout",
            Self::Pong => "nothing came from the peer within pong_timeout after a ping",
        })
    }
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

    /// Returns `true` if a client's request was answered, and the answer is not to be lost.
    pub(crate) const fn is_answered(&self) -> bool {
        matches!(self, Self::Handshake(_) | Self::Refused(_))
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

/// Unwraps an error of this library that is inside the [`io::Error`]. Any other becomes
/// [`Error::Io`].
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(Self::Io)
    }
}

/// For code that uses std's traits, such as [`RecvStream`](crate::RecvStream)'s `Read`. In a
/// function that returns this library's error, `?` unwraps the error again.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let error = match error {
            Error::Io(error) => return error,
            error => error,
        };
        let kind = match &error {
            Error::Timeout | Error::Deadline(_) => io::ErrorKind::TimedOut,
            Error::Closed => io::ErrorKind::BrokenPipe,
            Error::Lost(e) | Error::Connect(e) | Error::Tls(e) | Error::Io(e) => e.kind(),
            Error::Protocol(_) | Error::Handshake(_) => io::ErrorKind::InvalidData,
            Error::Invalid(_) | Error::Url(_) => io::ErrorKind::InvalidInput,
            Error::Refused(_) | Error::Proxy(_) | Error::Full | Error::Other(_) => {
                io::ErrorKind::Other
            }
        };
        Self::new(kind, error)
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
