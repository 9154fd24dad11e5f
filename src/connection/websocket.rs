//! [`WebSocket`]: what a program holds of a connection. How it is opened, its settings, and
//! sending; `receive` has the other direction and the end.

use std::fmt;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use http::Request;

use super::driver::Driver;
use super::sender::{Sender, ping_payload};
use crate::error::{Error, Result};
use crate::handshake::{self, Prepared};
use crate::io::{Duplex, SHORTEST};
use crate::process::{BUDGET, POOL, SPARE};
use crate::proto::close::CloseStatus;
use crate::proto::compression::{Deflation, Inflation};
use crate::proto::inbound::Inbound;
use crate::proto::message::AsMessage;
use crate::proto::rules::{Limits, Role};
use crate::transport::Stream;

/// One WebSocket connection, over any stream that can be read and written.
///
/// A [`Server`](crate::Server) hands one to each call of its handler, and
/// [`connect`](crate::connect) returns one; both are over [`Stream`]. Other streams become a
/// connection by [`accept`](Self::accept), [`connect`](Self::connect) or
/// [`from_parts`](Self::from_parts).
///
/// Pings are answered, and the closing handshake is done, by whichever call reads
/// ([`recv`](Self::recv) and its kin). A `WebSocket` that is dropped while it is open sends a
/// Close frame with code 1001 and does not wait; [`close`](Self::close) is the polite way.
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
    opened: Box<handshake::Opened>,
    /// Those that both sides agreed on, in the server's words.
    extensions: Option<String>,
}

impl<S: Read + Write> WebSocket<S> {
    /// Accepts a client's opening handshake on a stream, as a server.
    ///
    /// Blocks until the request has come. Defaults hold for all limits. A
    /// [`Server`](crate::Server) sets all timeouts; here the stream's own hold until one is set
    /// with [`set_write_timeout`](Self::set_write_timeout) or
    /// [`set_close_timeout`](Self::set_close_timeout), which takes a [`Duplex`] stream. Set the
    /// latter on a socket: without it the end of a connection can neither wait for the peer nor
    /// shut the socket down, and what was sent last may be lost to a reset.
    ///
    /// # Errors
    /// The request is no opening handshake (it was answered with the status that says so), or the
    /// stream failed.
    pub fn accept(mut stream: S) -> Result<Self> {
        let limits = Limits::default();
        let rules = handshake::ServerRules::default();
        let upgraded = handshake::accept(&mut stream, &rules, false, &limits)?;
        Ok(Self::upgraded(stream, Role::Server, limits, upgraded))
    }

    /// Sends a client's opening handshake over a stream that leads to the server.
    ///
    /// The request's URI is the `ws://` or `wss://` URL, whose user name and password become an
    /// `Authorization: Basic` header (RFC 7617); its headers are sent along, and
    /// `Sec-WebSocket-Protocol` offers subprotocols. Blocks until the response has come, without
    /// a deadline but the stream's own. Nothing is encrypted here: for `wss://` the stream is a
    /// [`TlsStream`](crate::TlsStream) already. For timeouts see [`accept`](Self::accept).
    ///
    /// # Errors
    /// The URL cannot be used, the server refused, or its response is wrong, or the stream failed.
    pub fn connect(request: Request<()>, mut stream: S) -> Result<Self> {
        let limits = Limits::default();
        let prepared = Prepared::of(request)?;
        let upgraded = handshake::connect(&mut stream, prepared, None, &limits, |_, _| false)?;
        Ok(Self::upgraded(stream, Role::Client, limits, upgraded))
    }

    /// Takes over a stream on which the opening handshake is done.
    ///
    /// `already_read` are bytes of frames that were read behind the handshake's head, often none.
    /// For timeouts see [`accept`](Self::accept).
    #[must_use]
    pub fn from_parts(stream: S, role: Role, already_read: Vec<u8>) -> Self {
        let upgraded = handshake::Upgraded { already_read, ..handshake::Upgraded::default() };
        Self::upgraded(stream, role, Limits::default(), upgraded)
    }

    pub(crate) fn upgraded(
        stream: S,
        role: Role,
        limits: Limits,
        upgraded: handshake::Upgraded,
    ) -> Self {
        let handshake::Upgraded { opened, deflate, already_read } = upgraded;
        let mut inbound = Inbound::new(role, limits, already_read);
        inbound.set_budget(&BUDGET);
        let mut driver = Driver::new(stream, role);
        let extensions = deflate.map(|agreed| {
            inbound.set_inflation(Inflation::new(&agreed, &POOL));
            driver.compress(Deflation::new(&agreed, &POOL));
            agreed.answer
        });
        Self { inbound, driver, opened, extensions }
    }

    /// Sends a message: text-like values as text, bytes-like ones as binary.
    ///
    /// Blocks until the stream has taken all of it. Waits for another thread that is sending.
    ///
    /// # Errors
    /// [`Error::Closed`] after a Close frame; otherwise the connection is lost.
    pub fn send(&mut self, message: impl AsMessage) -> Result<()> {
        let sent = self.driver.out().send(&message, true);
        self.with_last_words(sent)
    }

