//! The timeouts of a connection, and those that `Settings` has. `driver` and
//! `close` apply them, and the outbox applies the write timeout.

use std::time::{Duration, Instant};

use super::websocket::WebSocket;
use crate::error::{Error, Result};
use crate::io::{Duplex, SHORTEST};
use crate::proto::rules::Role;

/// The timeouts of connections. `None` means no limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// Until a connection is open.
    pub(crate) opening: Option<Duration>,
    pub(crate) write: Option<Duration>,
    pub(crate) close: Option<Duration>,
    pub(crate) stall: Option<Duration>,
    pub(crate) pings: Pings,
    pub(crate) pong: Option<Duration>,
    /// Without a message from the peer.
    pub(crate) idle: Option<Duration>,
    /// From the opening handshake on.
    pub(crate) lifetime: Option<Duration>,
}

/// How often a peer is pinged.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pings {
    /// A server pings at this interval. A client does not ping: it may receive only now and then,
    /// and most servers ping.
    ByServers(Duration),
    /// The program has chosen an interval, or no pings.
    Every(Option<Duration>),
}

impl Pings {
    fn interval(self, role: Role) -> Option<Duration> {
        match self {
            Self::ByServers(interval) => (role == Role::Server).then_some(interval),
            Self::Every(interval) => interval,
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            opening: Some(Duration::from_secs(10)),
            write: Some(Duration::from_secs(30)),
            close: Some(Duration::from_secs(5)),
            stall: Some(Duration::from_secs(30)),
            pings: Pings::ByServers(Duration::from_secs(20)),
            pong: Some(Duration::from_secs(20)),
            idle: None,
            lifetime: None,
        }
    }
}

impl Timeouts {
    /// Refuses zero, which no socket accepts. The name of one setting depends on the role.
    pub(crate) fn check(&self, role: Role) -> Result<()> {
        let Self { opening, write, close, stall, pings, pong, idle, lifetime } = *self;
        let of_opening = match role {
            Role::Server => "handshake_timeout",
            Role::Client => "connect_timeout",
        };
        let all = [
            (of_opening, opening),
            ("write_timeout", write),
            ("close_timeout", close),
            ("stall_timeout", stall),
            ("ping_interval", pings.interval(role)),
            ("pong_timeout", pong),
            ("idle_timeout", idle),
            ("max_lifetime", lifetime),
        ];
        match all.into_iter().find(|(_, time)| *time == Some(Duration::ZERO)) {
            Some((name, _)) => {
                Err(Error::Invalid(format!("{name} cannot be zero; None turns it off").into()))
            }
            None => Ok(()),
        }
    }

    /// Sets the timeouts of an open connection, which keeps large buffers from now on: its reader
    /// wakes to give them back.
    pub(crate) fn apply<S: Duplex>(&self, role: Role, websocket: &mut WebSocket<S>) -> Result<()> {
        websocket.keep_large();
        websocket.set_close_timeout(self.close);
        websocket.set_stall_timeout(self.stall);
        websocket.set_ping_interval(self.pings.interval(role));
        websocket.set_pong_timeout(self.pong);
        websocket.set_idle_timeout(self.idle);
        websocket.set_max_lifetime(self.lifetime);
        websocket.set_write_timeout(self.write)
    }
}

impl<S: Duplex> WebSocket<S> {
    /// Sets how long each receiving call may wait; by default, and with `None`, without limit.
    ///
    /// When the time is over, the call returns [`Error::Timeout`]. Nothing is lost: call again.
    /// With zero, receiving calls do not wait, like [`try_recv`](Self::try_recv).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (_client, mut server) = blocking_ws::testing::pair();
    /// server.set_read_timeout(Duration::from_millis(5));
    /// assert!(server.recv().is_err_and(|e| e.is_timeout()));
    /// server.set_read_timeout(None);
    /// ```
    pub fn set_read_timeout(&mut self, timeout: impl Into<Option<Duration>>) {
        self.driver.control();
        self.driver.read_timeout = timeout.into();
    }

