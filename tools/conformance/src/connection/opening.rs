//! The opening handshake (RFC 6455 §4), as a client and as a server.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha1::{Digest, Sha1};

use super::link::{Came, Ended, Link};
use crate::random::Random;

/// The most bytes of a head.
const MOST: usize = 256 << 10;
/// What both ends append to the key (RFC 6455 §1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What a client asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes {
    /// The path and the query.
    pub(crate) target: String,
    /// The host and the port.
    pub(crate) host: String,
    pub(crate) origin: Option<String>,
    pub(crate) subprotocols: Vec<String>,
    /// What is offered of extensions.
    pub(crate) offer: Option<String>,
    /// More headers.
    pub(crate) headers: Vec<(String, String)>,
}

/// A handshake that is done.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    pub(crate) request: String,
    pub(crate) response: String,
    /// The values of the answer's `Sec-WebSocket-Extensions`.
    pub(crate) extensions: Vec<String>,
    /// The value of the answer's `Server`.
    pub(crate) server: Option<String>,
}

/// A handshake that came to nothing.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) request: String,
    pub(crate) response: String,
    /// Why, in a sentence.
    pub(crate) why: String,
    /// Nothing came in time.
    pub(crate) has_timed_out: bool,
}

/// The headers of a head, and its first line.
pub(crate) struct Head {
    pub(crate) text: String,
    pub(crate) first: String,
    headers: Vec<(String, String)>,
}

impl Head {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let mut lines = text.split("\r\n");
        let first = lines.next().unwrap_or_default().to_owned();
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Self { text, first, headers }
    }

    /// The status of an answer, or `None` if it is no answer of HTTP/1.
    pub(crate) fn status(&self) -> Option<u16> {
        let (version, rest) = self.first.split_once(' ')?;
        let status = rest.split(' ').next().unwrap_or_default();
        let is_known = version.starts_with("HTTP/1.") && status.len() == 3;
        is_known.then(|| status.parse().ok()).flatten()
    }

    /// The values of a header, in order.
    pub(crate) fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(it, _)| it == name).map(|(_, value)| &value[..])
    }

    /// What a request asks for: the path and the query.
    pub(crate) fn target(&self) -> &str {
        self.first.split(' ').nth(1).unwrap_or_default()
    }

    pub(crate) fn first(&self, name: &'static str) -> Option<&str> {
        self.all(name).next()
    }

    /// Returns `true` if one of the comma-separated values of this header is `token`.
    pub(crate) fn has_token(&self, name: &'static str, token: &str) -> bool {
        self.all(name)
            .flat_map(|value| value.split(','))
            .any(|it| it.trim().eq_ignore_ascii_case(token))
    }
}

/// What comes in the place of a head.
pub(crate) enum NoHead {
    Ended(String),
    Late,
}

/// Waits for a head.
pub(crate) fn read_head(link: &mut Link, deadline: Instant) -> Result<Head, NoHead> {
    let mut seen = 0_usize;
    loop {
        let rest = link.rest();
        // The empty line may have begun in what was looked at before.
        let from = seen.saturating_sub(3);
        if let Some(at) = rest[from..].windows(4).position(|window| window == b"\r\n\r\n") {
            let len = from + at + 4;
            let head = Head::parse(&rest[..len]);
            link.take(len);
            return Ok(head);
        }
        seen = rest.len();
        if seen > MOST {
            return Err(NoHead::Ended(format!("a head of more than {MOST} bytes")));
        }
        match link.receive(deadline) {
            Came::Bytes => {}
            Came::Nothing => return Err(NoHead::Late),
            Came::End(Ended::Fin) => return Err(NoHead::Ended("the end of TCP".to_owned())),
            Came::End(Ended::Failed(e)) => return Err(NoHead::Ended(e)),
        }
    }
}

