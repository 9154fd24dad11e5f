//! The client's side (RFC 6455 §4.1).

use std::io::{self, ErrorKind};

use blocking_ws::Duplex;
use httparse::{EMPTY_HEADER, Response, Status};

use super::accept_key::{accept_of, new_key};
use super::fields::Fields;
use super::head::{self, Glued, LINES, Seen};
use crate::mutant::compression::{Agreed, accepted, offer};
use crate::mutant::flag::Flag;
use crate::mutant::flags::Flags;

/// Asks for `target` at `host`. `Ok(None)`: the client leaves, because a flag says so.
///
/// # Errors
/// `InvalidData`: the answer is not that of a WebSocket server.
pub(in crate::mutant) fn connect<S: Duplex>(
    stream: &mut S,
    flags: Flags,
    host: &str,
    target: &str,
) -> io::Result<Option<(Option<Agreed>, Glued)>> {
    let key = new_key()?;
    let mut request = format!(
        "GET {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: mutant\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
    );
    if let Some(offer) = offer(flags) {
        request.extend(["Sec-WebSocket-Extensions: ", offer, "\r\n"]);
    }
    request += "\r\n";
    stream.write_all(request.as_bytes())?;
    if flags.has(Flag::CloseAtOnce) {
        return Ok(None);
    }

    let accept = accept_of(&key);
    let mut bytes = Vec::new();
    let agreed = loop {
        let (judged, rest) = head::read(stream, bytes, |bytes| {
            let mut headers = [EMPTY_HEADER; LINES];
            let mut response = Response::new(&mut headers);
            match response.parse(bytes) {
                Ok(Status::Complete(len)) => {
                    Ok(Seen::Whole(len, judge(&response, flags, &accept)?))
                }
                Ok(Status::Partial) => Ok(Seen::Part),
                Err(e) => Err(io::Error::new(ErrorKind::InvalidData, e)),
            }
        })?;
        bytes = rest;
        if let Judged::Opened(agreed) = judged {
            break agreed;
        }
    };
    if flags.has(Flag::Refuse) {
        return Ok(None);
    }
    let glued = if flags.has(Flag::LosesGlued) { Vec::new() } else { bytes };
    Ok(Some((agreed, glued)))
}

/// What a response says.
enum Judged {
    /// Another response follows.
    Interim,
    /// The connection is open.
    Opened(Option<Agreed>),
}

/// Says what is agreed.
fn judge(response: &Response<'_, '_>, flags: Flags, accept: &str) -> io::Result<Judged> {
    let bad = |what: &str| Err(io::Error::new(ErrorKind::InvalidData, what.to_owned()));
    let fields = Fields::new(response.headers, flags);
    match (response.version, response.code) {
        (Some(1), Some(101)) => {}
        (Some(1), Some(100..=199)) => return Ok(Judged::Interim),
        _ => return bad("the server does not switch protocols"),
    }
    let upgrade = fields.only("Upgrade").unwrap_or_default();
    if !fields.is_same(upgrade, "websocket") || !fields.has_token("Connection", "Upgrade") {
        return bad("the server upgrades to something else");
    }
    let is_accepted = fields.only("Sec-WebSocket-Accept") == Some(accept);
    if !is_accepted && !flags.has(Flag::NoAcceptCheck) {
        return bad("the server accepts another key");
    }
    let has_subprotocol = !fields.all("Sec-WebSocket-Protocol").is_empty();
    if has_subprotocol && !flags.has(Flag::AnySubprotocol) {
        return bad("the server has a subprotocol that was not offered");
    }
    match accepted(flags, &fields.all("Sec-WebSocket-Extensions")) {
        Ok(agreed) => Ok(Judged::Opened(agreed)),
        Err(()) => bad("the server has an extension that was not offered so"),
    }
}
