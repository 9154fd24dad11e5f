//! [`Settings`]: the settings of connections, and the connections that they make of streams.

use std::time::Duration;

use super::shared::connection_settings;
use crate::connection::{Timeouts, WebSocket};
use crate::error::{Error, Phase, Result};
use crate::handshake::{self, ServerRules, Upgraded};
use crate::io::{Controls, Deadline, Duplex, Timed, linger};
use crate::process::next_number;
use crate::proto::compression::Deflate;
use crate::proto::http::is_token;
use crate::proto::rules::{Limits, Role};
use crate::transport::Stream;

/// Settings of connections, for servers, clients, and streams of the program.
///
/// [`Server`](crate::Server) and [`Client`](crate::Client) have the same methods. Settings that
/// several of them share can be made once: see [`Server::settings`](crate::Server::settings) and
/// [`Client::settings`](crate::Client::settings).
///
/// [`accept`](Self::accept) makes a connection of a stream that the program accepted itself.
/// [`Client::connect_over`](crate::Client::connect_over) is the client's side of that.
///
/// ```
/// use std::time::Duration;
///
/// use blocking_ws::testing::Pipe;
/// use blocking_ws::{Client, Deflate, Settings};
///
/// let settings = Settings::new()
///     .subprotocol("chat.v1")
///     .deflate(Deflate::new())
///     .max_message_size(64 << 10)
///     .close_timeout(Duration::from_secs(1));
///
/// let (near, far) = Pipe::new(4096); // any two ends of a stream
/// let server = { let settings = settings.clone(); std::thread::spawn(move || settings.accept(far)) };
/// let client = Client::new().settings(settings).connect_over("ws://localhost/", near)?;
/// assert_eq!(client.subprotocol(), Some("chat.v1"));
/// assert_eq!(server.join().unwrap()?.subprotocol(), Some("chat.v1"));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Settings {
    pub(crate) rules: ServerRules,
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
}

impl Settings {
    /// Creates the default settings. See [`Settings`] for an example.
    pub fn new() -> Self {
        Self::default()
    }

    /// Offers a subprotocol (§1.9) on a client, or supports it on a server. Call it once for each.
    ///
    /// A server chooses the first of its own list that the client offers. The name must be a token,
    /// such as `chat.v1`; otherwise opening a connection fails.
    pub fn subprotocol(mut self, name: &str) -> Self {
        self.rules.subprotocols.push(name.to_owned());
        self
    }

    /// Compresses messages if the peer does too (RFC 7692). By default no message is compressed.
    ///
    /// Without the feature `deflate` this has no effect. Settings that can never work make opening a
    /// connection fail.
    pub fn deflate(mut self, deflate: Deflate) -> Self {
        self.rules.deflate = Some(deflate);
        self
    }

    /// Limits the opening handshake; 10 seconds by default, `None` means no limit.
    ///
    /// On a server the time includes TLS; on a client it includes everything from the resolution of
    /// the name on.
    pub fn handshake_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.opening = timeout.into();
        self
    }

    connection_settings! {
        timeouts: timeouts,
        limits: limits,
        of: "",
        ping_interval: "by default 20 seconds on a server, and off on a client.",
        pong_timeout: "20 seconds by default, if pings are sent.",
        head: "a request or a response",
        too_long: " A server answers a longer head with 431.",
        too_many: " A server answers more lines with 431.",
    }

    /// Accepts a client's opening handshake on a stream that the program opened (§4.2).
    ///
    /// Blocks for [`handshake_timeout`](Self::handshake_timeout) at most. The connection has all
    /// these settings, unless the stream is a [`Stream::half`]: that has no timeouts. See
    /// [`Settings`] for an example.
    ///
    /// # Errors
    /// The stream is dropped in each case.
    ///
    /// - [`Error::Invalid`]: a setting can never work.
    /// - [`Error::Handshake`] or [`Error::Refused`]: the client was refused. It has received the HTTP
    ///   status that says why.
    /// - [`Error::Deadline`] or [`Error::Lost`]: the client was too slow, or left.
    pub fn accept(&self, stream: impl Duplex + Send + 'static) -> Result<WebSocket> {
        self.check()?;
        let mut stream = Stream::new(stream)?;
        let deadline = Deadline::after(self.timeouts.opening);
        let mut timed = Timed { stream: &mut stream, deadline };
        match handshake::accept(&mut timed, &self.rules, false, &self.limits) {
            Ok(upgraded) => {
                timed.lift().map_err(Error::Lost)?;
                self.open(stream, Role::Server, upgraded)
            }
            Err(e) => {
                if e.is_answered() {
                    // A reset must not destroy the answer.
                    linger(&mut stream, Controls::new());
                }
                Err(deadline.explain(e, Phase::Handshake))
            }
        }
    }

    /// Makes a connection of a stream on which the handshake is done.
    pub(crate) fn open<S: Duplex>(
        &self,
        stream: S,
        role: Role,
        upgraded: Upgraded,
    ) -> Result<WebSocket<S>> {
        self.open_numbered(next_number(), stream, role, upgraded)
    }

    /// Makes a connection that has a number already.
    pub(crate) fn open_numbered<S: Duplex>(
        &self,
        id: u64,
        stream: S,
        role: Role,
        upgraded: Upgraded,
    ) -> Result<WebSocket<S>> {
        let mut websocket = WebSocket::numbered(id, stream, role, self.limits, upgraded);
        websocket.keep_large();
        self.timeouts.apply(role, &mut websocket)?;
        Ok(websocket)
    }

    /// Fails if a setting can never work.
    pub(crate) fn check(&self) -> Result<()> {
        self.timeouts.check()?;
        handshake::check_deflate(self.rules.deflate.as_ref())?;
        let names = &self.rules.subprotocols;
        let twice = |name| names.iter().filter(|other| *other == name).count() > 1;
        if names.iter().any(|name| !is_token(name) || twice(name)) {
            return Err(Error::Invalid(
                "a subprotocol is a token, such as chat.v1, and named once (RFC 6455 4.1)",
            ));
        }
        Ok(())
    }
}
