//! [`WebSocket`]: how it is opened, its settings, and sending. `agreed` has what its handshake
//! brought, `receive` receiving, `pings` the pings of the program.

use std::fmt;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use http::Request;

use super::driver::Driver;
use super::handles::Sender;
use crate::error::{Error, Result};
use crate::handshake::{self, PreparedRequest, Unlimited};
use crate::io::Duplex;
use crate::process::SPARE;
use crate::proto::close::CloseStatus;
use crate::proto::handshake::Peer;
use crate::proto::inbound::Inbound;
use crate::proto::message::{AsMessage, Stats};
use crate::proto::rules::{Limits, Role};
use crate::transport::Stream;

/// A WebSocket connection over any stream that can be read and written.
///
/// A [`Server`](crate::Server) passes a `WebSocket` to each call of its handler, and
/// [`connect`](crate::connect) returns one; both use [`Stream`]. To use another stream, call
/// [`accept`](Self::accept), [`connect`](Self::connect) or [`from_parts`](Self::from_parts).
///
/// Receiving calls, such as [`recv`](Self::recv), also answer pings and do the closing handshake.
/// If a `WebSocket` is dropped while it is open, it sends a Close frame with code 1001 and does not
/// wait for the answer. [`close`](Self::close) waits for it.
///
/// ```
/// let (mut client, mut server) = blocking_ws::testing::pair();
/// client.send("hello")?;
/// assert_eq!(server.recv()?, Some("hello".into()));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
pub struct WebSocket<S: Read + Write = Stream> {
    pub(super) inbound: Inbound,
    pub(crate) driver: Driver<S>,
    pub(super) id: u64,
    /// Shared with the list of the server's connections.
    pub(super) opened: Arc<handshake::Opened>,
    /// The extensions that both sides agreed on, in the server's words.
    pub(super) extensions: Option<String>,
}

impl<S: Read + Write> WebSocket<S> {
    /// Accepts a client's opening handshake on a stream, as a server (§4.2).
    ///
    /// Blocks until the request has arrived and the response is written. All limits have their
    /// default values, and pages of other sites are refused, as
    /// [`Server::origin`](crate::Server::origin) describes. See [`connect`](Self::connect) for an
    /// example.
    ///
    /// The connection has no timeouts except those of the stream, until a timeout is set with
    /// [`set_close_timeout`](Self::set_close_timeout) or a similar method. These methods need a
    /// [`Duplex`] stream. If the stream is a socket, set the close timeout. Without it, the end of
    /// the connection neither waits for the peer nor shuts the socket down, so a reset may destroy
    /// the messages that were sent last. (A [`Server`](crate::Server) sets all timeouts.)
    ///
    /// # Errors
    /// The stream is dropped in each case.
    ///
    /// - [`Error::Handshake`]: the request is not an opening handshake, or comes from a page of
    ///   another site. The client has received the HTTP status that says so.
    /// - [`Error::Lost`]: the stream failed.
    pub fn accept(mut stream: S) -> Result<Self> {
        let limits = Limits::default();
        let rules = handshake::ServerRules::default();
        let terms = (&rules, &limits);
        // The address matters only to rules that are not the default.
        let upgraded = handshake::accept(&mut stream, terms, Peer::Unknown, &Unlimited, |_| false)?;
        Ok(Self::upgraded(stream, Role::Server, limits, upgraded))
    }

    /// Does a client's opening handshake over a stream that is connected to the server (§4.1).
    ///
    /// Blocks until the response has arrived; only the stream's own timeouts bound this wait.
    ///
    /// - The request's URI is the `ws://` or `wss://` URL. Its user name and password become an
    ///   `Authorization: Basic` header (RFC 7617).
    /// - The request's headers are sent too. `Sec-WebSocket-Protocol` offers subprotocols.
    /// - Nothing is encrypted here: for `wss://`, the stream must be a
    ///   [`TlsStream`](crate::TlsStream).
    ///
    /// For timeouts, see [`accept`](Self::accept).
    ///
    /// ```
    /// use blocking_ws::http::Request;
    /// use blocking_ws::testing::Pipe;
    /// use blocking_ws::{Error, WebSocket};
    ///
    /// let (near, far) = Pipe::new(4096);
    /// let server = std::thread::spawn(move || WebSocket::accept(far));
    /// let request = Request::get("ws://localhost/chat").body(()).map_err(Error::other)?;
    /// let client = WebSocket::connect(request, near)?;
    /// assert_eq!(client.request().uri().path(), "/chat");
    /// assert!(server.join().unwrap().is_ok());
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// The stream is dropped in each case.
    ///
    /// - [`Error::Url`]: the URL cannot be used.
    /// - [`Error::Invalid`]: a header of the request cannot be used.
    /// - [`Error::Refused`]: the server answered with another status than 101.
    /// - [`Error::Handshake`]: the response breaks a rule.
    /// - [`Error::Lost`]: the stream failed.
    pub fn connect(request: Request<()>, mut stream: S) -> Result<Self> {
        let limits = Limits::default();
        let prepared = PreparedRequest::of(request)?;
        let terms = (&handshake::ServerRules::default(), &limits);
        let upgraded = handshake::connect(&mut stream, prepared, terms, |_, _| false)?;
        Ok(Self::upgraded(stream, Role::Client, limits, upgraded))
    }

