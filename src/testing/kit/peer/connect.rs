//! How a [`Peer`] comes to a connection: in memory, or as the client of a server (RFC 6455 §4.1).

use std::io;
use std::net::{TcpStream, ToSocketAddrs};

use http::Response;

use super::super::super::pair::{CAPACITY, end, negotiated, seen_end};
use super::super::super::pipe::Pipe;
use super::opening::{EXTENSIONS, KEY, push};
use super::peer::{Peer, WITHIN};
use crate::connection::{Settings, WebSocket};
use crate::error::{Error, Result};
use crate::io::{Deadline, Duplex};
use crate::process::next_number;
use crate::proto::rules::Role;
use crate::proto::url::Url;
use crate::proto::wire::{accept, without_secrets};
use crate::transport::{TlsConnector, TlsStream};

impl Peer {
    /// Opens a connection in memory. Returns a [`WebSocket`] of this role, and the peer at its
    /// other end.
    ///
    /// See [`pair`](crate::testing::pair) for how one thread can use both. The pair has no
    /// compression.
    ///
    /// ```
    /// use blocking_ws::testing::{Peer, RawFrame};
    /// use blocking_ws::{Error, Role};
    ///
    /// let (mut ws, mut peer) = Peer::pair(Role::Server);
    /// peer.frame(RawFrame::of(3, "what is this?")); // an opcode that nobody has defined
    /// assert!(matches!(ws.recv(), Err(Error::Protocol(_))));
    /// peer.expect_close(1002);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn pair(role: Role) -> (WebSocket, Self) {
        let (near, far) = Pipe::new(CAPACITY);
        (end(near, role), Self::opposite(far, role))
    }

    /// Opens a connection in memory like [`pair`](Self::pair), with these settings at the end of
    /// the [`WebSocket`].
    ///
    /// The connection is as if the peer had agreed to them, compression included, as
    /// [`pair_with`](crate::testing::pair_with) says.
    ///
    /// ```
    /// use blocking_ws::testing::Peer;
    /// use blocking_ws::{Error, ProtocolError, Role, Settings};
    ///
    /// let settings = Settings::new().max_message_size(4);
    /// let (mut ws, mut peer) = Peer::pair_with(Role::Server, &settings)?;
    /// peer.send("hello");
    /// assert!(matches!(ws.recv(), Err(Error::Protocol(ProtocolError::MessageTooBig(4)))));
    /// peer.expect_close(1009);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Invalid`]: the settings can never work.
    pub fn pair_with(role: Role, settings: &Settings) -> Result<(WebSocket, Self)> {
        settings.check(role)?;
        let (near, far) = Pipe::new(CAPACITY);
        let mut peer = Self::opposite(far, role);
        if let Some([agreed, _]) = settings.rules.deflate.as_ref().and_then(negotiated) {
            peer.agree_deflate(&agreed.answer);
        }
        Ok((seen_end(near, role, settings)?, peer))
    }

    /// Opens a connection to a server, as a client: `ws://host:port/path`, or `wss://` for a server
    /// whose certificate leads to a root that the system trusts.
    ///
    /// Blocks for 5 seconds at most until the connection is open, with TLS, and for 5 more until
    /// the answer has come. So do the functions below.
    ///
    /// # Errors
    /// - [`Error::Url`]: the URL cannot be used.
    /// - [`Error::Connect`]: no server takes the connection.
    /// - [`Error::Tls`]: TLS could not be set up.
    /// - [`Error::Refused`]: the answer is not 101.
    /// - [`Error::Lost`] or [`Error::Other`]: no whole answer came in time, or a wrong
    ///   `Sec-WebSocket-Accept`.
    pub fn connect(url: &str) -> Result<Self> {
        Self::connect_with(url, &[])
    }

    /// Opens a connection like [`connect`](Self::connect), with these headers besides those of the
    /// handshake, such as a log-in.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connect_with(url: &str, headers: &[(&str, &str)]) -> Result<Self> {
        let url = Parsed::new(url)?;
        if url.is.secure {
            url.secured(&TlsConnector::new())?.open(headers)
        } else {
            url.plain()?.open(headers)
        }
    }

    /// Opens a connection to a server over TLS: `wss://host:port/path`.
    ///
    /// ```no_run
    /// use blocking_ws::TlsConnector;
    /// use blocking_ws::testing::Peer;
    ///
    /// let connector = TlsConnector::new().root_certificate_pem(&std::fs::read("ca.pem")?);
    /// let mut peer = Peer::connect_tls("wss://localhost:9001/", &connector)?;
    /// peer.send("hello");
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`connect`](Self::connect). [`Error::Invalid`]: the URL is not `wss://`.
    #[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
    pub fn connect_tls(url: &str, connector: &TlsConnector) -> Result<Self> {
        Parsed::new(url)?.secured(connector)?.open(&[])
    }

    /// Opens a connection to a server over a stream that leads to it, with these headers besides
    /// those of the handshake.
    ///
    /// If the server's answer has `permessage-deflate`, the peer has agreed on it, whatever the
    /// headers offered.
    ///
    /// ```
    /// use std::net::TcpStream;
    ///
    /// use blocking_ws::Server;
    /// use blocking_ws::testing::Peer;
    ///
    /// let server = Server::bind("127.0.0.1:0")?.subprotocol("chat.v1").spawn(|_| Ok(()))?;
    /// let stream = TcpStream::connect(server.local_addr().unwrap())?;
    /// let headers = [("Sec-WebSocket-Protocol", "chat.v1")];
    /// let peer = Peer::connect_over("ws://localhost/", stream, &headers)?;
    /// assert!(peer.response().contains("chat.v1"));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connect_over(
        url: &str,
        stream: impl Duplex + Send + 'static,
        headers: &[(&str, &str)],
    ) -> Result<Self> {
        Parsed::new(url)?.over(stream).open(headers)
    }

    /// Asks a server for a WebSocket, with these headers besides those of the handshake, and
    /// returns its answer, with its body. This is for tests of what a server refuses.
    ///
    /// ```
    /// use blocking_ws::http::StatusCode;
    /// use blocking_ws::testing::Peer;
    /// use blocking_ws::{Refusal, Server};
    ///
    /// let server = Server::bind("127.0.0.1:0")?;
    /// let server = server.on_upgrade(|_| Err(Refusal::new(StatusCode::UNAUTHORIZED, "log in\n")));
    /// let server = server.spawn(|_| Ok(()))?;
    /// let answer = Peer::handshake(server.url(), &[("Authorization", "Bearer 1234")])?;
    /// assert_eq!(answer.status(), 401);
    /// assert_eq!(answer.body(), b"log in\n");
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// A 101 is returned too. The connection ends in each case.
    ///
    /// # Errors
    /// As [`connect`](Self::connect), without [`Error::Refused`].
    pub fn handshake(url: &str, headers: &[(&str, &str)]) -> Result<Response<Vec<u8>>> {
        let url = Parsed::new(url)?;
        if url.is.secure {
            url.secured(&TlsConnector::new())?.ask(headers)
        } else {
            url.plain()?.ask(headers)
        }
        .map(|(answer, _)| answer)
    }

    /// Asks a server like [`handshake`](Self::handshake), over a stream that leads to it, such as a
    /// [`TlsStream`].
    ///
    /// # Errors
    /// As [`handshake`](Self::handshake).
    pub fn handshake_over(
        url: &str,
        stream: impl Duplex + Send + 'static,
        headers: &[(&str, &str)],
    ) -> Result<Response<Vec<u8>>> {
        Parsed::new(url)?.over(stream).ask(headers).map(|(answer, _)| answer)
    }

    /// The peer at the other end of a `WebSocket` of this role.
    fn opposite(stream: Pipe, role: Role) -> Self {
        Self::of_pipe(stream, role.peer())
    }
}

