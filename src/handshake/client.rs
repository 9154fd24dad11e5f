//! The client's side of the opening handshake over a stream (RFC 6455 §4.1). The rules are in
//! `proto::handshake`.

use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use http::{Request, Response, StatusCode, header};

use super::http_io::{BODY, continue_head, last_words, start_of_body, write_out};
use super::prepared_request::PreparedRequest;
use super::server_rules::ServerRules;
use super::upgraded::{Unshared, Upgraded};
use crate::error::{Error, Result};
use crate::io::{Timed, is_timeout};
use crate::process;
use crate::proto::bytes::first_line;
use crate::proto::compression::Deflate;
use crate::proto::handshake::Chosen;
use crate::proto::http::{Head, Split, elements, hide_secrets, keep_refusal};
use crate::proto::rules::{HandshakeError, Limits};
use crate::proto::{handshake, url};

/// What a client still reads when the handshake is refused or has failed, in a shorter time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reads {
    /// The answer of a server that did not take the whole request.
    LastWords,
    /// The body of a refusal with this status. It may take [`BODY`].
    Body(StatusCode),
}

impl Reads {
    /// Shortens the deadline. With `goes_on` a redirect is followed, so its body is not read.
    pub(crate) fn hurry<S>(self, timed: &mut Timed<'_, S>, goes_on: bool) {
        match self {
            Self::LastWords => last_words(timed),
            Self::Body(status) if goes_on && status.is_redirection() => timed.hurry(Duration::ZERO),
            Self::Body(_) => timed.hurry(BODY),
        }
    }
}

/// Does the client's side of the handshake. The request may have a [`Spelling`] among its
/// extensions. `hurry` shortens the deadline of a stream that has a deadline, and returns `true` if
/// it has.
pub(crate) fn connect<S: Read + Write>(
    stream: &mut S,
    prepared: PreparedRequest,
    (rules, limits): (&ServerRules, &Limits),
    hurry: impl Fn(&mut S, Reads) -> bool,
) -> Result<Upgraded> {
    let PreparedRequest { url, request, spelling } = prepared;
    let deflate = rules.deflate.as_ref().and_then(Deflate::usable);
    let key = handshake::new_key(process::random()?);
    let asked = handshake::write_request(&url, request.headers(), &spelling, &key, deflate);
    let (mut response, behind) = match write_out(stream, &asked) {
        Ok(()) => read_response(stream, limits)?,
        Err(e) => read_last_words(stream, limits, &hurry, e)?,
    };
    let secrets = url::secrets(request.headers(), url.credentials.as_ref());
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let Chosen { subprotocol, deflate } =
            handshake::check_response(&response, &key, &request, deflate)?;
        if subprotocol.is_none() && rules.requires_subprotocol {
            return Err(no_common_subprotocol(&request).into());
        }
        hide_secrets(response.headers_mut(), &secrets);
        let mut opened = Unshared::new(request);
        opened.subprotocol = subprotocol;
        opened.response = Some(Box::new(response));
        return Ok(Upgraded { opened, deflate, already_read: behind });
    }
    hurry(stream, Reads::Body(response.status()));
    let body = start_of_body(stream, &response, behind);
    Err(Error::Refused(keep_refusal(response, body, &secrets)))
}

fn no_common_subprotocol(request: &Request<()>) -> HandshakeError {
    let offered: Vec<_> = elements(request.headers(), &header::SEC_WEBSOCKET_PROTOCOL).collect();
    let offered = if offered.is_empty() { "none".to_owned() } else { offered.join(", ") };
    let text = format!("the client offered {offered}, and the server chose none");
    HandshakeError::NoCommonSubprotocol(text.into())
}

/// Reads the answer of a server that did not take the whole request. The error is `failed`, the
/// reason why the request was not sent, if there is no answer or a 101: that needs a whole request.
fn read_last_words<S: Read>(
    stream: &mut S,
    limits: &Limits,
    hurry: impl Fn(&mut S, Reads) -> bool,
    failed: Error,
) -> Result<(Response<()>, Vec<u8>)> {
    let is_bounded = hurry(stream, Reads::LastWords);
    let is_late = matches!(&failed, Error::Lost(e) if is_timeout(e));
    // Without a deadline, a peer that does not read may never say anything.
    if is_late && !is_bounded {
        return Err(failed);
    }
    match read_response(stream, limits) {
        Ok(read) if read.0.status() != StatusCode::SWITCHING_PROTOCOLS => Ok(read),
        Ok(_) | Err(_) => Err(failed),
    }
}

/// Reads the head of the final response, and returns it with the bytes after it.
fn read_response(stream: &mut impl Read, limits: &Limits) -> Result<(Response<()>, Vec<u8>)> {
    let mut already_read = Vec::new();
    loop {
        let mut head = Head::default();
        let read = continue_head(&mut head, stream, limits, already_read);
        let Split { head, behind } = read.map_err(|e| no_http(e, &head))?;
        let response = handshake::parse_response(&head, limits)?;
        match response.status() {
            // RFC 9110 §15.2: interim responses come before the final response.
            status if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS => {
                already_read = behind;
            }
            _ => return Ok((response, behind)),
        }
    }
}

/// Quotes what a server has sent that does not speak HTTP at all.
fn no_http(error: Error, head: &Head) -> Error {
    match (error, head.no_http()) {
        (Error::Handshake(HandshakeError::BadHead(_)), Some(sent)) => {
            let sent = first_line(sent);
            let text =
                format!("this server does not speak HTTP/1: it sent {sent}; check host and port");
            Error::Connect(io::Error::new(ErrorKind::InvalidData, text))
        }
        (error, _) => error,
    }
}