    /// Makes a connection of a stream on which the opening handshake is done already.
    ///
    /// `already_read` holds the bytes that were read after the end of the handshake; often there
    /// are none. For timeouts, see [`accept`](Self::accept).
    ///
    /// ```
    /// use blocking_ws::testing::Pipe;
    /// use blocking_ws::{Role, WebSocket};
    ///
    /// let (near, far) = Pipe::new(1024);
    /// let mut client = WebSocket::from_parts(near, Role::Client, Vec::new());
    /// let mut server = WebSocket::from_parts(far, Role::Server, Vec::new());
    /// client.send("hello")?;
    /// assert_eq!(server.recv()?, Some("hello".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use]
    pub fn from_parts(stream: S, role: Role, already_read: Vec<u8>) -> Self {
        let upgraded = handshake::Upgraded { already_read, ..handshake::Upgraded::default() };
        Self::upgraded(stream, role, Limits::default(), upgraded)
    }

    /// Sends a message: types like `str` as text, types like `[u8]` as binary; see [`AsMessage`].
    ///
    /// Blocks until the stream has taken the whole message. If another thread is sending, waits for
    /// that thread first. See [`WebSocket`] for an example.
    ///
    /// # Errors
    /// - [`Error::Closed`]: a Close frame was sent before.
    /// - Any other error: the connection is lost.
    ///
    /// In both cases [`recv`](Self::recv) may still return messages that arrived before.
    pub fn send(&mut self, message: impl AsMessage) -> Result<()> {
        let sent = self.driver.out().send(&message, true);
        self.with_last_words(sent)
    }

