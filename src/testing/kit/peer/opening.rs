//! The opening handshake of a [`Peer`] that is a server, and what both sides need of it; with none
//! of the library's code (RFC 6455 §4.2).

use std::fmt::Write as _;
use std::io;

use http::{Request, Version};

use super::super::wire_log::WireLog;
use super::compression::Compression;
use super::peer::{Came, Opening, Peer, WITHIN};
use super::report::{first_line, quoted};
use crate::error::{Error, Result};
use crate::io::{Deadline, Duplex};
use crate::proto::rules::Role;
use crate::proto::wire::accept;

/// The key of RFC 6455 §1.3. A peer that compares it with the answer needs no other.
pub(super) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub(super) const EXTENSIONS: &str = "sec-websocket-extensions";
/// The most bytes of a head.
const MOST: usize = 64 << 10;

impl Peer {
    /// Takes a client's connection, as a server: reads its request. The 101 is sent by
    /// [`open`](Self::open), or before whatever else this peer sends or expects first.
    ///
    /// Blocks for 5 seconds at most.
    ///
    /// ```
    /// use blocking_ws::Client;
    /// use blocking_ws::testing::{Peer, Pipe};
    ///
    /// let (near, far) = Pipe::new(4096);
    /// let client = std::thread::spawn(|| {
    ///     Client::new().connect_over("ws://localhost/chat", near)?.recv()
    /// });
    /// let mut peer = Peer::accept(far)?;
    /// assert_eq!(peer.request().uri(), "/chat");
    /// peer.send("welcome");
    /// assert_eq!(client.join().unwrap()?, Some("welcome".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// No request has come in time, or it is none for a WebSocket.
    pub fn accept(stream: impl Duplex + Send + 'static) -> Result<Self> {
        Self::accept_named(stream, "the peer", Deadline::after(Some(WITHIN)), None)
            .map_err(Error::other)
    }

    /// The same by a deadline. The error is what came instead.
    pub(crate) fn accept_named(
        stream: impl Duplex + Send + 'static,
        name: &str,
        deadline: Deadline,
        log: Option<&WireLog>,
    ) -> Result<Self, String> {
        let mut peer = Self::named(stream, Role::Server, name).map_err(|e| e.to_string())?;
        if let Some(log) = log {
            peer.log(log);
        }
        let head = peer.read_head(deadline).map_err(|got| format!("no request came, but {got}"))?;
        match parse(&head) {
            Some(request) if asks_for_websocket(&request) => peer.asked(request),
            _ => {
                let head = quoted_head(head.as_bytes());
                return Err(format!("no request for a WebSocket: {head}"));
            }
        }
        Ok(peer)
    }

    /// Expects an HTTP request of any kind, and returns its head. A body is not read.
    ///
    /// This is for what [`accept`](Self::accept) does not take, such as what a client asks a proxy.
    /// After a request for a WebSocket, the 101 is sent as after `accept`.
    ///
    /// ```
    /// use blocking_ws::testing::{Peer, Pipe};
    /// use blocking_ws::{Error, Role, WebSocket, http::Request};
    ///
    /// let (near, far) = Pipe::new(4096);
    /// let client = std::thread::spawn(|| {
    ///     WebSocket::connect(Request::get("ws://localhost/chat").body(()).unwrap(), near)
    /// });
    /// let mut peer = Peer::over(far, Role::Server)?;
    /// assert_eq!(peer.expect_request().uri(), "/chat");
    /// peer.open(&[("Sec-WebSocket-Protocol", "unasked")]);
    /// assert!(matches!(client.join().unwrap(), Err(Error::Handshake(_))));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Panics
    /// As [`expect_text`](Self::expect_text).
    #[track_caller]
    pub fn expect_request(&mut self) -> Request<()> {
        let expected = "an HTTP request";
        match self.read_head(self.deadline()) {
            Ok(head) => match parse(&head) {
                Some(request) => {
                    self.asked(request.clone());
                    request
                }
                None => self.fail(expected, &quoted_head(head.as_bytes())),
            },
            Err(got) => self.fail(expected, &got),
        }
    }

    fn asked(&mut self, request: Request<()>) {
        if asks_for_websocket(&request) {
            self.opening = Opening::Asked;
        }
        self.request = request;
    }

    /// Returns the request that came last, on a server: the one that opened the connection. Otherwise
    /// it is empty.
    #[must_use]
    pub fn request(&self) -> &Request<()> {
        &self.request
    }

