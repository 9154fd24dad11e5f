//! Heads of HTTP messages, lists in headers, and what two ends agree on.

use std::time::{Duration, SystemTime};

use http::header::{HeaderMap, HeaderName};
use http::{Request, Response};

use super::Url;
use crate::handshake::retry_after as asked_delay;
use crate::proto::compression::{Agreed, Deflate};
use crate::proto::handshake::{self, Origins, Peer, TrustedProxies};
use crate::proto::http::{self as heads, Spelling, Split};
use crate::proto::rules::{HandshakeError, Limits};

/// A complete head, and the bytes that were read after it.
pub type Whole = (Vec<u8>, Vec<u8>);

/// A head that is still arriving.
#[derive(Debug, Default)]
pub struct Head(heads::Head);

impl Head {
    /// Adds bytes that were read. Returns the head and the bytes after it once the head is
    /// complete.
    pub fn push(&mut self, read: &[u8]) -> Result<Option<Whole>, HandshakeError> {
        let split = self.0.push(read, &Limits::default())?;
        Ok(split.map(|Split { head, behind }| (head, behind)))
    }

    /// The longest head that is accepted.
    #[must_use]
    pub fn most() -> usize {
        Limits::default().head
    }
}

/// Parses the head of a request.
pub fn parse_request(head: &[u8]) -> Result<Request<()>, HandshakeError> {
    let mut request = Request::new(());
    handshake::parse_request(head, &Limits::default(), &mut request).map(|()| request)
}

/// Parses the head of a response.
pub fn parse_response(head: &[u8]) -> Result<Response<()>, HandshakeError> {
    handshake::parse_response(head, &Limits::default())
}

/// Checks a request as a server does, and returns the `Sec-WebSocket-Accept` of the answer.
pub fn check_request(request: &Request<()>) -> Result<String, HandshakeError> {
    handshake::check_request(request)
}

/// Checks the Host header of a request.
pub fn check_host(request: &Request<()>) -> Result<(), HandshakeError> {
    handshake::check_host(request)
}

/// Checks a response as a client does. Returns the subprotocol and what was agreed on compression.
pub fn check_response(
    response: &Response<()>,
    key: &str,
    asked: &Request<()>,
    deflate: Option<&Deflate>,
) -> Result<(Option<String>, Option<Agreement>), HandshakeError> {
    let chosen = handshake::check_response(response, key, asked, deflate)?;
    Ok((chosen.subprotocol, chosen.deflate.map(Agreement)))
}

/// Writes a client's request.
#[must_use]
pub fn write_request(
    url: &Url,
    headers: &HeaderMap,
    key: &str,
    deflate: Option<&Deflate>,
) -> Vec<u8> {
    handshake::write_request(url.inner(), headers, &Spelling::default(), key, deflate)
}

/// Checks that a request comes from no page, or from one of the server's own host.
pub fn check_origin(request: &Request<()>) -> Result<(), HandshakeError> {
    let hosts = TrustedProxies::default().hosts(request.headers(), Peer::Unknown);
    Origins::default().check(request.headers(), &hosts)
}

/// Writes the response that opens a connection.
#[must_use]
pub fn write_switching(
    accept: &str,
    subprotocol: Option<&str>,
    extensions: Option<&str>,
    more: &HeaderMap,
) -> Vec<u8> {
    let mut head = Vec::new();
    handshake::write_switching(&mut head, accept, subprotocol, extensions, more);
    head
}

/// The elements of a list in a header.
pub fn elements<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    heads::elements(headers, name)
}

/// The extensions in a header, with their parameters. A malformed extension is `None`.
#[must_use]
pub fn extensions(headers: &HeaderMap) -> Vec<Option<Named>> {
    let name = |one: heads::Extension<'_>| {
        let parameters = one.parameters.into_iter().map(|(name, value)| (name.to_owned(), value));
        (one.name.to_owned(), parameters.collect())
    };
    heads::extensions(headers).map(|one| one.map(name)).collect()
}

/// An extension's name and its parameters.
pub type Named = (String, Vec<(String, Option<String>)>);

/// The subprotocol that a server chooses.
#[must_use]
pub fn choose<'a>(offered: &HeaderMap, supported: &'a [String]) -> Option<&'a str> {
    heads::choose_subprotocol(offered, supported)
}

/// The time that `Retry-After` asks for.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    asked_delay(headers, now)
}

/// What one end has agreed on compression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement(Agreed);

impl Agreement {
    /// The offer of a client with these settings.
    #[must_use]
    pub fn offer(settings: &Deflate) -> String {
        settings.offer()
    }

    /// What a server with these settings agrees to, given a client's offers.
    #[must_use]
    pub fn answer(settings: &Deflate, headers: &HeaderMap) -> Option<Self> {
        settings.answer(headers).map(Self)
    }

    /// What a client with these settings agrees to, given a server's answer.
    pub fn judge(settings: &Deflate, headers: &HeaderMap) -> Result<Option<Self>, HandshakeError> {
        settings.judge(headers).map(|agreed| agreed.map(Self))
    }

    /// The text of the server's answer.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.0.answer
    }

    /// Returns `true` if sent messages refer to earlier ones, and the window as a power of two.
    #[must_use]
    pub fn send(&self) -> (bool, u8) {
        (self.0.send.takeover, self.0.send.window_bits)
    }

    /// The same for received messages.
    #[must_use]
    pub fn recv(&self) -> (bool, u8) {
        (self.0.recv.takeover, self.0.recv.window_bits)
    }

    pub(super) fn agreed(&self) -> &Agreed {
        &self.0
    }
}

/// The start of a response's body, up to the length that is kept.
#[derive(Debug)]
pub struct Body(heads::Body);

impl Body {
    /// Begins with the bytes that were read after the head.
    #[must_use]
    pub fn new(response: &Response<()>, read: Vec<u8>) -> Self {
        Self(heads::Body::new(response, read))
    }

    /// Adds bytes that were read.
    pub fn push(&mut self, read: &[u8]) {
        self.0.push(read);
    }

    /// Returns `true` if no more bytes are needed.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.0.is_enough()
    }

    /// Returns the start of the body.
    #[must_use]
    pub fn start(self) -> Vec<u8> {
        self.0.start()
    }
}