    /// Queues a message. It is written by the next [`send`](Self::send), the next
    /// [`flush`](Self::flush), or the next receiving call, before that call waits.
    ///
    /// Blocks only if the message is large, much is queued, or another thread is sending.
    ///
    /// ```
    /// let (mut client, mut server) = blocking_ws::testing::pair();
    /// for line in ["one", "two", "three"] {
    ///     client.feed(line)?;
    /// }
    /// client.flush()?; // one write for all three
    /// assert_eq!(server.recv()?, Some("one".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn feed(&mut self, message: impl AsMessage) -> Result<()> {
        let fed = self.driver.out().send(&message, false);
        self.with_last_words(fed)
    }

    /// Writes all queued messages. Blocks until the stream has taken them.
    ///
    /// See [`feed`](Self::feed) for an example.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn flush(&mut self) -> Result<()> {
        let flushed = self.driver.out().flush();
        self.with_last_words(flushed)
    }

    /// Returns the number of the connection, which no other connection of this process has.
    ///
    /// A line of the log about a connection begins with this number, such as `#7`, on servers and on
    /// clients. [`ServerHandle::connection`](crate::ServerHandle::connection) finds the connections
    /// of a server by it. Numbers count up from 1. A client that was refused and an attempt to
    /// connect that failed have a number too, so some numbers are missing.
    ///
    /// ```
    /// let (client, server) = blocking_ws::testing::pair();
    /// assert_ne!(client.id(), server.id());
    /// ```
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// What the opening handshake brought, shared.
    pub(crate) fn opened(&self) -> &Arc<handshake::Opened> {
        &self.opened
    }

    /// Returns how the connection ended, or `None` while it has not ended.
    ///
    /// Receiving calls and [`close`](Self::close) notice the end. If a call fails to send, it also
    /// looks for the peer's Close frame. If it finds one, this returns `Some`, although messages
    /// that arrived before the Close frame can still be received. See [`close`](Self::close) for an
    /// example.
    #[must_use]
    pub fn close_status(&self) -> Option<&CloseStatus> {
        self.driver.end()
    }

    /// Returns how much this connection has received and sent: messages, frames and bytes.
    ///
    /// A message counts as received when a receiving call returns it, and as sent when it is
    /// queued. See [`Stats`] for an example.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.show_received();
        self.driver.counters.stats()
    }

    /// Shows other threads which frames came. `receive` does so before each read.
    pub(crate) fn show_received(&self) {
        let frames = self.inbound.further_frames();
        self.driver.counters.received.show_further_frames(frames);
    }

    /// Returns the stream, for example to change its settings.
    ///
    /// Do not read it or write to it: either breaks the connection.
    #[must_use]
    pub fn get_ref(&self) -> &S {
        &self.driver.stream
    }

    /// Sets the largest message that is received, in bytes; 16 MiB by default.
    ///
    /// A peer that sends a larger message gets Close 1009 as soon as the message's length is known.
    /// A compressed message is too large in two cases:
    ///
    /// - It inflates to more than `bytes`.
    /// - Its frames carry more than twice `bytes` plus 64 KiB.
    ///
    /// A change takes effect with the next frame.
    ///
    /// ```
    /// let (_client, mut server) = blocking_ws::testing::pair();
    /// server.set_max_message_size(64 << 10); // 64 KiB
    /// ```
    pub fn set_max_message_size(&mut self, bytes: usize) {
        self.inbound.limits_mut().message = bytes;
    }

    /// Splits messages longer than `bytes` into frames of that size (§5.4); with `None`, the
    /// default, each message is one frame. Zero counts as one.
    ///
    /// Set this if large messages go out over a slow line: the answer to a ping can go between two
    /// frames. Without it, the answer waits for the end of the message, and the peer may take this
    /// side for dead.
    ///
    /// Messages from a [`Hub`](crate::Hub) are always one frame. Waits for another thread that is
    /// sending.
    ///
    /// ```
    /// let (mut client, mut server) = blocking_ws::testing::pair();
    /// client.set_fragment_size(16 << 10);
    /// client.send("a".repeat(40_000))?; // three frames
    /// assert_eq!(server.recv()?, Some("a".repeat(40_000).into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn set_fragment_size(&mut self, bytes: impl Into<Option<usize>>) {
        let most = bytes.into().unwrap_or(usize::MAX).max(1);
        self.driver.out().configure(|writer| writer.set_fragment(most));
    }
}

impl<S: Duplex> WebSocket<S> {
    /// Keeps large buffers as long as data comes. The reader must wake a second after the last
    /// data, so this takes control of the stream's timeouts.
    pub(crate) fn keep_large(&mut self) {
        if self.driver.control().is_none() {
            return;
        }
        self.driver.keep_large();
        self.inbound.keep_large(&SPARE);
        self.driver.out().configure(|writer| writer.take_spare(&SPARE));
    }

    /// Makes a handle with which any thread can send while this one receives.
    ///
    /// See [`Sender`] for an example.
    ///
    /// # Errors
    /// [`Error::Io`]: the stream cannot be cloned, because the system has no handle left. The
    /// connection stays usable.
    #[inline(never)]
    pub fn sender(&self) -> Result<Sender<S>> {
        self.driver.share().map(Sender::new).map_err(Error::Io)
    }

    /// Makes a handle for the server. If the stream has only one handle, it cannot send, and this
    /// `WebSocket` sends the Close frame for it.
    pub(crate) fn handle(&self) -> Sender<S> {
        self.sender().unwrap_or_else(|_| Sender::new(Arc::clone(&self.driver.outbox)))
    }
}

impl WebSocket<Stream> {
    /// Returns the address of the peer.
    ///
    /// # Errors
    /// [`Error::Io`]: of kind `Unsupported` on a Unix socket; otherwise the system does not know
    /// the address any more.
    pub fn peer_addr(&self) -> Result<SocketAddr> {
        self.driver.stream.peer_addr().map_err(Error::Io)
    }
}

impl<S: Read + Write> fmt::Debug for WebSocket<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket")
            .field("id", &self.id)
            // The query may hold a token.
            .field("path", &self.opened.request.uri().path())
            .field("subprotocol", &self.opened.subprotocol)
            .field("extensions", &self.extensions)
            .field("close_status", &self.close_status())
            .finish_non_exhaustive()
    }
}
