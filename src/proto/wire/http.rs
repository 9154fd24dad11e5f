//! [`Head`]: the head of a request or a response, with its secrets hidden (RFC 6455 §4).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use super::quoted::quoted;

/// The most bytes of a head. What is longer is none.
pub(super) const MOST: usize = 64 << 10;
/// The most bytes of a line that are shown.
const SHOWN: usize = 1 << 10;

/// Headers that prove who a client is, or that let it in again.
const SECRET: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "set-cookie"];
/// A subprotocol that is longer is more likely a token, for which browsers have no other place.
const LONGEST_NAME: usize = 40;
const HIDDEN: &str = "(hidden)";

/// The head of a request or a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The first line: `GET /chat HTTP/1.1`, or `HTTP/1.1 101 Switching Protocols`.
    pub(crate) line: String,
    /// The headers, in the order in which they came.
    pub(crate) headers: Vec<(String, String)>,
}

impl Head {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.split("\r\n");
        let line = lines.next().unwrap_or_default().to_owned();
        let lines = lines.filter_map(|line| line.split_once(':'));
        let headers = lines.map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
        Self { line, headers: headers.collect() }
    }

    /// The values of all headers with this name.
    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.headers.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name));
        named.map(|(_, value)| &value[..])
    }

    /// The value of the first header with this name.
    pub(crate) fn first<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// The status, if this is a response.
    pub(crate) fn status(&self) -> Option<u16> {
        let rest = self.line.strip_prefix("HTTP/")?;
        rest.split(' ').nth(1)?.parse().ok()
    }

    /// Returns `true` if permessage-deflate is offered, or was agreed on.
    pub(super) fn has_deflate(&self) -> bool {
        let mut named = self.all("sec-websocket-extensions").flat_map(|value| value.split(','));
        named.any(|one| one.split(';').next().unwrap_or_default().trim() == "permessage-deflate")
    }

    /// Returns `true` if this answer fits the key of a request (§4.2.2).
    pub(super) fn accepts(&self, key: &str) -> bool {
        self.first("sec-websocket-accept") == Some(&accept(key))
    }

    /// Takes out what would let a reader of the log in.
    pub(super) fn hide_secrets(&mut self) {
        self.line = without_values(&self.line);
        for (name, value) in &mut self.headers {
            let name = name.to_ascii_lowercase();
            if SECRET.contains(&&name[..]) {
                HIDDEN.clone_into(value);
            } else if name == "sec-websocket-protocol" {
                let names = value.split(',').map(str::trim);
                let short = names.map(|name| if name.len() > LONGEST_NAME { HIDDEN } else { name });
                *value = short.collect::<Vec<_>>().join(", ");
            } else {
                *value = without_values(&without_userinfo(value));
            }
        }
    }
}

/// The answer to a key (RFC 6455 §4.2.2).
pub(crate) fn accept(key: &str) -> String {
    STANDARD.encode(Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")))
}

/// Hides the values in a query, of which any may be a token.
fn without_values(text: &str) -> String {
    let Some((path, rest)) = text.split_once('?') else { return text.to_owned() };
    let (query, behind) = rest.split_at(rest.find([' ', '#']).unwrap_or(rest.len()));
    let shown = query.split('&').map(|parameter| match parameter.split_once('=') {
        Some((name, _)) => format!("{name}={HIDDEN}"),
        None => HIDDEN.to_owned(),
    });
    format!("{path}?{}{behind}", shown.collect::<Vec<_>>().join("&"))
}

/// Hides the user and the password of a URL.
fn without_userinfo(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("//") else { return text.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}//{HIDDEN}{}", &rest[at..]),
        None => text.to_owned(),
    }
}

/// On one line: `GET /chat HTTP/1.1 | Host: localhost | Upgrade: websocket`.
impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(&self.line))?;
        self.headers
            .iter()
            .try_for_each(|(name, value)| write!(f, " | {}: {}", plain(name), plain(value)))
    }
}

/// Without what could end a line.
fn plain(text: &str) -> String {
    let quoted = quoted(text.as_bytes(), SHOWN);
    // The quotation marks of a text that is not cut.
    quoted.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(&quoted).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_the_rest_is_not() {
        let mut head = Head::parse(
            b"GET /chat?room=red&access_token=s3cret&s3cret HTTP/1.1\r\nHost: h\r\nCookie: id=s3cret\r\n\
              AUTHORIZATION: Basic s3cret\r\nOrigin: http://ali:s3cret@h/?k=v\r\n\
              Sec-WebSocket-Protocol: chat.v1, s3cret-s3cret-s3cret-s3cret-s3cret-s3cret-s3cret\r\n\
              Referer: https://h/a?apikey=s3cret#there\r\n\r\n",
        );
        head.hide_secrets();
        assert_eq!(
            head.to_string(),
            "GET /chat?room=(hidden)&access_token=(hidden)&(hidden) HTTP/1.1 | Host: h | Cookie: (hidden) | \
             AUTHORIZATION: (hidden) | Origin: http://(hidden)@h/?k=(hidden) | \
             Sec-WebSocket-Protocol: chat.v1, (hidden) | Referer: https://h/a?apikey=(hidden)#there"
        );
    }

    #[test]
    fn what_a_head_says() {
        let head = Head::parse(
            b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
              sec-websocket-extensions: x, permessage-deflate; a=1\r\n\r\n",
        );
        assert_eq!(head.status(), Some(101));
        assert!(head.has_deflate() && head.accepts("dGhlIHNhbXBsZSBub25jZQ=="));
        assert!(!head.accepts("dGhlIHNhbXBsZSBub25jZR=="));
        let request = Head::parse(b"GET / HTTP/1.1\r\nSec-WebSocket-Key: k\r\n\r\n");
        assert_eq!(
            (request.status(), request.first("sec-websocket-key"), request.has_deflate()),
            (None, Some("k"), false)
        );
    }
}