/// Asks a server for a WebSocket, and judges its answer.
///
/// # Errors
/// The answer is not the one that it has to be.
pub(crate) fn ask(link: &mut Link, wishes: &Wishes, deadline: Instant) -> Result<Opening, Refused> {
    let key = BASE64.encode(Random::unforeseen().bytes::<16>());
    let mut lines = vec![
        format!("GET {} HTTP/1.1", wishes.target),
        format!("User-Agent: ws-conformance/{}", env!("CARGO_PKG_VERSION")),
        format!("Host: {}", wishes.host),
        "Upgrade: WebSocket".to_owned(),
        "Connection: Upgrade".to_owned(),
        "Pragma: no-cache".to_owned(),
        "Cache-Control: no-cache".to_owned(),
        format!("Sec-WebSocket-Key: {key}"),
    ];
    lines.extend(wishes.origin.iter().map(|it| format!("Origin: {it}")));
    if !wishes.subprotocols.is_empty() {
        lines.push(format!("Sec-WebSocket-Protocol: {}", wishes.subprotocols.join(",")));
    }
    lines.extend(wishes.offer.iter().map(|it| format!("Sec-WebSocket-Extensions: {it}")));
    lines.extend(wishes.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.push("Sec-WebSocket-Version: 13".to_owned());
    let request = lines.join("\r\n") + "\r\n\r\n";

    let refused = |response: &str, why: String, has_timed_out: bool| Refused {
        request: request.clone(),
        response: response.to_owned(),
        why,
        has_timed_out,
    };
    if let Err(e) = link.write(request.as_bytes(), false) {
        return Err(refused("", format!("the request could not be sent: {e}"), false));
    }
    let head = match read_head(link, deadline) {
        Ok(head) => head,
        Err(NoHead::Late) => {
            return Err(refused("", "no answer to the request came in time".to_owned(), true));
        }
        Err(NoHead::Ended(what)) => {
            let part = String::from_utf8_lossy(link.rest()).into_owned();
            return Err(refused(&part, format!("in place of an answer came {what}"), false));
        }
    };
    match judge(&head, &key, wishes) {
        Ok(()) => Ok(Opening {
            request,
            extensions: head.all("sec-websocket-extensions").map(str::to_owned).collect(),
            server: head.first("server").map(str::to_owned),
            response: head.text,
        }),
        Err(why) => Err(refused(&head.text, why, false)),
    }
}

/// Judges the answer of a server (RFC 6455 §4.1).
pub(crate) fn judge(head: &Head, key: &str, wishes: &Wishes) -> Result<(), String> {
    let mut status = head.first.splitn(3, ' ');
    let version = status.next().unwrap_or_default();
    if version != "HTTP/1.1" || status.next() != Some("101") {
        return Err(format!("RFC 6455 §4.1: the answer is {:?}, not HTTP/1.1 101", head.first));
    }
    if !head.has_token("upgrade", "websocket") {
        return Err("RFC 6455 §4.1: the answer has no Upgrade: websocket".to_owned());
    }
    if !head.has_token("connection", "upgrade") {
        return Err("RFC 6455 §4.1: the answer has no Connection: Upgrade".to_owned());
    }
    let accept: Vec<&str> = head.all("sec-websocket-accept").collect();
    if accept != [accept_of(key)] {
        return Err(format!(
            "RFC 6455 §4.1: Sec-WebSocket-Accept is {accept:?}, not {:?} once",
            accept_of(key)
        ));
    }
    let extensions: Vec<&str> = head.all("sec-websocket-extensions").collect();
    match (&extensions[..], &wishes.offer) {
        ([], _) | ([_], Some(_)) => {}
        ([value], None) => {
            return Err(format!("RFC 6455 §4.1: an extension that was not offered: {value}"));
        }
        _ => return Err("RFC 6455 §11.3.2: Sec-WebSocket-Extensions more than once".to_owned()),
    }
    let subprotocols: Vec<&str> = head.all("sec-websocket-protocol").collect();
    match subprotocols[..] {
        [] => Ok(()),
        [one] if wishes.subprotocols.iter().any(|it| it == one) => Ok(()),
        [one] => Err(format!("RFC 6455 §4.1: a subprotocol that was not offered: {one:?}")),
        _ => Err("RFC 6455 §11.3.4: Sec-WebSocket-Protocol more than once".to_owned()),
    }
}

/// What a client asks for, as a server reads it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The whole request.
    pub(crate) head: String,
    /// The values of `Sec-WebSocket-Extensions`.
    pub(crate) extensions: Vec<String>,
    /// The subprotocols, in order.
    pub(crate) subprotocols: Vec<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) key: String,
}