    /// Queues a message, to be written with the next [`send`](Self::send),
    /// [`flush`](Self::flush) or receiving call that is about to wait.
    ///
    /// Blocks only where the message is large or much is queued.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn feed(&mut self, message: impl AsMessage) -> Result<()> {
        let fed = self.driver.out().send(&message, false);
        self.with_last_words(fed)
    }

    /// Writes out what is queued; blocks until the stream has taken it.
    ///
    /// # Errors
    /// The connection is lost.
    pub fn flush(&mut self) -> Result<()> {
        let flushed = self.driver.out().flush();
        self.with_last_words(flushed)
    }

    /// Sends a ping with up to 125 bytes (§5.5.2).
    ///
    /// Its pong is seen only by [`recv_event`](Self::recv_event).
    ///
    /// # Errors
    /// [`Error::Invalid`] where the payload is longer; otherwise as [`send`](Self::send).
    pub fn ping(&mut self, payload: impl AsRef<[u8]>) -> Result<()> {
        let payload = ping_payload(payload.as_ref())?;
        let pinged = self.driver.out().ping(&payload);
        self.with_last_words(pinged)
    }

    /// Returns the request that opened the connection: path, query and headers.
    ///
    /// On a server it is what the client sent, on a client what was asked for. After
    /// [`from_parts`](Self::from_parts) it is empty.
    #[must_use]
    pub fn request(&self) -> &Request<()> {
        &self.opened.request
    }

    /// Returns the subprotocol that both sides agreed on, if any (§1.9).
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.opened.subprotocol.as_deref()
    }

    /// Returns the extensions that both sides agreed on, in the server's words, if any (§9.1).
    ///
    /// That is compression, where both have [`Deflate`](crate::Deflate) set, such as
    /// `permessage-deflate; server_no_context_takeover; client_no_context_takeover`. It is `None`
    /// after [`accept`](Self::accept), [`connect`](Self::connect) and
    /// [`from_parts`](Self::from_parts), which do not compress.
    #[must_use]
    pub fn extensions(&self) -> Option<&str> {
        self.extensions.as_deref()
    }

    /// Returns how the connection ended, or `None` until a receiving call or
    /// [`close`](Self::close) has seen the end. A call that could not send looks for the peer's Close
    /// frame as well, which may lie behind messages that can still be received.
    #[must_use]
    pub fn close_status(&self) -> Option<&CloseStatus> {
        self.driver.end()
    }

    /// Returns how long the last ping of [`set_ping_interval`](Self::set_ping_interval) that was
    /// answered and its pong took together, or `None` before the first pong.
    ///
    /// It counts from when the ping was handed to the stream to when a receiving call came upon
    /// the pong. A round trip longer than the interval is not seen.
    #[must_use]
    pub fn latency(&self) -> Option<Duration> {
        self.driver.keepalive.latency()
    }

    /// Returns the stream, for settings of its own. Reading or writing it breaks the connection.
    #[must_use]
    pub fn get_ref(&self) -> &S {
        &self.driver.stream
    }

    /// Sets the largest message that is received, in bytes; 16 MiB by default.
    ///
    /// A peer that sends a larger one gets Close 1009 as soon as its length is known. One that is
    /// compressed is too large as soon as more than that has come out of it, or when it takes more
    /// than twice that and 64 KiB on the wire. A change holds from the next frame on.
    pub fn set_max_message_size(&mut self, bytes: usize) {
        self.inbound.limits_mut().message = bytes;
    }

    /// Sends messages that are longer than so many bytes in several frames of that size (§5.4), or
    /// in one frame each with `None`, as it is by default.
    ///
    /// The answer to a ping goes between two frames. Where large messages go out over a slow line,
    /// it would otherwise wait so long for the end of one that the peer takes this side for dead.
    /// Zero is taken for one. What a [`Hub`](crate::Hub) delivers is one frame each. Waits for
    /// another thread that is sending.
    pub fn set_fragment_size(&mut self, bytes: impl Into<Option<usize>>) {
        let most = bytes.into().unwrap_or(usize::MAX).max(1);
        self.driver.out().configure(|writer| writer.set_fragment(most));
    }
}

impl<S: Duplex> WebSocket<S> {
    /// Keeps large buffers as long as they are of use. For that the reader wakes a second after it
    /// fell silent, so the stream's timeouts are to be set here.
    pub(crate) fn keep_large(&mut self) {
        self.driver.control();
        self.driver.keep_large();
        self.inbound.keep_large(&SPARE);
    }

    /// Makes a handle with which any thread can send while this one receives.
    ///
    /// # Errors
    /// The stream cannot be cloned: the system has no handle left to give.
    pub fn sender(&self) -> Result<Sender<S>> {
        self.driver.share().map(Sender::new).map_err(Error::Io)
    }

