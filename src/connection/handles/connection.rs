//! [`Connection`]: what a program sees of an open connection from any thread.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Request;

use super::sender::Sender;
use crate::error::Result;
use crate::handshake::Opened;
use crate::io::TlsInfo;
use crate::proto::message::Stats;
use crate::proto::rules::CloseCode;

/// An open connection, for any thread: who it is, what it does, and a way to close it.
///
/// [`ServerHandle::connections`](crate::ServerHandle::connections) returns all of a server, and
/// [`ServerHandle::connection`](crate::ServerHandle::connection) finds one.
/// [`Peer::connection`](crate::Peer::connection) returns one of [`Events`](crate::Events), also of a
/// client. The connection may end at any time. Then sending fails, and closing does nothing.
///
/// This keeps the connection's request in memory, with the values that the hook has put into it,
/// also after the connection has ended. It keeps neither the stream nor its file descriptor.
///
/// ```
/// use blocking_ws::{CloseCode, Server};
///
/// let server = Server::bind("127.0.0.1:0")?.spawn(|ws| {
///     ws.send("hello")?;
///     while ws.recv()?.is_some() {}
///     Ok(())
/// })?;
/// let mut client = blocking_ws::connect(&format!("{}chat", server.url()))?;
/// client.recv()?;
///
/// for connection in server.connections() {
///     println!("{connection}, open for {:?}", connection.since().elapsed());
///     assert_eq!(connection.request().uri().path(), "/chat");
///     assert_eq!(connection.stats().sent.messages, 1);
///     connection.sender().send("the room closes")?;
///     connection.close(CloseCode::Policy, "no more today")?;
/// }
/// assert_eq!(client.recv()?, Some("the room closes".into()));
/// assert_eq!(client.recv()?, None);
/// assert_eq!(client.close_status().unwrap().code(), CloseCode::Policy);
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone)]
pub struct Connection {
    id: u64,
    addr: Option<SocketAddr>,
    opened: Arc<Opened>,
    since: Instant,
    sender: Sender,
}

impl Connection {
    pub(crate) fn new(
        id: u64,
        addr: Option<SocketAddr>,
        opened: Arc<Opened>,
        since: Instant,
        sender: Sender,
    ) -> Self {
        Self { id, addr, opened, since, sender }
    }

    /// Returns the number of the connection, as [`WebSocket::id`](crate::WebSocket::id) does and as
    /// the log has it.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Returns the address of the peer, or `None` on a Unix socket and in memory.
    ///
    /// Behind a proxy, this is the address of the proxy, also if it is
    /// [trusted](crate::Server::trusted_proxy).
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.addr
    }

    /// Returns what a server knows of the client by TLS, with the certificates that it has shown.
    /// `None` without TLS, if another server does TLS, and on a client.
    #[must_use]
    pub fn tls(&self) -> Option<&TlsInfo> {
        self.opened.tls.as_deref()
    }

    /// Returns the request that opened the connection: path, query and headers.
    #[must_use]
    pub fn request(&self) -> &Request<()> {
        &self.opened.request
    }

    /// Returns the subprotocol that both sides agreed on, if any (§1.9).
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.opened.subprotocol.as_deref()
    }

    /// Returns when the connection was opened, or when it was given to
    /// [`Events::add`](crate::Events::add).
    #[must_use]
    pub fn since(&self) -> Instant {
        self.since
    }

    /// Returns the round-trip time of the last answered keepalive ping, as
    /// [`WebSocket::latency`](crate::WebSocket::latency) does.
    #[must_use]
    pub fn latency(&self) -> Option<Duration> {
        self.sender.latency()
    }

    /// Returns how much the connection has received and sent up to now.
    ///
    /// The numbers are read one after the other while the connection goes on, so a message may be
    /// in one of them and not yet in another. Frames of which no message consists, such as pings,
    /// are included once the handler waits for more.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.sender.stats()
    }

    /// Returns a handle with which any thread can send.
    #[must_use]
    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Begins the closing handshake (§7.1.2). Does not wait, neither for the peer's answer nor for
    /// room in the stream.
    ///
    /// The handler sees the end as after [`Sender::close`]: it receives the messages that were on
    /// their way, then `None`, and it can send no more. A handler that does not receive goes on
    /// until it does.
    ///
    /// # Errors
    /// - [`Error::Invalid`](crate::Error::Invalid): the code may not be sent (§7.4), or the reason
    ///   is longer than 123 bytes. Nothing was sent.
    /// - [`Error::Lost`](crate::Error::Lost): the connection is lost.
    pub fn close(&self, code: impl Into<CloseCode>, reason: &str) -> Result<()> {
        self.sender.begin_close(code.into(), reason)
    }
}

/// The number and the address, as in the log: `#7 127.0.0.1:5123`.
impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.id)?;
        self.addr.map_or(Ok(()), |addr| write!(f, " {addr}"))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("id", &self.id)
            .field("peer_addr", &self.addr)
            // The query may hold a token.
            .field("path", &self.opened.request.uri().path())
            .field("subprotocol", &self.opened.subprotocol)
            .finish_non_exhaustive()
    }
}