    /// Sets how long the peer may take to accept each 64 KiB of what is sent, or the rest if that
    /// is less; with `None`, without limit.
    ///
    /// When the time is over, part of a message may have been sent, so the connection is lost. The
    /// sending call fails at most two seconds later.
    ///
    /// The timeout also applies to answers to pings. A receiving call does not wait for an answer
    /// to be written. It ends the connection with a peer that sends pings and does not read for
    /// this long.
    ///
    /// By default 30 seconds on servers and clients; no limit on other connections. Waits for
    /// another thread that is sending. See [`set_read_timeout`](Self::set_read_timeout) for a
    /// similar example.
    ///
    /// # Errors
    /// [`Error::Io`]: the duration is zero, or the stream is not usable any more.
    pub fn set_write_timeout(&mut self, timeout: impl Into<Option<Duration>>) -> Result<()> {
        let timeout = timeout.into();
        let Some(controls) = self.driver.control() else { return Ok(()) };
        controls.set_write_timeout(&self.driver.stream, timeout).map_err(Error::Io)?;
        let bound = timeout.map(|timeout| (timeout, controls));
        self.driver.out().configure(|writer| writer.set_bound(bound));
        Ok(())
    }

    /// Sets how long the peer may send nothing while part of a message has arrived; with `None`,
    /// without limit.
    ///
    /// A peer that takes longer gets Close 1008. Between messages a peer may be silent if it
    /// answers pings; see [`set_ping_interval`](Self::set_ping_interval).
    ///
    /// By default 30 seconds on servers and clients; no limit on other connections. See
    /// [`set_read_timeout`](Self::set_read_timeout) for a similar example.
    pub fn set_stall_timeout(&mut self, timeout: impl Into<Option<Duration>>) {
        self.driver.control();
        self.driver.stall_timeout = timeout.into().map(|timeout| timeout.max(SHORTEST));
    }

    /// Sets how long [`close`](Self::close) waits for the peer; with `None`, without limit.
    ///
    /// The time of `close` begins with the call, even if another thread is sending a message.
    ///
    /// After [`Sender::close`](crate::Sender::close), a receiving call waits equally long for the
    /// peer's Close frame. Its time begins when this side's Close frame is written. The peer may
    /// still have to read what was written before. While the frame waits behind a message that
    /// another thread sends, the call goes on as long as the peer takes more of that message. If
    /// nothing can be written, the call fails after this time, or after twice this time at most.
    ///
    /// By default 5 seconds on servers and clients; no limit on other connections. See
    /// [`set_read_timeout`](Self::set_read_timeout) for a similar example.
    pub fn set_close_timeout(&mut self, timeout: impl Into<Option<Duration>>) {
        self.driver.control();
        self.driver.close_timeout = timeout.into().map(|timeout| timeout.max(SHORTEST));
    }

    /// Sends a keepalive ping (§5.5.2) about every `interval`; with `None`, no pings.
    ///
    /// Receiving calls send the pings while they wait. If another thread is sending, the ping
    /// follows that thread's message; the receiving call does not wait for it. No pings are sent:
    ///
    /// - while the program does not receive
    /// - after a Close frame was sent
    /// - while a message of which a part has arrived stands still, if
    ///   [`set_stall_timeout`](Self::set_stall_timeout) is set
    ///
    /// If the peer does not answer in time, [`set_pong_timeout`](Self::set_pong_timeout) says what
    /// happens. [`latency`](Self::latency) returns how long the peer took to answer.
    ///
    /// By default 20 seconds on servers; `None` on clients and other connections.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (_client, mut server) = blocking_ws::testing::pair();
    /// server.set_ping_interval(Duration::from_secs(20));
    /// server.set_pong_timeout(Duration::from_secs(10));
    /// assert_eq!(server.latency(), None); // no pong yet
    /// ```
    pub fn set_ping_interval(&mut self, interval: impl Into<Option<Duration>>) {
        self.driver.control();
        let interval = interval.into().map(|interval| interval.max(SHORTEST));
        self.driver.keepalive.set_interval(interval, Instant::now());
    }

