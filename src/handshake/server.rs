//! The server's side of the opening handshake over a stream (RFC 6455 §4.2): reads the request, and
//! writes what `answer` says to it. Every request gets an answer.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;

use http::Method;

use super::answer::answer;
use super::http_hook;
use super::http_io::{continue_head, write_out};
use super::refusal::Refusal;
use super::server_rules::ServerRules;
use super::upgraded::Upgraded;
use crate::error::{Error, Result};
use crate::io::{Deadline, LAST_WORDS, Timed, is_timeout};
use crate::proto::handshake::{self, Peer};
use crate::proto::http::{Head, Split};
use crate::proto::rules::{HandshakeError, Limits};

/// Does the server's side of the handshake. If the error is `Error::Handshake` or `Error::Refused`,
/// the request has been answered.
///
/// If `busy` returns `true`, the request is refused. `late` gives a stream whose deadline has passed
/// a moment for the answer, and returns `true` if it can.
pub(crate) fn accept<S: Read + Write>(
    stream: &mut S,
    (rules, limits): (&ServerRules, &Limits),
    peer: Peer,
    busy: impl FnOnce() -> bool,
    late: impl FnOnce(&mut S) -> bool,
) -> Result<Upgraded> {
    let mut head = Head::default();
    let Split { head, behind } = match continue_head(&mut head, stream, limits, Vec::new()) {
        Ok(head) => head,
        Err(Error::Handshake(broken)) => return Err(refuse(stream, &Method::GET, broken)),
        // A browser opens connections that it may never use. It would show an answer on such a
        // connection to its user.
        Err(Error::Lost(e)) if is_timeout(&e) && !head.is_empty() => {
            if late(stream) {
                return Err(refuse(stream, &Method::GET, HandshakeError::SlowHead));
            }
            return Err(Error::Lost(e));
        }
        Err(e) => return Err(e),
    };
    let request = match handshake::parse_request(&head, limits) {
        Ok(request) => request,
        Err(broken) => return Err(refuse(stream, &Method::GET, broken)),
    };
    if let Some(page) = rules.page(&request) {
        return Err(match handshake::check_host(&request) {
            Ok(()) => http_hook::answer(stream, page, &request),
            Err(broken) => refuse(stream, request.method(), broken),
        });
    }
    let method = request.method().clone();
    match answer(request, rules, peer, busy) {
        Ok(granted) => {
            write_out(stream, &handshake::write_switching(&granted.response))?;
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

/// Gives a moment to a stream whose deadline has passed.
pub(crate) fn late<S>(timed: &mut Timed<'_, S>) -> bool {
    timed.deadline = Deadline::after(Some(LAST_WORDS));
    true
}

/// Says what is known of a peer, given the answer to the question for its address.
pub(crate) fn peer(address: io::Result<SocketAddr>) -> Peer {
    match address {
        Ok(address) => Peer::Ip(address),
        Err(e) if e.kind() == ErrorKind::Unsupported => Peer::Local,
        Err(_) => Peer::Unknown,
    }
}

/// Answers a request that broke a rule, and returns the rule as the error.
fn refuse(stream: &mut impl Write, method: &Method, broken: HandshakeError) -> Error {
    let refusal = Refusal::explain(broken);
    // The caller wants to know the rule, even if the answer cannot be sent.
    let _ = write_out(stream, &handshake::write_refusal(refusal.response(), method));
    refusal.into()
}
