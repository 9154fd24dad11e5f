//! The public `Error`: the only place where failures of IO and of the protocol meet.
//!
//! Variants are split by what the caller can do next; an orderly close is none of them.

use std::error::Error as StdError;
use std::{fmt, io};

use http::Response;

use crate::proto::close::CloseFrame;
use crate::proto::http::describe_refusal;
use crate::proto::proxy::ProxyError;
use crate::proto::rules::{HandshakeError, ProtocolError};
use crate::proto::url::UrlError;

/// A result whose error is this library's.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation failed.
///
/// After [`Timeout`](Self::Timeout) the operation may be repeated, and [`Invalid`](Self::Invalid)
/// and [`Full`](Self::Full) changed nothing; after every other error of a connection, drop it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing arrived in time. Nothing was lost either: call again.
    #[error("nothing arrived within the timeout; nothing was lost, call again")]
    Timeout,
    /// A message cannot follow a Close frame (§5.5.1), ours or the answer to the peer's.
    #[error("the connection is closed: nothing follows a Close frame (RFC 6455 5.5.1)")]
    Closed,
    /// The connection broke, or ended without a Close frame (code 1006).
    #[error("the connection was lost: {0}")]
    Lost(#[source] io::Error),
    /// The peer broke a rule or reached a limit; it has been told so in a Close frame (§7.1.7).
    #[error("the connection was failed: {0}")]
    Protocol(#[from] ProtocolError),
    /// A phase did not end by its deadline.
    #[error("{0}")]
    Deadline(Phase),
    /// The peer broke a rule of the opening handshake.
    #[error("the opening handshake failed: {0}")]
    Handshake(#[from] HandshakeError),
    /// The opening handshake was answered with another status than 101, by the server or, on a
    /// server, by its own `on_upgrade` hook. It has the start of the body, as far as that came within
    /// a second.
    #[error("the server refused the connection: {}", describe_refusal(.0))]
    Refused(Box<Response<Vec<u8>>>),
    /// The URL leads nowhere.
    #[error("the URL cannot be used: {0}")]
    Url(#[from] UrlError),
    /// The host name could not be resolved, or no address of it answered; the same of a proxy, and of
    /// addresses that a `socks5://` proxy was asked for. Where there are several, it names what became of
    /// each, in time or not.
    #[error("cannot connect: {0}")]
    Connect(#[source] io::Error),
    /// The proxy did not lead to the server: see [`Client::proxy`](crate::Client::proxy).
    #[error("the proxy does not lead to the server: {0}")]
    Proxy(#[from] ProxyError),
    /// TLS could not be set up.
    #[error("TLS failed: {0}")]
    Tls(#[source] io::Error),
    /// There is no room for a message in the queues of a hub; see
    /// [`set_max_buffered`](crate::set_max_buffered). Try again later.
    #[error("no room: the messages of all connections have reached set_max_buffered")]
    Full,
    /// An argument that can never work.
    #[error("{0}")]
    Invalid(&'static str),
    /// An operation of the system failed that is not about one connection.
    #[error(transparent)]
    Io(io::Error),
    /// An application's own error, from [`Error::other`].
    #[error(transparent)]
    Other(Box<dyn StdError + Send + Sync>),
}

/// A phase of a connection that has a deadline of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Resolving, connecting, a proxy, TLS, the opening handshake and redirects; see
    /// `connect_timeout`.
    Connect,
    /// TLS and the opening handshake, on a server; see `handshake_timeout`.
    Handshake,
    /// Writing a message to a peer that does not read; see `write_timeout`.
    Write,
    /// Waiting for the peer's Close frame; see `close_timeout`.
    Close,
    /// Waiting for a sign of life after a ping; see `pong_timeout`.
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

    /// Returns `true` if a receiving call ran out of time and may simply be made again.
    #[must_use]
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout)
    }

    /// Returns the Close frame that told the peer about the error, if one did.
    #[must_use]
    pub fn close_frame(&self) -> Option<CloseFrame> {
        match self {
            Self::Protocol(broken) => Some(CloseFrame::for_error(*broken)),
            _ => None,
        }
    }
}

/// An error of this library that a stream of a message had wrapped comes out of it again.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(Self::Io)
    }
}

/// For what reads and writes by std's traits, such as [`RecvStream`](crate::RecvStream). `?` turns it
/// back where a function returns this library's error.
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
