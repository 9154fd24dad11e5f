//! The server's side of the opening handshake over a stream (RFC 6455 §4.2): reads the request, and
//! writes what `answer` says to it. Every request gets an answer.

use std::io::{Read, Write};

use http::header::{self, HeaderValue};
use http::{Method, Request, StatusCode};

use super::answer::{Admits, answer};
use super::http_hook;
use super::http_io::{continue_head, write_out};
use super::refusal::Refusal;
use super::routes::Plain;
use super::server_rules::ServerRules;
use super::upgraded::{OtherEnd, Unshared, Upgraded};
use crate::error::{Error, Result};
use crate::io::{Deadline, LAST_WORDS, Timed, is_timeout};
use crate::process::Numbered;
use crate::proto::handshake::{self, Peer};
use crate::proto::http::{Head, Split};
use crate::proto::rules::{HandshakeError, Limits};
use crate::transport::Stream;

/// Does the server's side of the handshake. If the error is `Error::Handshake` or `Error::Refused`,
/// the request has been answered.
///
/// `room` is asked once the request is known to be good. `late` gives a stream whose deadline has passed a moment for the answer, and returns `true` if it can.
pub(crate) fn accept<S: Read + Write>(
    stream: &mut S,
    (rules, limits): (&ServerRules, &Limits),
    other: impl Into<OtherEnd>,
    room: &impl Admits,
    late: impl FnOnce(&mut S) -> bool,
) -> Result<Upgraded> {
    let other = other.into();
    let Split { head: mut bytes, behind } = read_request(stream, limits, late)?;
    let mut opened = Unshared::default();
    let parsed = handshake::parse_request(&bytes, limits, &mut opened.request);
    if let Err(broken) = parsed.and_then(|()| handshake::check_host(&opened.request)) {
        return Err(refuse(stream, &Method::GET, broken));
    }
    if handshake::is_plain(&opened.request) {
        answer_plain(stream, &mut opened.request, rules, other.connection)?;
    }
    let method = opened.request.method().clone();
    match answer(opened, rules, other, room) {
        Ok(granted) => {
            // The answer is as long as the request, so it takes the same memory.
            bytes.clear();
            granted.write(&mut bytes);
            write_out(stream, &bytes)?;
            Ok(granted.upgraded(behind))
        }
        Err(refusal) => {
            let written = write_out(stream, &handshake::write_refusal(refusal.response(), &method));
            match Error::from(refusal) {
                // The caller wants to know the rule, even if the answer cannot be sent.
                broken @ Error::Handshake(_) => Err(broken),
                refused => written.and(Err(refused)),
            }
        }
    }
}

/// Reads the head of a request. If the error is `Error::Handshake`, it has been answered.
#[inline(never)]
fn read_request<S: Read + Write>(
    stream: &mut S,
    limits: &Limits,
    late: impl FnOnce(&mut S) -> bool,
) -> Result<Split> {
    let mut head = Head::default();
    match continue_head(&mut head, stream, limits, Vec::new()) {
        Err(Error::Handshake(broken)) => Err(refuse(stream, &Method::GET, broken)),
        // A browser opens connections that it may never use. It would show an answer on such a
        // connection to its user.
        Err(Error::Lost(e)) if is_timeout(&e) && !head.is_empty() => {
            if late(stream) {
                return Err(refuse(stream, &Method::GET, HandshakeError::SlowHead));
            }
            Err(Error::Lost(e))
        }
        read => read,
    }
}

/// Answers a request that does not ask for WebSocket, if the server has something for it. Then
/// returns the error because of which there is no connection.
#[inline(never)]
fn answer_plain(
    stream: &mut impl Write,
    request: &mut Request<()>,
    rules: &ServerRules,
    connection: Numbered,
) -> Result<()> {
    let page = match rules.routes.page(request) {
        Plain::Page(page, params) => {
            request.extensions_mut().insert(params);
            page
        }
        Plain::OtherMethods(methods) => {
            let methods: Vec<_> = methods.iter().map(Method::as_str).collect();
            let methods = methods.join(", ");
            let text = format!("at this path, the methods are {methods}\n");
            let mut refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, text);
            if let Ok(methods) = HeaderValue::from_str(&methods) {
                refusal = refusal.header(header::ALLOW, methods);
            }
            return Err(turn_away(stream, request, &refusal, connection));
        }
        Plain::Nothing => match &rules.page {
            Some(page) => page,
            None if rules.routes.lacks(request.uri().path()) => {
                let text = "there is nothing at this path\n";
                let refusal = Refusal::new(StatusCode::NOT_FOUND, text);
                return Err(turn_away(stream, request, &refusal, connection));
            }
            None => return Ok(()),
        },
    };
    Err(http_hook::answer(stream, page, request, connection))
}

/// Refuses plain HTTP, and returns the error because of which there is no connection.
fn turn_away(
    stream: &mut impl Write,
    request: &Request<()>,
    refusal: &Refusal,
    connection: Numbered,
) -> Error {
    let (response, method) = (refusal.response(), request.method());
    http_hook::note(request, response.status(), connection);
    let written = write_out(stream, &handshake::write_refusal(response, method));
    written.err().unwrap_or_else(|| HandshakeError::NotAnUpgrade.into())
}

/// Gives a moment to a stream whose deadline has passed.
pub(crate) fn late<S>(timed: &mut Timed<'_, S>) -> bool {
    timed.deadline = Deadline::after(Some(LAST_WORDS));
    true
}

/// Says what is known of the other end of a stream.
pub(crate) fn peer(stream: &Stream) -> Peer {
    match stream.peer_addr() {
        Ok(address) => Peer::Ip(address),
        Err(_) if stream.is_unix() => Peer::Local,
        Err(_) => Peer::Unknown,
    }
}

/// Answers a request that broke a rule, and returns the rule as the error.
#[cold]
#[inline(never)]
fn refuse(stream: &mut impl Write, method: &Method, broken: HandshakeError) -> Error {
    let refusal = Refusal::explain(broken);
    // The caller wants to know the rule, even if the answer cannot be sent.
    let _ = write_out(stream, &handshake::write_refusal(refusal.response(), method));
    refusal.into()
}
