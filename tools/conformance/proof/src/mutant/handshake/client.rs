//! The client's side (RFC 6455 §4.1).

use std::io::{self, ErrorKind};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::Duplex;
use httparse::{EMPTY_HEADER, Response, Status};

use super::accept_key::accept_of;
use super::fields::Fields;
use super::head::{self, ANSWER_LIMIT, Glued, LINES, Seen};
use super::request::request;
use crate::mutant::compression::{Agreed, accepted};
use crate::mutant::flag::Flag;
use crate::mutant::flags::Flags;
use crate::mutant::wire::{CLOSE, Form, Outgoing};

/// How long a client that does not let go holds on after the end.
const LINGERS: Duration = Duration::from_secs(4);

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
    let (request, key) = request(flags, host, target)?;
    stream.write_all(&request)?;
    if flags.has(Flag::CloseAtOnce) {
        return Ok(None);
    }
    match answer(stream, flags, &accept_of(&key)) {
        Err(_) if flags.has(Flag::WaitsForHead) => {
            wait(stream);
            Ok(None)
        }
        Err(e) => {
            if flags.has(Flag::ClosesUnopened) {
                let close = Outgoing { fin: true, rsv: 0, opcode: CLOSE, payload: b"\x03\xea" };
                let mut bytes = Vec::new();
                close.write(Some([1, 2, 3, 4]), Form::Shortest, &mut bytes);
                stream.write_all(&bytes)?;
            }
            Err(e)
        }
        Ok(_) if flags.has(Flag::Refuse) => Ok(None),
        Ok((agreed, _)) if flags.has(Flag::LosesGlued) => Ok(Some((agreed, Vec::new()))),
        Ok(opened) => Ok(Some(opened)),
    }
}

/// Waits for an answer that opens the connection.
fn answer<S: Duplex>(
    stream: &mut S,
    flags: Flags,
    accept: &str,
) -> io::Result<(Option<Agreed>, Glued)> {
    let deadline = Instant::now() + ANSWER_LIMIT;
    let mut bytes = Vec::new();
    loop {
        let (judged, rest) = head::read(stream, bytes, deadline, |bytes| {
            let mut headers = [EMPTY_HEADER; LINES];
            let mut response = Response::new(&mut headers);
            match response.parse(bytes) {
                Ok(Status::Complete(len))
                    if flags.has(Flag::BlanksRefused) && has_odd_blanks(&bytes[..len]) =>
                {
                    Err(io::Error::new(ErrorKind::InvalidData, "a value has odd blanks around it"))
                }
                Ok(Status::Complete(len)) => Ok(Seen::Whole(len, judge(&response, flags, accept)?)),
                Ok(Status::Partial) => Ok(Seen::Part),
                Err(e) => Err(io::Error::new(ErrorKind::InvalidData, e)),
            }
        })?;
        bytes = rest;
        if let Judged::Opened(agreed) = judged {
            return Ok((agreed, bytes));
        }
    }
}

/// Waits long after the end of the answer, and of TCP.
fn wait<S: Duplex>(stream: &mut S) {
    let mut bytes = [0; 4096];
    while let Ok(1..) = stream.read(&mut bytes) {}
    thread::sleep(LINGERS);
}

/// Returns `true` if a value has anything else around it than one blank in front.
fn has_odd_blanks(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    text.split("\r\n").filter_map(|line| line.split_once(':')).any(|(_, value)| {
        value.strip_prefix(' ').is_none_or(|value| value.trim_matches([' ', '\t']) != value)
    })
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
        (Some(1), Some(100..=199)) if !flags.has(Flag::InterimRefused) => {
            return Ok(Judged::Interim);
        }
        _ if flags.has(Flag::AnyStatus) => {}
        _ => return bad("the server does not switch protocols"),
    }
    let upgrade = fields.only("Upgrade").unwrap_or_default();
    let is_upgraded =
        fields.is_same(upgrade, "websocket") && fields.has_token("Connection", "Upgrade");
    if !is_upgraded && !flags.has(Flag::AnyUpgrade) {
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
