//! [`Phase`]: what was not over by its deadline.

use std::fmt;

/// A phase of a connection that has its own deadline.
///
/// ```
/// use blocking_ws::{Error, Phase};
///
/// let error = Error::Deadline(Phase::Connect);
/// assert_eq!(error.to_string(), "the connection was not open within connect_timeout");
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
            Self::Write => {
                "the peer did not read what was sent within write_timeout; perhaps it waits to send \
                 too: a thread must be in `recv` at both ends"
            }
            Self::Close => {
                "the peer did not answer the Close frame within close_timeout; a thread must be in \
                 `recv` there"
            }
            Self::Pong => {
                "nothing came from the peer within pong_timeout after a ping; it has vanished, or no \
                 thread is in `recv` there"
            }
        })
    }
}
