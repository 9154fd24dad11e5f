//! [`Settings`]: the settings of connections, and the connections that they make of streams.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Request;

use super::shared::connection_settings;
use super::upgrade::Upgrade;
use crate::connection::{Timeouts, WebSocket};
use crate::error::{Error, Phase, Result};
use crate::handshake::{
    self, Admits, Opening, OtherEnd, Refusal, ServerRules, Unlimited, Upgraded,
};
use crate::io::{Controls, Deadline, Duplex, Timed, linger};
use crate::process::{error, next_number};
use crate::proto::compression::Deflate;
use crate::proto::handshake::Peer;
use crate::proto::rules::{Limits, Role};
use crate::transport::Stream;
use crate::transport::tap::Taps;

/// Settings of connections, for servers, clients, and streams of the program.
///
/// [`Server`](crate::Server) and [`Client`](crate::Client) have the same methods. Settings that
/// several of them share can be made once: see [`Server::settings`](crate::Server::settings) and
/// [`Client::settings`](crate::Client::settings).
///
/// [`accept`](Self::accept) makes a connection of a stream that the program accepted itself, and
/// [`upgrade`](Self::upgrade) of a request that another HTTP server has read.
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
    /// Who sees what passes.
    pub(crate) taps: Taps,
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

    /// Opens no connection without a subprotocol on which both sides agree.
    ///
    /// A server answers a client that offers none of its own with 400 and their names. A client
    /// fails if the server chooses none. Name the subprotocols with
    /// [`subprotocol`](Self::subprotocol); on a server, the [hook](Self::on_upgrade) may choose
    /// instead. If neither is set, opening a connection fails.
    pub fn require_subprotocol(mut self) -> Self {
        self.rules.requires_subprotocol = true;
        self
    }

    /// Allows pages of an origin to connect, as [`Server::origin`](crate::Server::origin)
    /// describes.
    pub fn origin(mut self, origin: &str) -> Self {
        self.rules.origins.allow(origin);
        self
    }

    /// Allows all pages to connect, as [`Server::any_origin`](crate::Server::any_origin) describes.
    pub fn any_origin(mut self) -> Self {
        self.rules.origins.allow_any();
        self
    }

    /// Believes what a proxy says of its clients, as
    /// [`Server::trusted_proxy`](crate::Server::trusted_proxy) describes.
    pub fn trusted_proxy(mut self, network: &str) -> Self {
        self.rules.proxies.trust(network);
        self
    }

    /// Calls `hook` with each request that a server is about to grant, as
    /// [`Server::on_upgrade`](crate::Server::on_upgrade) describes.
    pub fn on_upgrade(
        mut self,
        hook: impl Fn(&mut Opening) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Self {
        self.rules.hook = Some(Arc::new(hook));
        self
    }

    /// Compresses messages if the peer does too (RFC 7692). By default no message is compressed.
    ///
    /// Without the feature `deflate` this has no effect. Settings that can never work make opening
    /// a connection fail.
    #[cfg_attr(docsrs, doc(cfg(feature = "deflate")))]
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
        taps: taps,
        of: "",
        ping_interval: "by default 20 seconds on a server, and off on a client.",
        pong_timeout: "20 seconds by default, if pings are sent.",
        head: "a request or a response",
        too_long: " A server answers a longer head with 431.",
        too_many: " A server answers more lines with 431.",
    }

    /// Accepts a client's opening handshake on a stream that the program opened (§4.2).
    ///
    /// Blocks for [`handshake_timeout`](Self::handshake_timeout) at most. After a refusal, it waits
    /// up to two seconds more, until the client has hung up. The connection has all these settings,
    /// unless the stream is a [`Stream::half`]: that has no timeouts. See [`Settings`] for an
    /// example.
    ///
    /// # Errors
    /// The stream is dropped in each case.
    ///
    /// - [`Error::Invalid`]: a setting can never work.
    /// - [`Error::Handshake`] or [`Error::Refused`]: the client was refused. It has received the
    ///   HTTP status that says why. After [`Error::Refused`] it was the [hook](Self::on_upgrade)
    ///   that refused.
    /// - [`Error::Deadline`] or [`Error::Lost`]: the client was too slow, or left.
    pub fn accept(&self, stream: impl Duplex + Send + 'static) -> Result<WebSocket> {
        self.check(Role::Server)?;
        let id = next_number();
        let stream = Stream::new(stream)?.seen_by(&self.taps, id, Role::Server, &[]);
        let (peer, deadline) = (handshake::peer(&stream), Deadline::after(self.timeouts.opening));
        let accepted = self.accept_by(id, deadline, stream, peer, &Unlimited);
        let (stream, upgraded) = accepted.map_err(|e| deadline.explain(e, Phase::Handshake))?;
        self.open(id, stream, Role::Server, upgraded).map(|websocket| *websocket)
    }

    /// Does the server's side of the opening handshake by a deadline, on the connection with this
    /// number. `room` is asked for the client's address once its request is known to be good.
    pub(crate) fn accept_by(
        &self,
        id: u64,
        deadline: Deadline,
        mut stream: Stream,
        peer: Peer,
        room: &impl Admits,
    ) -> Result<(Stream, Upgraded)> {
        let other = OtherEnd { connection: id.into(), peer, tls: stream.tls() };
        let mut timed = Timed { stream: &mut stream, deadline };
        let terms = (&self.rules, &self.limits);
        match handshake::accept(&mut timed, terms, other, room, handshake::late) {
            Ok(upgraded) => {
                timed.lift().map_err(Error::Lost)?;
                Ok((stream, upgraded))
            }
            Err(e) => {
                if e.is_answered() {
                    // A reset must not destroy the answer.
                    linger(&mut stream, Controls::new());
                }
                Err(e)
            }
        }
    }

    /// Judges a request for a connection that another HTTP server has read (§4.2), as a server with
    /// these settings does. Reads and writes nothing.
    ///
    /// `peer` is the address at the other end of the stream, if it is known; the
    /// [hook](Self::on_upgrade) and [`trusted_proxy`](Self::trusted_proxy) use it.
    ///
    /// The other server sends [`Upgrade::response`] and hands over its stream, which
    /// [`Upgrade::open`] makes a connection of. Or it sends [`Refusal::into_response`]. This works
    /// with every server that can answer 101 and give away its stream, such as `tiny_http` or
    /// `hyper`.
    ///
    /// ```
    /// use std::io::{Read, Write};
    ///
    /// use blocking_ws::http::{Request, Response};
    /// use blocking_ws::testing::Pipe;
    /// use blocking_ws::{Client, Deflate, Error, Settings, WebSocket};
    ///
    /// /// What another HTTP server does: reads a request, and writes a response.
    /// fn read_request(stream: &mut impl Read) -> Request<()> {
    ///     // ...
    /// #   let mut head = Vec::new();
    /// #   while !head.ends_with(b"\r\n\r\n") {
    /// #       let mut byte = [0];
    /// #       stream.read_exact(&mut byte).unwrap();
    /// #       head.push(byte[0]);
    /// #   }
    /// #   let head = String::from_utf8(head).unwrap();
    /// #   let mut lines = head.trim_end().split("\r\n");
    /// #   let target = lines.next().unwrap().split(' ').nth(1).unwrap();
    /// #   let request = lines.map(|line| line.split_once(": ").unwrap());
    /// #   request.fold(Request::get(target), |it, (n, v)| it.header(n, v)).body(()).unwrap()
    /// }
    ///
    /// fn write_response<B: AsRef<[u8]>>(stream: &mut impl Write, response: &Response<B>) {
    ///     // ...
    /// #   write!(stream, "HTTP/1.1 {}\r\n", response.status()).unwrap();
    /// #   for (name, value) in response.headers() {
    /// #       write!(stream, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
    /// #   }
    /// #   write!(stream, "\r\n").unwrap();
    /// #   stream.write_all(response.body().as_ref()).unwrap();
    /// }
    ///
    /// fn serve(mut stream: Pipe, settings: &Settings) -> blocking_ws::Result<WebSocket> {
    ///     match settings.upgrade(read_request(&mut stream), None) {
    ///         Ok(upgrade) => {
    ///             write_response(&mut stream, &upgrade.response().clone().map(|()| ""));
    ///             upgrade.open(stream, Vec::new())
    ///         }
    ///         Err(refusal) => {
    ///             write_response(&mut stream, refusal.response());
    ///             Err(Error::other("refused"))
    ///         }
    ///     }
    /// }
    ///
    /// let settings = Settings::new().subprotocol("chat.v1").deflate(Deflate::new());
    /// let (near, far) = Pipe::new(4096);
    /// let of_client = settings.clone();
    /// let client = std::thread::spawn(move || {
    ///     Client::new().settings(of_client).connect_over("ws://localhost/rooms/7", near)
    /// });
    /// let mut server = serve(far, &settings)?;
    /// let mut client = client.join().unwrap()?;
    ///
    /// assert_eq!(server.request().uri().path(), "/rooms/7");
    /// assert_eq!(server.subprotocol(), Some("chat.v1"));
    /// assert_eq!(client.extensions(), server.extensions());
    /// client.send("hello")?;
    /// assert_eq!(server.recv()?, Some("hello".into()));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// The response that refuses the request. It is 500, and the log has a line, if a setting can
    /// never work.
    pub fn upgrade(
        &self,
        request: Request<()>,
        peer: impl Into<Option<SocketAddr>>,
    ) -> Result<Upgrade, Refusal> {
        if let Err(invalid) = self.check(Role::Server) {
            error!("{invalid}");
            return Err(Refusal::failed());
        }
        let peer = peer.into().map_or(Peer::Unknown, Peer::Ip);
        let id = next_number();
        let other = OtherEnd { connection: id.into(), peer, tls: None };
        let granted =
            handshake::answer(handshake::Unshared::new(request), &self.rules, other, &Unlimited)?;
        Ok(Upgrade::new(id, granted, self.limits, self.timeouts, self.taps.clone()))
    }

    /// Makes a connection with this number of a stream on which the handshake is done.
    pub(crate) fn open<S: Duplex>(
        &self,
        id: u64,
        stream: S,
        role: Role,
        upgraded: Upgraded,
    ) -> Result<Box<WebSocket<S>>> {
        let mut websocket = WebSocket::boxed(id, stream, role, self.limits, upgraded);
        self.timeouts.apply(role, &mut websocket)?;
        Ok(websocket)
    }

    /// Fails if a setting can never work.
    pub(crate) fn check(&self, role: Role) -> Result<()> {
        self.timeouts.check(role)?;
        if let Some(invalid) = self.limits.invalid() {
            return Err(Error::Invalid(invalid.into()));
        }
        self.rules.check()
    }
}