    /// Returns the head of the server's last answer, on a client, with the heads of interim answers
    /// (1xx) before it. Otherwise it is empty.
    #[must_use]
    pub fn response(&self) -> &str {
        &self.response_head
    }

    /// Grants the client's request with a 101, which has these headers besides those of the
    /// handshake.
    ///
    /// If `Sec-WebSocket-Extensions` with `permessage-deflate` is among them, the peer has agreed
    /// on it, whatever the client offered.
    ///
    /// # Panics
    /// As [`send`](Self::send). So do the other methods that answer.
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
        self.opening = Opening::Done;
        let answers = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(EXTENSIONS));
        self.agree_by(answers.map(|(_, answer)| *answer));
        if let Err(e) = self.try_send_head(&response) {
            self.fail("room to send a 101", &e.to_string());
        }
    }

    /// Answers the client's request with another status, and ends the connection.
    #[track_caller]
    pub fn refuse(&mut self, status: u16, body: &str) {
        let len = body.len();
        self.answer(format!(
            "HTTP/1.1 {status} Refused\r\nConnection: close\r\nContent-Length: {len}\r\n\r\n{body}"
        ));
    }

    /// Answers the client's request with these bytes as they are, and ends the connection.
    ///
    /// ```
    /// use blocking_ws::testing::MockServer;
    /// use blocking_ws::{Client, Error};
    ///
    /// let mock = MockServer::new()?.on_connection(|peer| {
    ///     peer.answer("HTTP/1.1 302 Found\r\nLocation: /log-in\r\n\r\n");
    /// });
    /// match Client::new().connect(&mock.url()) {
    ///     Err(Error::Refused(response)) => assert_eq!(response.headers()["location"], "/log-in"),
    ///     outcome => panic!("{outcome:?}"),
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    #[track_caller]
    pub fn answer(&mut self, bytes: impl AsRef<[u8]>) {
        self.bytes(bytes);
        self.cut();
    }

    /// Sends the 101, if it is due.
    #[track_caller]
    pub(crate) fn open_if_asked(&mut self) {
        if matches!(self.opening, Opening::Asked) {
            self.open(&[]);
        }
    }

    /// Agrees on what the lines of an answer say.
    pub(super) fn agree_by<'a>(&mut self, answers: impl Iterator<Item = &'a str>) {
        let answer = answers.collect::<Vec<_>>().join(",");
        self.compression = Compression::agreed(&answer, self.role);
    }

    pub(super) fn try_send_head(&mut self, head: &str) -> io::Result<()> {
        self.transcript.note("->", &first_line(head.as_bytes()));
        self.try_write_all(format!("{head}\r\n").as_bytes(), self.deadline())
    }

    /// Reads a head. The error is what came instead.
    pub(super) fn read_head(&mut self, deadline: Deadline) -> Result<String, String> {
        loop {
            if let Some(head) = self.frames.head(MOST) {
                let head = String::from_utf8_lossy(&head).into_owned();
                self.transcript.note("<-", &first_line(head.as_bytes()));
                return Ok(head);
            }
            if self.frames.rest().len() > MOST {
                let begin = quoted_head(self.frames.rest());
                return Err(format!("a head of more than {MOST} bytes, from {begin} on"));
            }
            match self.more(deadline) {
                Came::Frame(_) | Came::Bytes => {}
                came => {
                    let behind = match self.frames.rest() {
                        [] => String::new(),
                        part => format!(", behind {}", quoted_head(part)),
                    };
                    return Err(format!("{came}{behind}"));
                }
            }
        }
    }
}

/// A head for people, shortened to its first line.
pub(super) fn quoted_head(head: &[u8]) -> String {
    quoted(first_line(head).as_bytes())
}

pub(super) fn push(head: &mut String, headers: &[(&str, &str)]) {
    for (name, value) in headers {
        // A String takes everything.
        let _ = write!(head, "{name}: {value}\r\n");
    }
}

fn parse(head: &str) -> Option<Request<()>> {
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut parsed = httparse::Request::new(&mut headers);
    parsed.parse(head.as_bytes()).ok()?;
    let version = if parsed.version? == 0 { Version::HTTP_10 } else { Version::HTTP_11 };
    let request = Request::builder().method(parsed.method?).uri(parsed.path?).version(version);
    let request = parsed
        .headers
        .iter()
        .fold(request, |request, header| request.header(header.name, header.value));
    request.body(()).ok()
}

fn asks_for_websocket(request: &Request<()>) -> bool {
    request.headers().contains_key("sec-websocket-key")
}