    /// Sets how long the peer may stay silent after a keepalive ping; with `None`, without limit.
    ///
    /// Keepalive pings are those of [`set_ping_interval`](Self::set_ping_interval), which has an
    /// example. Any byte from the peer ends the silence, not only a pong. When the time is over:
    ///
    /// - The receiving call returns [`Error::Deadline`] with [`Phase::Pong`](crate::Phase::Pong).
    /// - The connection is cut. This wakes threads that are sending.
    /// - [`close_status`](Self::close_status) has code 1006.
    ///
    /// So a receiving call notices that a peer has vanished after at most the interval plus this
    /// timeout. While a message is arriving, the stall timeout applies instead. While a thread is
    /// stuck in a send, the write timeout applies. While the program does not receive, nothing
    /// checks the peer.
    ///
    /// The time begins when the ping is handed to the stream. On a slow line the ping may still
    /// wait behind data that the system has buffered: set a longer timeout there.
    ///
    /// By default 20 seconds on servers and clients; no limit on other connections.
    pub fn set_pong_timeout(&mut self, timeout: impl Into<Option<Duration>>) {
        self.driver.control();
        let timeout = timeout.into().map(|timeout| timeout.max(SHORTEST));
        self.driver.keepalive.set_timeout(timeout, Instant::now());
    }

    /// Sets how long the peer may send no message; with `None`, the default, without limit.
    ///
    /// Pings, pongs and parts of a message do not count as messages, but the time does not run
    /// while a message is arriving. If that message stands still,
    /// [`set_stall_timeout`](Self::set_stall_timeout) ends the connection. When the time is over,
    /// the receiving call begins the closing handshake with code 1001 and the reason `idle`. Then
    /// it returns what still arrives, and `None` at the end;
    /// [`close_status`](Self::close_status) tells the rest. No pings follow, so without a
    /// [close timeout](Self::set_close_timeout) a peer that has vanished is waited for without end.
    ///
    /// Receiving calls check the time: while they wait, and at the next call after a time in which
    /// the program did not receive. So a program that only sends, and never receives, is not
    /// interrupted. The time begins anew when this is called. It may be exceeded by an eighth if
    /// the peer sends pings or parts of messages all the time.
    ///
    /// ```
    /// use std::time::Duration;
    /// use blocking_ws::{CloseCode, ClosedBy};
    ///
    /// let (mut client, mut server) = blocking_ws::testing::pair();
    /// server.set_idle_timeout(Duration::from_millis(10));
    /// let peer = std::thread::spawn(move || client.recv()); // sends nothing
    /// assert_eq!(server.recv()?, None);
    /// let status = server.close_status().unwrap();
    /// assert_eq!((status.by(), status.code()), (ClosedBy::Local, CloseCode::GoingAway));
    /// assert_eq!(status.reason(), "idle");
    /// # peer.join().unwrap()?;
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn set_idle_timeout(&mut self, timeout: impl Into<Option<Duration>>) {
        self.driver.control();
        let timeout = timeout.into().map(|timeout| timeout.max(SHORTEST));
        let progress = self.driver.counters.received.progress();
        self.driver.keepalive.set_idle(timeout, progress, Instant::now());
    }

    /// Sets how long the connection may be open, from this call on; with `None`, the default,
    /// without limit.
    ///
    /// When the time is over, the receiving call begins the closing handshake with code 1001 and
    /// the reason `open for max_lifetime`. For what holds then, and for programs that only send,
    /// see [`set_idle_timeout`](Self::set_idle_timeout), which also has an example. Use this, for
    /// example, so that clients log in again, or spread over new servers.
    ///
    /// While messages lie there, the time is checked only now and then, at the latest at every
    /// sixteenth read of the stream. So a program that takes long for each message may exceed it.
    pub fn set_max_lifetime(&mut self, lifetime: impl Into<Option<Duration>>) {
        self.driver.control();
        let lifetime = lifetime.into().map(|lifetime| lifetime.max(SHORTEST));
        self.driver.keepalive.set_lifetime(lifetime, Instant::now());
    }
}
