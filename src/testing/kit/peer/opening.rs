//! The opening handshake of a [`Peer`], with none of the library's code (RFC 6455 §4).

use std::fmt::Write as _;
use std::net::TcpStream;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use sha1::{Digest, Sha1};

use super::super::super::pair::{CAPACITY, end};
use super::super::super::pipe::Pipe;
use super::peer::{Came, End, Opening, Peer};
use crate::connection::WebSocket;
use crate::error::{Error, Result};
use crate::io::Duplex;
use crate::proto::rules::Role;
use crate::proto::url::Url;
use crate::transport::Stream;

/// The key of RFC 6455 §1.3. A peer that compares it with the answer needs no other.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// The most bytes of a head.
const MOST: usize = 64 << 10;

impl Peer {
    /// Opens a connection in memory. Returns a [`WebSocket`] of this role, and the peer at its other end.
    ///
    /// See [`pair`](crate::testing::pair) for how one thread can use both.
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
        let other = match role {
            Role::Client => Role::Server,
            Role::Server => Role::Client,
        };
        (end(near, role), Self::with(Stream::boxed(far), None, other, "the peer"))
    }

    /// Opens a connection to a server, as a client: `ws://host:port/path`.
    ///
    /// # Errors
    /// The URL cannot be used, nobody answers, or the answer is not 101. For `wss://`, use
    /// [`connect_over`](Self::connect_over) with a [`TlsStream`](crate::TlsStream).
    pub fn connect(url: &str) -> Result<Self> {
        let parsed = Url::parse(url)?;
        if parsed.secure {
            return Err(Error::other("a Peer does no TLS: give `connect_over` a TlsStream"));
        }
        let stream = TcpStream::connect((parsed.resolvable(), parsed.port));
        let stream = stream.map_err(|e| Error::other(format!("{url}: {e}")))?;
        Self::connect_over(url, stream, &[])
    }

    /// Opens a connection to a server over a stream that leads to it, with these headers besides those
    /// of the handshake.
    ///
    /// # Errors
    /// The URL cannot be used, or the answer is not 101 with the right `Sec-WebSocket-Accept`.
    pub fn connect_over(
        url: &str,
        stream: impl Duplex + Send + 'static,
        headers: &[(&str, &str)],
    ) -> Result<Self> {
        let parsed = Url::parse(url)?;
        let mut peer = Self::named(stream, Role::Client, &format!("Peer of {url}"))?;
        let mut request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n",
            parsed.target, parsed.authority
        );
        push(&mut request, headers);
        peer.send_head(&request);
        let head = peer.read_head().ok_or_else(|| Error::other(format!("{url}: no answer")))?;
        let accept = format!("sec-websocket-accept: {}", accept(KEY));
        let is_good = head.starts_with("HTTP/1.1 101")
            && head.lines().any(|line| line.eq_ignore_ascii_case(&accept));
        if !is_good {
            return Err(Error::other(format!(
                "{url}: the server answered {}",
                super::report::quoted(head.as_bytes())
            )));
        }
        peer.opening = Opening::Done(head);
        Ok(peer)
    }

    /// Takes a client's connection, as a server: reads its request. The 101 is sent by
    /// [`open`](Self::open), or before whatever else this peer sends or expects first.
    ///
    /// # Errors
    /// No request has come in time, or it is none for a WebSocket.
    pub fn accept(stream: impl Duplex + Send + 'static) -> Result<Self> {
        Self::accept_named(stream, "the peer")
    }

    pub(crate) fn accept_named(stream: impl Duplex + Send + 'static, name: &str) -> Result<Self> {
        let mut peer = Self::named(stream, Role::Server, name)?;
        let head = peer.read_head().ok_or_else(|| Error::other(format!("{name}: no request")))?;
        let request = parse(&head).ok_or_else(|| {
            Error::other(format!(
                "{name}: no request for a WebSocket: {}",
                super::report::quoted(head.as_bytes())
            ))
        })?;
        peer.request = request;
        peer.opening = Opening::Asked;
        Ok(peer)
    }

    /// Returns the request that opened the connection, on a server. Otherwise it is empty.
    #[must_use]
    pub fn request(&self) -> &Request<()> {
        &self.request
    }

    /// Returns the head of the server's answer, on a client. Otherwise it is empty.
    #[must_use]
    pub fn response(&self) -> &str {
        match &self.opening {
            Opening::Done(head) => head,
            Opening::Asked => "",
        }
    }

    /// Grants the client's request with a 101, which has these headers besides those of the handshake.
    #[track_caller]
    pub fn open(&mut self, headers: &[(&str, &str)]) {
        let key = self.request.headers().get("sec-websocket-key");
        let key = key.and_then(|key| key.to_str().ok()).unwrap_or_default();
        let mut response = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n",
            accept(key)
        );
        push(&mut response, headers);
        self.opening = Opening::Done(String::new());
        self.send_head(&response);
    }

    /// Answers the client's request with another status, and ends the connection.
    #[track_caller]
    pub fn refuse(&mut self, status: u16, body: &str) {
        let len = body.len();
        let response = format!(
            "HTTP/1.1 {status} Refused\r\nConnection: close\r\nContent-Length: {len}\r\n\r\n{body}"
        );
        self.opening = Opening::Done(String::new());
        self.write(response.as_bytes(), &format!("HTTP/1.1 {status}"));
        self.cut();
    }

    /// Sends the 101, if it is due.
    #[track_caller]
    pub(super) fn open_if_asked(&mut self) {
        if matches!(self.opening, Opening::Asked) {
            self.open(&[]);
        }
    }

    #[track_caller]
    fn send_head(&mut self, head: &str) {
        let first = head.lines().next().unwrap_or_default().to_owned();
        self.write(format!("{head}\r\n").as_bytes(), &first);
    }

    /// Reads a head. `None` if none comes whole in time.
    fn read_head(&mut self) -> Option<String> {
        let deadline = self.deadline();
        loop {
            if let Some(head) = self.frames.head(MOST) {
                let head = String::from_utf8_lossy(&head).into_owned();
                let first = head.lines().next().unwrap_or_default();
                self.transcript.note("<-", first);
                return Some(head);
            }
            match self.more(deadline) {
                Came::Nothing | Came::End(End::Fin | End::Reset | End::Failed(_)) => return None,
                Came::Frame(_) | Came::Bytes => {}
            }
        }
    }
}

fn push(head: &mut String, headers: &[(&str, &str)]) {
    for (name, value) in headers {
        // A String takes everything.
        let _ = write!(head, "{name}: {value}\r\n");
    }
}

/// The answer to a key (RFC 6455 §4.2.2).
fn accept(key: &str) -> String {
    STANDARD.encode(Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")))
}

fn parse(head: &str) -> Option<Request<()>> {
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut parsed = httparse::Request::new(&mut headers);
    parsed.parse(head.as_bytes()).ok()?;
    let request = Request::builder().method(parsed.method?).uri(parsed.path?);
    let request = parsed
        .headers
        .iter()
        .fold(request, |request, header| request.header(header.name, header.value));
    let request = request.body(()).ok()?;
    request.headers().contains_key("sec-websocket-key").then_some(request)
}