/// A URL, as reports have it and as it is.
struct Parsed {
    text: String,
    is: Url,
}

impl Parsed {
    fn new(text: &str) -> Result<Self> {
        let is = Url::parse(text)?;
        Ok(Self { text: without_secrets(&is.to_string()), is })
    }

    fn plain(self) -> Result<Asking<TcpStream>> {
        let stream = self.dial(Deadline::after(Some(WITHIN)))?;
        Ok(self.over(stream))
    }

    fn secured(self, connector: &TlsConnector) -> Result<Asking<TlsStream<TcpStream>>> {
        if !self.is.secure {
            return Err(Error::Invalid(
                format!("{} is not wss://, so use `connect`", self.text).into(),
            ));
        }
        let deadline = Deadline::after(Some(WITHIN));
        let stream = self.dial(deadline)?;
        let stream = connector
            .connect_by(next_number(), &self.is.host, stream, deadline)
            .map_err(Error::Tls)?;
        Ok(self.over(stream))
    }

    fn over<S>(self, stream: S) -> Asking<S> {
        Asking { url: self, stream }
    }

    /// Connects to the first address of the host that takes a connection.
    fn dial(&self, deadline: Deadline) -> Result<TcpStream> {
        let failed =
            |e: io::Error| Error::Connect(io::Error::new(e.kind(), format!("{}: {e}", self.text)));
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in (self.is.resolvable(), self.is.port).to_socket_addrs().map_err(failed)? {
            let left = deadline.remaining().map_err(failed)?.unwrap_or(WITHIN);
            match TcpStream::connect_timeout(&address, left) {
                Ok(stream) => return Ok(stream),
                Err(e) => last = e,
            }
        }
        Err(failed(last))
    }
}

/// A request for a WebSocket, and the stream on which it is sent.
struct Asking<S> {
    url: Parsed,
    stream: S,
}

impl<S: Duplex + Send + 'static> Asking<S> {
    /// Sends the request, and returns the answer.
    fn ask(self, headers: &[(&str, &str)]) -> Result<(Response<Vec<u8>>, Peer)> {
        let Parsed { text, is } = self.url;
        let mut peer = Peer::named(self.stream, Role::Client, &format!("Peer of {text}"))?;
        let mut request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n",
            is.target, is.authority
        );
        push(&mut request, headers);
        peer.try_send_head(&request).map_err(Error::Lost)?;
        let answer = peer.read_response();
        let answer =
            answer.map_err(|got| Error::other(format!("{text}: no HTTP response: {got}")))?;
        Ok((answer, peer))
    }

    /// Sends the request, and returns the peer after a good 101.
    fn open(self, headers: &[(&str, &str)]) -> Result<Peer> {
        let text = self.url.text.clone();
        let (answer, mut peer) = self.ask(headers)?;
        if answer.status() != 101 {
            return Err(Error::Refused(Box::new(answer)));
        }
        let value = |name| answer.headers().get(name)?.to_str().ok();
        let key = value("sec-websocket-accept");
        if key != Some(&accept(KEY)[..]) {
            return Err(Error::other(format!("{text}: a 101 with Sec-WebSocket-Accept {key:?}")));
        }
        let answers = answer.headers().get_all(EXTENSIONS).iter();
        peer.agree_by(answers.filter_map(|answer| answer.to_str().ok()));
        Ok(peer)
    }
}
