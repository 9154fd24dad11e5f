//! The HTTP response that a [`Peer`] gets, with its body (RFC 9112 §6).

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Response, StatusCode};

use super::opening::quoted_head;
use super::peer::{Came, Peer, StreamEnd};
use crate::io::Deadline;

/// How a request begins whose response has no body (§6.3).
const HEAD: &[u8] = b"HEAD ";

/// Where a body ends (§6.3).
enum Framing {
    Length(usize),
    Chunked,
    ToTheEnd,
}

impl Peer {
    /// Expects an HTTP response, and returns it with its body. After a 101 there is none, and
    /// frames can follow. There is none either if what this peer has sent begins with `HEAD`.
    ///
    /// This is for requests that [`connect`](Self::connect) does not send:
    ///
    /// ```
    /// use std::net::TcpStream;
    ///
    /// use blocking_ws::testing::Peer;
    /// use blocking_ws::{Role, Server};
    ///
    /// let server = Server::bind("127.0.0.1:0")?.spawn(|_| Ok(()))?;
    /// let stream = TcpStream::connect(server.local_addr().unwrap())?;
    /// let mut peer = Peer::over(stream, Role::Client)?;
    /// peer.bytes("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    /// assert_eq!(peer.expect_response().status(), 405);
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Panics
    /// As [`expect_text`](Self::expect_text).
    #[track_caller]
    pub fn expect_response(&mut self) -> Response<Vec<u8>> {
        match self.read_response() {
            Ok(response) => response,
            Err(got) => self.fail("an HTTP response", &got),
        }
    }

    /// Reads a response, or returns what came instead.
    pub(super) fn read_response(&mut self) -> Result<Response<Vec<u8>>, String> {
        let deadline = self.deadline();
        self.response_head.clear();
        let head = loop {
            let head = self.read_head(deadline)?;
            self.response_head.push_str(&head);
            let parsed = parse(&head);
            let response = parsed.ok_or_else(|| quoted_head(head.as_bytes()))?;
            let status = response.status();
            // RFC 9110 §15.2: others come before the final response.
            if !status.is_informational() || status == StatusCode::SWITCHING_PROTOCOLS {
                break response;
            }
        };
        let framing = if self.asked == HEAD { Framing::Length(0) } else { Framing::of(&head) };
        self.asked.clear();
        let body = match framing {
            Framing::Length(length) => self.read_exactly(length, deadline)?,
            Framing::Chunked => self.read_chunks(deadline)?,
            Framing::ToTheEnd => {
                while self.has_more(deadline)? {}
                self.frames.take(usize::MAX)
            }
        };
        Ok(head.map(|()| body))
    }

    fn read_exactly(&mut self, length: usize, deadline: Deadline) -> Result<Vec<u8>, String> {
        while self.frames.rest().len() < length {
            if !self.has_more(deadline)? {
                let (there, of) = (self.frames.rest().len(), "bytes of a response's body");
                return Err(format!("the end behind {there} of the {length} {of}"));
            }
        }
        Ok(self.frames.take(length))
    }

    /// Reads chunks and the trailers behind them (§7.1).
    fn read_chunks(&mut self, deadline: Deadline) -> Result<Vec<u8>, String> {
        let mut body = Vec::new();
        loop {
            let line = self.read_line(deadline)?;
            let Ok(httparse::Status::Complete((_, size))) = httparse::parse_chunk_size(&line)
            else {
                return Err(format!("{} in place of a chunk", super::report::quoted(&line)));
            };
            if size == 0 {
                while self.read_line(deadline)? != b"\r\n" {}
                return Ok(body);
            }
            let size = usize::try_from(size).map_err(|e| e.to_string())?;
            body.extend(self.read_exactly(size, deadline)?);
            self.read_line(deadline)?;
        }
    }

    fn read_line(&mut self, deadline: Deadline) -> Result<Vec<u8>, String> {
        loop {
            let end = self.frames.rest().iter().position(|byte| *byte == b'\n');
            if let Some(end) = end {
                return Ok(self.frames.take(end + 1));
            }
            if !self.has_more(deadline)? {
                return Err("the end within the chunks of a response's body".to_owned());
            }
        }
    }

    /// Reads more bytes. Returns `false` at the end of the stream.
    fn has_more(&mut self, deadline: Deadline) -> Result<bool, String> {
        match self.more(deadline) {
            Came::Bytes | Came::Frame(_) => Ok(true),
            Came::End(StreamEnd::Fin) => Ok(false),
            came => Err(format!("{came}, within a response's body")),
        }
    }
}

impl Framing {
    fn of(head: &Response<()>) -> Self {
        let number = |name| head.headers().get(name)?.to_str().ok()?.parse().ok();
        let mut codings = head.headers().get_all(TRANSFER_ENCODING).iter();
        let is_chunked = |coding: &http::HeaderValue| {
            coding.as_bytes().to_ascii_lowercase().ends_with(b"chunked")
        };
        match head.status() {
            StatusCode::SWITCHING_PROTOCOLS | StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED => {
                Self::Length(0)
            }
            _ if codings.next_back().is_some_and(is_chunked) => Self::Chunked,
            _ => number(CONTENT_LENGTH).map_or(Self::ToTheEnd, Self::Length),
        }
    }
}

fn parse(head: &str) -> Option<Response<()>> {
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut parsed = httparse::Response::new(&mut headers);
    parsed.parse(head.as_bytes()).ok()?;
    let response = Response::builder().status(parsed.code?);
    let response = parsed
        .headers
        .iter()
        .fold(response, |response, header| response.header(header.name, header.value));
    response.body(()).ok()
}
