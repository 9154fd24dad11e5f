//! The upper and lower case of header names on the wire.
//!
//! Header names ignore case (RFC 9110 §5.1), but some devices and gateways accept only the usual
//! spelling. `HeaderName` keeps names in lower case only.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Words whose usual spelling is not just a capital first letter.
const WORDS: [(&str, &str); 8] = [
    ("dnt", "DNT"),
    ("dns", "DNS"),
    ("etag", "ETag"),
    ("te", "TE"),
    ("ua", "UA"),
    ("websocket", "WebSocket"),
    ("www", "WWW"),
    ("xss", "XSS"),
];

/// Names that are always written as the RFCs spell them, whatever spelling the program used.
const USUAL: [HeaderName; 12] = [
    header::AUTHORIZATION,
    header::CONNECTION,
    header::COOKIE,
    header::HOST,
    header::ORIGIN,
    header::PROXY_AUTHORIZATION,
    header::SEC_WEBSOCKET_EXTENSIONS,
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_PROTOCOL,
    header::SEC_WEBSOCKET_VERSION,
    header::UPGRADE,
    header::USER_AGENT,
];

/// The other names that a program set, in the program's spelling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spelling(Vec<String>);

impl Spelling {
    /// Keeps the spelling of a name. If a name is given in two spellings, the first is kept.
    pub(crate) fn keep(&mut self, given: &str) {
        let Ok(name) = given.parse::<HeaderName>() else { return };
        if !USUAL.contains(&name) && self.of(&name).is_none() {
            self.0.push(given.to_owned());
        }
    }

    fn of(&self, name: &HeaderName) -> Option<&str> {
        self.0.iter().map(String::as_str).find(|one| one.eq_ignore_ascii_case(name.as_str()))
    }

    /// Appends header lines. A `HeaderValue` cannot hold a line end (RFC 9110 §5.5).
    pub(crate) fn write_headers<'a>(
        &self,
        out: &mut Vec<u8>,
        headers: impl IntoIterator<Item = (&'a HeaderName, &'a HeaderValue)>,
    ) {
        for (name, value) in headers {
            match self.of(name) {
                Some(given) => write_line(out, given, value.as_bytes()),
                None => write_header(out, name, value.as_bytes()),
            }
        }
    }
}

/// Appends header lines, all in the usual spelling.
pub(crate) fn write_headers(out: &mut Vec<u8>, headers: &HeaderMap) {
    Spelling::default().write_headers(out, headers);
}

/// Appends one header line in the usual spelling.
pub(crate) fn write_header(out: &mut Vec<u8>, name: &HeaderName, value: &[u8]) {
    write_usual(out, name);
    write_value(out, value);
}

fn write_line(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    write_value(out, value);
}

fn write_value(out: &mut Vec<u8>, value: &[u8]) {
    for part in [b": ", value, b"\r\n"] {
        out.extend_from_slice(part);
    }
}

/// Appends the usual spelling: each word with a capital first letter, except [`WORDS`].
fn write_usual(out: &mut Vec<u8>, name: &HeaderName) {
    for (i, word) in name.as_str().as_bytes().split(|byte| *byte == b'-').enumerate() {
        if i > 0 {
            out.push(b'-');
        }
        if let Some((_, spelt)) = WORDS.iter().find(|(lower, _)| lower.as_bytes() == word) {
            out.extend_from_slice(spelt.as_bytes());
        } else {
            let (first, rest) = word.split_at(word.len().min(1));
            out.extend(first.iter().map(u8::to_ascii_uppercase));
            out.extend_from_slice(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_9110_section_5_1_names_in_their_usual_spelling() {
        for name in [
            "Host",
            "Upgrade",
            "Connection",
            "Sec-WebSocket-Key",
            "Sec-WebSocket-Version",
            "Sec-WebSocket-Protocol",
            "Sec-WebSocket-Extensions",
            "Sec-WebSocket-Accept",
            "Origin",
            "Cookie",
            "Set-Cookie",
            "Authorization",
            "Proxy-Authorization",
            "User-Agent",
            "Content-Length",
            "Content-Type",
            "Retry-After",
            "Allow",
            "WWW-Authenticate",
            "ETag",
            "TE",
            "DNT",
            "X-UA-Compatible",
            "X-XSS-Protection",
            "X-DNS-Prefetch-Control",
            "X-Forwarded-For",
            "X",
            "X--Y-",
            "0a-_b",
        ] {
            let mut usual = Vec::new();
            write_usual(&mut usual, &name.parse().unwrap());
            assert_eq!(String::from_utf8(usual).unwrap(), name);
        }
    }

    #[test]
    fn a_programs_own_names_are_written_as_it_gave_them() {
        let mut spelling = Spelling::default();
        let mut headers = HeaderMap::new();
        for (given, value) in [
            ("x-lower", "1"),
            ("X-API-Key", "2"),
            ("x-api-key", "3"),
            ("X_y", "4"),
            ("authorization", "5"),
            ("COOKIE", "6"),
            ("sec-websocket-protocol", "7"),
        ] {
            spelling.keep(given);
            headers.append(given.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        headers.append("x-unknown", "8".parse().unwrap());
        spelling.keep("no name");
        let mut out = Vec::new();
        spelling.write_headers(&mut out, &headers);
        let want = "x-lower: 1\r\nX-API-Key: 2\r\nX-API-Key: 3\r\nX_y: 4\r\nAuthorization: 5\r\n\
                    Cookie: 6\r\nSec-WebSocket-Protocol: 7\r\nX-Unknown: 8\r\n";
        assert_eq!(String::from_utf8(out).unwrap(), want);
    }
}