    /// Bounds how long each receiving call waits, or lifts the bound with `None`, as it is at
    /// first. A call that runs out of time returns [`Error::Timeout`] and loses nothing.
    pub fn set_read_timeout(&mut self, timeout: impl Into<Option<Duration>>) {
        self.driver.control();
        self.driver.read_timeout = timeout.into().map(|timeout| timeout.max(SHORTEST));
    }

    /// Bounds how long a peer may take for each 64 KiB of what is sent, or for less at the end, or
    /// lifts the bound with `None`. A message that runs out of time may be torn, so the connection
    /// is lost. That shows within two seconds after the timeout. Waits for another thread that is
    /// sending.
    ///
    /// It holds for answers to pings as well, for which receiving calls never wait: a peer that pings
    /// and does not read is given up by them. Servers and clients begin with 30 seconds, other
    /// connections without a bound.
    ///
    /// # Errors
    /// The duration is zero, or the stream is not usable any more.
    pub fn set_write_timeout(&mut self, timeout: impl Into<Option<Duration>>) -> Result<()> {
        self.driver.set_write_timeout(timeout.into()).map_err(Error::Io)
    }

    /// Bounds how long a message may stand still once it has begun to arrive, or lifts the bound
    /// with `None`. A peer that lets it pass gets Close 1008.
    ///
    /// Between messages a peer may be silent, as long as it answers pings; see
    /// [`set_ping_interval`](Self::set_ping_interval). Servers and clients begin with 30 seconds,
    /// other connections without a bound.
    pub fn set_stall_timeout(&mut self, timeout: impl Into<Option<Duration>>) {
        self.driver.control();
        self.driver.stall_timeout = timeout.into().map(|timeout| timeout.max(SHORTEST));
    }

    /// Bounds how long [`close`](Self::close) waits for the peer, or lifts the bound with `None`.
    ///
    /// It bounds as well how long a receiving call waits after [`Sender::close`]. Servers and
    /// clients begin with 5 seconds, other connections without a bound.
    pub fn set_close_timeout(&mut self, timeout: impl Into<Option<Duration>>) {
        self.driver.control();
        self.driver.close_timeout = timeout.into().map(|timeout| timeout.max(SHORTEST));
    }

    /// Sends a ping (§5.5.2) about every `interval`, or none with `None`.
    ///
    /// The calls that receive do it while they wait, and never wait for a thread that sends: the
    /// ping then follows its message. So there is none while the program does other things, nor
    /// once a Close frame was sent. While a message that has begun stands still there is none
    /// either, where [`set_stall_timeout`](Self::set_stall_timeout) bounds that. What follows from a
    /// ping is decided by [`set_pong_timeout`](Self::set_pong_timeout); [`latency`](Self::latency)
    /// tells how long the peer took.
    ///
    /// Servers begin with 20 seconds, clients and other connections with `None`.
    pub fn set_ping_interval(&mut self, interval: impl Into<Option<Duration>>) {
        self.driver.control();
        let interval = interval.into().map(|interval| interval.max(SHORTEST));
        self.driver.keepalive.set_interval(interval, Instant::now());
    }

    /// Bounds for how long nothing may come from the peer after a ping of
    /// [`set_ping_interval`](Self::set_ping_interval), or lifts the bound with `None`.
    ///
    /// Whatever comes, pong or not, proves that the peer is there, even a part of a TLS record. When
    /// the time is over, the receiving call returns [`Error::Deadline`] with
    /// [`Phase::Pong`](crate::Phase::Pong), the connection is cut, which wakes threads that are
    /// sending, and [`close_status`](Self::close_status) has code 1006. A receiving call that waits
    /// notices a peer that vanishes after both times together at most. Within a message it is the stall
    /// timeout that counts, and where a thread is stuck in a message to the peer, the write timeout.
    /// While the program does other things, nobody looks.
    ///
    /// The time begins when the ping is handed to the stream. On a slow link it may still have to
    /// wait behind what the system has buffered: leave time for that. Servers and clients begin with
    /// 20 seconds, other connections without a bound.
    pub fn set_pong_timeout(&mut self, timeout: impl Into<Option<Duration>>) {
        self.driver.control();
        let timeout = timeout.into().map(|timeout| timeout.max(SHORTEST));
        self.driver.keepalive.set_timeout(timeout, Instant::now());
    }
}

impl WebSocket<Stream> {
    /// Returns the address of the peer.
    ///
    /// # Errors
    /// `Unsupported` on a Unix socket; otherwise the system does not know it any more.
    pub fn peer_addr(&self) -> Result<SocketAddr> {
        self.driver.stream.peer_addr().map_err(Error::Io)
    }
}

impl<S: Read + Write> fmt::Debug for WebSocket<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket")
            .field("uri", self.opened.request.uri())
            .field("subprotocol", &self.opened.subprotocol)
            .field("extensions", &self.extensions)
            .field("close_status", &self.close_status())
            .finish_non_exhaustive()
    }
}