/// Reads the request of a client.
///
/// # Errors
/// None came. The client has got no answer yet.
pub(crate) fn read_request(link: &mut Link, deadline: Instant) -> Result<Head, Refused> {
    let (why, has_timed_out) = match read_head(link, deadline) {
        Ok(head) => return Ok(head),
        Err(NoHead::Late) => ("no whole request came in time".to_owned(), true),
        Err(NoHead::Ended(what)) => (format!("in place of a request came {what}"), false),
    };
    let request = String::from_utf8_lossy(link.rest()).into_owned();
    Err(Refused { request, response: String::new(), why, has_timed_out })
}

/// Judges the request of a client (RFC 6455 §4.2.1).
///
/// # Errors
/// It is no request for a WebSocket. The error is a sentence.
pub(crate) fn asked(head: &Head) -> Result<Asked, String> {
    let line: Vec<&str> = head.first.split(' ').collect();
    let ["GET", _, "HTTP/1.1"] = line[..] else {
        return Err(format!("RFC 6455 §4.1: the request is {:?}, not GET … HTTP/1.1", head.first));
    };
    if !head.has_token("upgrade", "websocket") {
        return Err("RFC 6455 §4.1: the request has no Upgrade: websocket".to_owned());
    }
    if !head.has_token("connection", "upgrade") {
        return Err("RFC 6455 §4.1: the request has no Connection: Upgrade".to_owned());
    }
    if head.all("host").count() != 1 {
        return Err("RFC 6455 §4.1: the request needs one Host".to_owned());
    }
    let version: Vec<&str> = head.all("sec-websocket-version").collect();
    if !matches!(version[..], ["13" | "8"]) {
        return Err(format!("RFC 6455 §4.1: Sec-WebSocket-Version is {version:?}, not 13 once"));
    }
    let keys: Vec<&str> = head.all("sec-websocket-key").collect();
    let key = match keys[..] {
        [key] if is_key(key) => key.to_owned(),
        _ => {
            return Err(format!(
                "RFC 6455 §4.1: Sec-WebSocket-Key is {keys:?}, not 16 bytes in base64 once"
            ));
        }
    };
    let listed = |name| {
        head.all(name).flat_map(|value| value.split(',')).map(|it| it.trim().to_owned()).collect()
    };
    Ok(Asked {
        extensions: head.all("sec-websocket-extensions").map(str::to_owned).collect(),
        subprotocols: listed("sec-websocket-protocol"),
        user_agent: head.first("user-agent").map(str::to_owned),
        key,
        head: head.text.clone(),
    })
}

/// Accepts a client. Returns the response.
///
/// # Errors
/// The client has gone.
pub(crate) fn answer(
    link: &mut Link,
    asked: &Asked,
    extension: Option<&str>,
    subprotocol: Option<&str>,
) -> std::io::Result<String> {
    let mut lines = vec![
        "HTTP/1.1 101 Switching Protocols".to_owned(),
        format!("Server: ws-conformance/{}", env!("CARGO_PKG_VERSION")),
        "Upgrade: WebSocket".to_owned(),
        "Connection: Upgrade".to_owned(),
    ];
    lines.extend(subprotocol.iter().map(|it| format!("Sec-WebSocket-Protocol: {it}")));
    lines.push(format!("Sec-WebSocket-Accept: {}", accept_of(&asked.key)));
    lines.extend(extension.iter().map(|it| format!("Sec-WebSocket-Extensions: {it}")));
    let response = lines.join("\r\n") + "\r\n\r\n";
    link.write(response.as_bytes(), false)?;
    Ok(response)
}

