//! [`Head`]: the head of a request or a response, with its secrets hidden (RFC 6455 §4).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use super::quoted::plain;

/// The most bytes of a head. A longer one is shown as far as this.
pub(super) const MOST: usize = 64 << 10;

/// Headers whose values are shown. Any other may hold what lets its reader in.
const SHOWN_HEADERS: [&str; 33] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "forwarded",
    "host",
    "keep-alive",
    "location",
    "origin",
    "pragma",
    "referer",
    "retry-after",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "server",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
];
/// A subprotocol that is longer is more likely a token, for which browsers have no other place.
const LONGEST_NAME: usize = 24;
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
        let mut lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
        let line = lines.next().unwrap_or_default().to_owned();
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in lines.filter(|line| !line.is_empty()) {
            match (line.starts_with([' ', '\t']), headers.last_mut(), line.split_once(':')) {
                // RFC 9112 §5.2: it goes on with the line before.
                (true, Some((_, value)), _) => {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                (_, _, Some((name, value))) => {
                    headers.push((name.trim().to_owned(), value.trim().to_owned()));
                }
                (_, _, None) => headers.push((line.to_owned(), String::new())),
            }
        }
        Self { line, headers }
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

    pub(super) fn is_response(&self) -> bool {
        self.line.starts_with("HTTP/")
    }

    /// Returns whether permessage-deflate was agreed on, and whether other extensions were.
    pub(super) fn extensions(&self) -> (bool, bool) {
        let elements = self.all("sec-websocket-extensions").flat_map(|value| value.split(','));
        let (deflate, others): (Vec<_>, Vec<_>) = elements
            .map(|element| element.split(';').next().unwrap_or_default().trim())
            .filter(|name| !name.is_empty())
            .partition(|name| name.eq_ignore_ascii_case("permessage-deflate"));
        (!deflate.is_empty(), !others.is_empty())
    }

    /// Returns `true` if this answer fits the key of a request (§4.2.2).
    pub(super) fn accepts(&self, key: &str) -> bool {
        self.first("sec-websocket-accept") == Some(&accept(key))
    }

    /// Takes out what would let a reader of the log in.
    pub(super) fn hide_secrets(&mut self) {
        self.line = without_secrets(&self.line);
        for (name, value) in &mut self.headers {
            let lower = name.to_ascii_lowercase();
            if lower == "sec-websocket-protocol" {
                let names = value.split(',').map(str::trim);
                let short = names.map(|name| if name.len() > LONGEST_NAME { HIDDEN } else { name });
                *value = short.collect::<Vec<_>>().join(", ");
            } else if SHOWN_HEADERS.contains(&&lower[..]) {
                *value = without_secrets(value);
            } else if !value.is_empty() {
                HIDDEN.clone_into(value);
            } else if name.len() > LONGEST_NAME {
                // It has no colon, so it is no header.
                HIDDEN.clone_into(name);
            }
        }
    }
}

/// The answer to a key (RFC 6455 §4.2.2).
pub(crate) fn accept(key: &str) -> String {
    STANDARD.encode(Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")))
}

/// Hides what would let a reader in, in a URL or in the first line of a request.
pub(crate) fn without_secrets(text: &str) -> String {
    without_values(&without_userinfo(text))
}

/// Hides the values in a query, of which any may be a token, and a fragment.
fn without_values(text: &str) -> String {
    let end = |text: &str| text.find(' ').unwrap_or(text.len());
    let Some(at) = text.find(['?', '#']) else { return text.to_owned() };
    let (path, rest) = text.split_at(at);
    let (hidden, behind) = rest.split_at(end(rest));
    let (query, fragment) = match hidden.split_once('#') {
        Some((query, _)) => (query, "#(hidden)"),
        None => (hidden, ""),
    };
    let query = query.strip_prefix('?').map_or_else(String::new, |query| {
        let shown = query.split('&').map(|parameter| match parameter.split_once('=') {
            Some((name, _)) => format!("{name}={HIDDEN}"),
            None => HIDDEN.to_owned(),
        });
        format!("?{}", shown.collect::<Vec<_>>().join("&"))
    });
    format!("{path}{query}{fragment}{behind}")
}

/// Hides the user and the password of a URL.
fn without_userinfo(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("//") else { return text.to_owned() };
    let end = rest.find(['/', '?', '#', ' ']).unwrap_or(rest.len());
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
             Sec-WebSocket-Protocol: chat.v1, (hidden) | Referer: https://h/a?apikey=(hidden)#(hidden)"
        );
    }

    /// However a header is written, and whatever it is called.
    #[test]
    fn secrets_are_hidden_however_they_are_written() {
        for line in [
            "Authorization : Basic s3cret",
            " Authorization: s3cret",
            "Authorization: Digest a\r\n uri=/, response=\"s3cret: x\"",
            "X: 1\nAuthorization: s3cret",
            "Link: </a>; rel=x, <http://h/?k=s3cret>",
            "Location: http://h/#access_token=s3cret",
            "Location: http://s3cret@h/",
            "X-Api-Key: s3cret",
            "X-Auth-Token: s3cret",
            "Sec-WebSocket-Protocol: s3cret-s3cret-s3cret-s3cret",
            "s3crets3crets3crets3crets3crets3cret",
        ] {
            let bytes = format!("GET ws://ali:s3cret@h/?a=s3cret HTTP/1.1\r\n{line}\r\n\r\n");
            let mut head = Head::parse(bytes.as_bytes());
            head.hide_secrets();
            assert!(!head.to_string().contains("s3cret"), "{line}: {head}");
        }
    }

    #[test]
    fn rfc_9112_section_5_2_a_folded_line_goes_on() {
        let head = Head::parse(b"HTTP/1.1 101 S\r\nA: b\r\n\t c\r\nSec-WebSocket-Extensions:\r\n permessage-deflate\r\n\r\n");
        assert_eq!(
            head.to_string(),
            "HTTP/1.1 101 S | A: b c | Sec-WebSocket-Extensions:  permessage-deflate"
        );
        assert_eq!(head.extensions(), (true, false));
    }

    #[test]
    fn what_a_head_says() {
        let head = Head::parse(
            b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
              sec-websocket-extensions: x, permessage-deflate; a=1\r\n\r\n",
        );
        assert_eq!(head.status(), Some(101));
        assert_eq!(head.extensions(), (true, true));
        assert!(head.accepts("dGhlIHNhbXBsZSBub25jZQ=="));
        assert!(!head.accepts("dGhlIHNhbXBsZSBub25jZR=="));
        let request = Head::parse(b"GET / HTTP/1.1\r\nSec-WebSocket-Key: k\r\n\r\n");
        assert_eq!((request.status(), request.first("sec-websocket-key")), (None, Some("k")));
        assert_eq!(request.extensions(), (false, false));
    }
}
