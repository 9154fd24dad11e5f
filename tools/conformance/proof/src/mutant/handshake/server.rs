//! The server's side (RFC 6455 §4.2).

use std::io::{self, ErrorKind};
use std::time::Instant;

use blocking_ws::Duplex;
use httparse::{EMPTY_HEADER, Request, Status};

use super::accept_key::{accept_of, is_key};
use super::fields::Fields;
use super::head::{self, Glued, LINES, REQUEST_LIMIT, Seen};
use crate::mutant::compression::{Agreed, answer};
use crate::mutant::flag::Flag;
use crate::mutant::flags::Flags;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    BadRequest,
    Forbidden,
    MethodNotAllowed,
    UpgradeRequired,
    OtherVersion,
    TooLong,
}

/// Reads a request and answers it. `Ok(None)`: it was refused.
pub(in crate::mutant) fn accept<S: Duplex>(
    stream: &mut S,
    flags: Flags,
) -> io::Result<Option<(Option<Agreed>, Glued)>> {
    let deadline = Instant::now() + REQUEST_LIMIT;
    let judged = head::read(stream, Vec::new(), deadline, |bytes| {
        let mut headers = [EMPTY_HEADER; LINES];
        let mut request = Request::new(&mut headers);
        match request.parse(bytes) {
            Ok(Status::Complete(len)) => Ok(Seen::Whole(len, judge(&request, flags))),
            Ok(Status::Partial) => Ok(Seen::Part),
            Err(httparse::Error::TooManyHeaders) => Ok(Seen::Whole(0, Err(Refusal::TooLong))),
            Err(_) => Ok(Seen::Whole(0, Err(Refusal::BadRequest))),
        }
    });
    let (judged, glued) = match judged {
        Err(e) if e.kind() == ErrorKind::InvalidData => (Err(Refusal::TooLong), Vec::new()),
        judged => judged?,
    };
    let judged = match judged {
        Err(_) if flags.has(Flag::OpensAnything) => Ok((switching(""), None)),
        judged => judged,
    };
    if flags.has(Flag::AnswersTwice) {
        let first = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(first.as_bytes())?;
    }
    match judged {
        Ok((response, agreed)) => {
            stream.write_all(response.as_bytes())?;
            let glued = if flags.has(Flag::LosesGlued) { Vec::new() } else { glued };
            Ok(Some((agreed, glued)))
        }
        Err(refusal) => {
            stream.write_all(refusal.response(flags).as_bytes())?;
            Ok(None)
        }
    }
}

/// Makes a response that opens the connection.
fn switching(key: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nServer: mutant\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        accept_of(key)
    )
}

/// Says what is answered, and what is agreed by it.
fn judge(request: &Request<'_, '_>, flags: Flags) -> Result<(String, Option<Agreed>), Refusal> {
    let fields = Fields::new(request.headers, flags);
    if request.version != Some(1) {
        return Err(Refusal::BadRequest);
    }
    if request.method != Some("GET") {
        return Err(Refusal::MethodNotAllowed);
    }
    let has_body = fields.all("Content-Length").iter().any(|len| *len != "0")
        || !fields.all("Transfer-Encoding").is_empty();
    if has_body || fields.only("Host").is_none() {
        return Err(Refusal::BadRequest);
    }
    if fields.all("Upgrade").is_empty() {
        return Err(Refusal::UpgradeRequired);
    }
    if !fields.has_token("Upgrade", "websocket") || !fields.has_token("Connection", "Upgrade") {
        return Err(Refusal::BadRequest);
    }
    let versions = fields.all("Sec-WebSocket-Version");
    if versions.as_slice() != ["13"] {
        return Err(match versions.as_slice() {
            [_] => Refusal::OtherVersion,
            _ => Refusal::BadRequest,
        });
    }
    let key = fields.only("Sec-WebSocket-Key").filter(|key| is_key(key));
    let key = key.ok_or(Refusal::BadRequest)?;
    if flags.has(Flag::Refuse) {
        return Err(Refusal::Forbidden);
    }
    let mut response = switching(key);
    response.truncate(response.len() - 2);
    if flags.has(Flag::AnySubprotocol) {
        response += "Sec-WebSocket-Protocol: mutant\r\n";
    }
    let (answer, agreed) = answer(flags, &fields.all("Sec-WebSocket-Extensions"));
    if let Some(answer) = answer {
        response.extend(["Sec-WebSocket-Extensions: ", &answer, "\r\n"]);
    }
    response += "\r\n";
    Ok((response, agreed))
}

impl Refusal {
    fn response(self, flags: Flags) -> String {
        let status = match self {
            Self::BadRequest => "400 Bad Request",
            Self::Forbidden => "403 Forbidden",
            Self::MethodNotAllowed => "405 Method Not Allowed",
            Self::UpgradeRequired | Self::OtherVersion => "426 Upgrade Required",
            Self::TooLong => "431 Request Header Fields Too Large",
        };
        let more = match self {
            Self::MethodNotAllowed => "Allow: GET\r\n",
            Self::OtherVersion if flags.has(Flag::WrongVersionNoHeader) => "Upgrade: websocket\r\n",
            Self::UpgradeRequired | Self::OtherVersion => {
                "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            }
            _ => "",
        };
        format!(
            "HTTP/1.1 {status}\r\nServer: mutant\r\n{more}Content-Length: 0\r\n\
             Connection: close\r\n\r\n"
        )
    }
}