/// Answers a request that is refused.
///
/// # Errors
/// The client has gone.
pub(crate) fn refuse(link: &mut Link, status: &str, why: &str) -> std::io::Result<()> {
    let body = format!("{why}\n");
    let len = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {len}\r\n\r\n"
    );
    link.write((head + &body).as_bytes(), false)
}

/// Returns `true` if it is the base64 of 16 bytes.
pub(crate) fn is_key(key: &str) -> bool {
    BASE64.decode(key).is_ok_and(|bytes| bytes.len() == 16)
}

/// The `Sec-WebSocket-Accept` of a key (RFC 6455 §4.2.2).
pub(crate) fn accept_of(key: &str) -> String {
    BASE64.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_6455_section_1_3_the_accept_of_a_key() {
        assert_eq!(accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
    const GOOD: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
        Connection: keep-alive, upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

    #[test]
    fn rfc_6455_section_4_1_what_a_server_answers() {
        let wishes = Wishes {
            subprotocols: vec!["chat".to_owned()],
            offer: Some("permessage-deflate".to_owned()),
            ..Wishes::default()
        };
        for (from, to, why) in [
            ("", "", None),
            ("HTTP/1.1 101", "HTTP/1.0 101", Some("HTTP/1.1 101")),
            ("HTTP/1.1 101", "HTTP/1.1 200", Some("HTTP/1.1 101")),
            ("Upgrade: websocket", "Upgrade: websocketx", Some("Upgrade: websocket")),
            ("keep-alive, upgrade", "keep-alive", Some("Connection: Upgrade")),
            ("s3pP", "S3pP", Some("Sec-WebSocket-Accept")),
            ("Sec-WebSocket-Accept", "X-Accept", Some("Sec-WebSocket-Accept")),
            ("\r\nUpgrade", "\r\nSec-WebSocket-Protocol: chat\r\nUpgrade", None),
            ("\r\nUpgrade", "\r\nSec-WebSocket-Protocol: Chat\r\nUpgrade", Some("not offered")),
            ("\r\nUpgrade", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\nUpgrade", None),
        ] {
            let head = Head::parse((GOOD.replace(from, to) + "\r\n").as_bytes());
            let judged = judge(&head, KEY, &wishes);
            match why {
                None => assert_eq!(judged, Ok(()), "{to}"),
                Some(why) => assert!(judged.clone().unwrap_err().contains(why), "{judged:?}"),
            }
        }
        let head = Head::parse(
            (GOOD.to_owned() + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n").as_bytes(),
        );
        assert!(judge(&head, KEY, &Wishes::default()).unwrap_err().contains("not offered"));
    }

    const ASKS: &str = "GET /runCase?case=1 HTTP/1.1\r\nHost: localhost:9001\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    #[test]
    fn rfc_6455_section_4_2_1_what_a_client_asks() {
        for (from, to, why) in [
            ("", "", None),
            ("Version: 13", "Version: 8", None),
            ("Version: 13", "Version: 12", Some("Sec-WebSocket-Version")),
            ("GET", "POST", Some("not GET")),
            ("HTTP/1.1", "HTTP/1.0", Some("not GET")),
            ("Upgrade: websocket", "Upgrade: h2c", Some("Upgrade: websocket")),
            ("Connection: Upgrade", "Connection: close", Some("Connection: Upgrade")),
            ("Host", "Hosts", Some("Host")),
            ("dGhl", "dG", Some("16 bytes")),
        ] {
            let head = Head::parse((ASKS.replace(from, to) + "\r\n").as_bytes());
            match (asked(&head), why) {
                (Ok(asked), None) => {
                    assert_eq!((head.target(), &asked.key[..]), ("/runCase?case=1", KEY));
                }
                (Err(e), Some(why)) => assert!(e.contains(why), "{e}"),
                (other, _) => panic!("{to}: {other:?}"),
            }
        }
    }
}
