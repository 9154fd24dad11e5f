//! The bytes of requests, and rows of responses that a client checks (RFC 6455 §4.1).
//!
//! A row is `rule | line | other lines | outcome`: a good response in which the other lines replace
//! the line that begins like `line`. `\r`, `\n`, `\t` and `\0` stand for those characters.

use super::super::accept_key::new_key;
use super::super::server::write_switching;
use super::*;
use crate::proto::http::{Head, Split};

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const GOOD: [&str; 4] = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
];

fn headers(lines: &str) -> HeaderMap {
    let pairs = lines.lines().filter_map(|line| line.split_once(": "));
    let pairs = pairs.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    // `collect` would keep only the last of two lines.
    pairs.fold(HeaderMap::new(), |mut headers, (name, value): (header::HeaderName, _)| {
        headers.append(name, value);
        headers
    })
}

/// Reads a response whole and byte by byte, with a frame after it, and checks it.
fn judge(head: &str, offered: &str) -> Result<Option<String>, HandshakeError> {
    let limits = Limits::default();
    let mut slow = Head::default();
    let mut slow = head.bytes().map(|byte| slow.push(&[byte], &limits));
    let slow = slow.find(|got| !matches!(got, Ok(None))).expect("the head has an end")?;
    let whole = Head::default().push(&[head.as_bytes(), b"\x81\0"].concat(), &limits)?;
    let split = |behind: &[u8]| {
        let (head, behind) = (head.into(), behind.into());
        Some(Split { head, behind })
    };
    assert_eq!(slow, split(b""), "byte by byte");
    assert_eq!(whole, split(b"\x81\0"), "a frame behind the head is kept");
    let mut asked = Request::new(());
    *asked.headers_mut() = headers(offered);
    let response = parse_response(head.as_bytes(), &limits)?;
    check_response(&response, KEY, &asked, None).map(|chosen| chosen.subprotocol)
}

fn with(line: &str, other: &str) -> String {
    let other = other.replace(r"\r", "\r").replace(r"\n", "\n");
    let other = other.replace(r"\t", "\t").replace(r"\0", "\0");
    assert!(GOOD.iter().any(|old| old.starts_with(line)), "{line}");
    let mut head = GOOD.map(|old| if old.starts_with(line) { &other } else { old }).join("\r\n");
    if other.is_empty() {
        head = head.replace("\r\n\r\n", "\r\n").trim_end().to_owned();
    }
    head + "\r\n\r\n"
}

/// Checks rows against their outcome: a subprotocol, `none`, or an error's name.
fn check_rows(offered: &str, text: &str) {
    for row in text.lines().filter(|row| !row.is_empty()) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let got = match judge(&with(cells[1], cells[2]), offered) {
            Ok(None) => "none".to_owned(),
            Ok(Some(subprotocol)) => subprotocol,
            Err(error) => format!("{error:?}").split('(').next().unwrap().to_owned(),
        };
        assert_eq!(got, cells[3], "{}", cells[0]);
    }
}

#[test]
fn section_4_1_a_key_is_16_bytes() {
    assert_eq!(new_key(*b"the sample nonce"), KEY);
    assert_eq!(new_key([0; 16]), "AAAAAAAAAAAAAAAAAAAAAA==");
}

#[test]
fn section_4_1_the_request() {
    let (key, version) = (format!("Sec-WebSocket-Key: {KEY}\r\n"), "Sec-WebSocket-Version: 13\r\n");
    let deflate = Deflate::new();
    let offer = format!("Sec-WebSocket-Extensions: {}\r\n", deflate.offer());
    for (url, more, deflate, target, host, origin, rest) in [
        ("ws://h", "", None, "/", "h", "", ""),
        ("wss://h:443/a?b=c", "", None, "/a?b=c", "h", "", ""),
        ("ws://h:9001?q=1", "", None, "/?q=1", "h:9001", "", ""),
        ("ws://[::1]:80/", "", None, "/", "[::1]", "", ""),
        ("ws://Ex.Com.", "", None, "/", "Ex.Com.", "", ""),
        ("ws://h", "x: 1\nHOST: other:1", None, "/", "other:1", "", "X: 1\r\n"),
        ("ws://h", "X: 1\nY: 2\nX: 3", None, "/", "h", "", "X: 1\r\nX: 3\r\nY: 2\r\n"),
        (
            "ws://h",
            "cookie: a=b\nauthorization: c\nuser-agent: d\ncookie: e=f\norigin: null\n\
             sec-websocket-protocol: v2\nx-y: z\nsec-websocket-protocol: v1,v0",
            Some(&deflate),
            "/",
            "h",
            "Origin: null\r\n",
            &format!(
                "Sec-WebSocket-Protocol: v2, v1, v0\r\n{offer}Cookie: a=b; e=f\r\n\
                 Authorization: c\r\nUser-Agent: d\r\nX-Y: z\r\n"
            ),
        ),
    ] {
        let url = Url::parse(url).unwrap();
        let got = write_request(&url, &headers(more), &Spelling::default(), KEY, deflate);
        let want = format!(
            "GET {target} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\n{key}{origin}{version}{rest}\r\n"
        );
        assert_eq!(String::from_utf8(got).unwrap(), want, "{url} {more}");
    }
}

#[test]
fn section_4_1_what_a_server_reads_is_what_was_asked() {
    let (url, asked) = (Url::parse("ws://h/a").unwrap(), headers("Origin: null"));
    let written = write_request(&url, &asked, &Spelling::default(), KEY, None);
    let request = super::super::server::parsed_request(&written, &Limits::default()).unwrap();
    assert_eq!(super::super::server::check_request(&request), Ok(accept_key(KEY)));
    let mut answer = Vec::new();
    write_switching(&mut answer, &accept_key(KEY), None, None, &HeaderMap::new());
    assert_eq!(judge(std::str::from_utf8(&answer).unwrap(), ""), Ok(None));
}

#[test]
fn rfc_7692_section_5_1_compression_is_offered_and_chosen() {
    let deflate = Deflate::new();
    let (url, asked) = (Url::parse("ws://h/").unwrap(), HeaderMap::new());
    let written = write_request(&url, &asked, &Spelling::default(), KEY, Some(&deflate));
    let request = super::super::server::parsed_request(&written, &Limits::default()).unwrap();
    let agreed = deflate.answer(request.headers()).unwrap();
    let (mut head, accept) = (Vec::new(), accept_key(KEY));
    write_switching(&mut head, &accept, None, Some(&agreed.answer), &HeaderMap::new());
    let response = parse_response(&head, &Limits::default()).unwrap();
    let chosen = check_response(&response, KEY, &Request::new(()), Some(&deflate));
    assert_eq!(chosen, Ok(Chosen { subprotocol: None, deflate: Some(agreed) }));
    let unasked = check_response(&response, KEY, &Request::new(()), None);
    assert_eq!(unasked, Err(HandshakeError::UnaskedExtension));
}

#[test]
fn section_4_1_responses() {
    let text = r"
good                     | HTTP    | HTTP/1.1 101 Switching Protocols        | none
no reason                | HTTP    | HTTP/1.1 101                            | none
another reason           | HTTP    | HTTP/1.1 101 Web Socket Protocol Handshake | none
names in lower case      | Upgrade | upgrade: websocket                      | none
values in any case       | Upgrade | Upgrade: WebSocket                      | none
a connection in any case | Conn    | connection: upgrade                     | none
a list                   | Conn    | Connection: keep-alive, Upgrade         | none
over two lines           | Conn    | Connection: keep-alive\r\nConnection: Upgrade | none
spaces around a value    | Sec     | Sec-WebSocket-Accept: \t s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \t | none
other headers            | Conn    | Connection: Upgrade\r\nServer: x\r\nDate: y | none
HTTP/1.0                 | HTTP    | HTTP/1.0 101 Switching Protocols        | HttpVersion
no Upgrade               | Upgrade |                                         | NotUpgraded
another protocol         | Upgrade | Upgrade: h2c                            | NotUpgraded
part of a word           | Upgrade | Upgrade: websockets                     | NotUpgraded
no Connection            | Conn    |                                         | NotUpgraded
keep-alive               | Conn    | Connection: keep-alive                  | NotUpgraded
no accept                | Sec     |                                         | Accept
an empty accept          | Sec     | Sec-WebSocket-Accept:                   | Accept
the key                  | Sec     | Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ== | Accept
accept has case          | Sec     | Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO= | Accept
without padding          | Sec     | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo | Accept
more behind it           | Sec     | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=, x | Accept
twice                    | Sec     | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo= | Accept
a good and a bad one     | Sec     | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Accept: x | Accept
an extension             | Conn    | Connection: Upgrade\r\nSec-WebSocket-Extensions: permessage-deflate | UnaskedExtension
not even ASCII           | Conn    | Connection: Upgrade\r\nSec-WebSocket-Extensions: é | UnaskedExtension
in a second line         | Conn    | Connection: Upgrade\r\nSec-WebSocket-Extensions:\r\nsec-websocket-extensions: x | UnaskedExtension
an empty list            | Conn    | Connection: Upgrade\r\nSec-WebSocket-Extensions: | none
a subprotocol            | Conn    | Connection: Upgrade\r\nSec-WebSocket-Protocol: chat | UnaskedSubprotocol
";
    check_rows("", text);
}

#[test]
fn rfc_9112_section_5_2_folds_are_blanks() {
    let text = r"
of no concern       | Conn | Connection: Upgrade\r\nX: a;\r\n b;\r\n\tc | none
in what counts      | Conn | Connection: keep-alive,\r\n Upgrade     | none
before a value      | Sec  | Sec-WebSocket-Accept:\r\n s3pPLMBiTxaQ9kYGzzhZRbK+xOo= | none
behind a value      | Sec  | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\t | none
in the last line    | Sec  | Sec-WebSocket-Accept:\t\r\n \r\n\ts3pPLMBiTxaQ9kYGzzhZRbK+xOo= \r\n\t | none
within a value      | Sec  | Sec-WebSocket-Accept: s3pPLMBiTxaQ\r\n 9kYGzzhZRbK+xOo= | Accept
no header           | Upgrade | X: a\r\n Upgrade: websocket          | NotUpgraded
a subprotocol       | Conn | Connection: Upgrade\r\nSec-WebSocket-Protocol:\r\n chat | chat
§2.2 before headers | HTTP | HTTP/1.1 101 OK\r\n X: a\r\n\tb         | none
§2.2 is no header   | HTTP | HTTP/1.1 101 OK\r\n Sec-WebSocket-Protocol: mqtt | none
";
    check_rows("Sec-WebSocket-Protocol: chat", text);
}

#[test]
fn section_4_1_subprotocols() {
    let text = r"
none chosen       | Conn | Connection: Upgrade                                      | none
the first offer   | Conn | Connection: Upgrade\r\nSec-WebSocket-Protocol: chat      | chat
another line's    | Conn | Connection: Upgrade\r\nsec-websocket-protocol: \techo.v2 | echo.v2
not offered       | Conn | Connection: Upgrade\r\nSec-WebSocket-Protocol: mqtt      | UnaskedSubprotocol
in another case   | Conn | Connection: Upgrade\r\nSec-WebSocket-Protocol: Chat      | UnaskedSubprotocol
empty             | Conn | Connection: Upgrade\r\nSec-WebSocket-Protocol:           | UnaskedSubprotocol
a list            | Conn | Connection: Upgrade\r\nSec-WebSocket-Protocol: chat, superchat | UnaskedSubprotocol
two lines         | Conn | Connection: Upgrade\r\nSec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: superchat | UnaskedSubprotocol
the same twice    | Conn | Connection: Upgrade\r\nSec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: chat | UnaskedSubprotocol
not ASCII         | Conn | Connection: Upgrade\r\nSec-WebSocket-Protocol: é         | UnaskedSubprotocol
";
    let offered = "Sec-WebSocket-Protocol: chat, superchat\nSec-WebSocket-Protocol: echo.v2";
    check_rows(offered, text);
}

#[test]
fn rfc_9112_malformed_heads() {
    let text = r"
another protocol        | HTTP | ICY 101 OK                                  | BadHead
HTTP/2                  | HTTP | HTTP/2.0 101 Switching Protocols            | BadHead
no status               | HTTP | HTTP/1.1                                    | BadHead
two digits              | HTTP | HTTP/1.1 10 OK                              | BadHead
four digits             | HTTP | HTTP/1.1 1010 OK                            | BadHead
no number               | HTTP | HTTP/1.1 abc OK                             | BadHead
below 100               | HTTP | HTTP/1.1 099 OK                             | BadHead
a fold of a bare LF     | Conn | Connection: Upgrade\r\nX: a\n b             | BadHead
a fold within a name    | Conn | Connection: Upgrade\r\nX\r\n : a           | BadHead
a fold before all       | HTTP | \r\n HTTP/1.1 101 OK                        | BadHead
NUL in a fold           | Conn | Connection: Upgrade\r\nX: a\r\n b\0c        | BadHead
a space before a colon  | Conn | Connection : Upgrade                        | BadHead
no colon                | Conn | Connection: Upgrade\r\nX                    | BadHead
an empty name           | Conn | Connection: Upgrade\r\n: x                  | BadHead
NUL in a name           | Conn | Connection: Upgrade\r\nX\0: a               | BadHead
NUL in a value          | Conn | Connection: Upgrade\r\nX: a\0b              | BadHead
CR in a value           | Conn | Connection: Upgrade\r\nX: a\rb              | BadHead
a bare LF               | Conn | Connection: Upgrade\nX: a                   | BadHead
a bare LF at the status | HTTP | HTTP/1.1 101 OK\nX: a                       | BadHead
";
    check_rows("", text);
}

#[test]
fn other_statuses_are_parsed_with_their_headers() {
    for (head, status, location) in [
        ("HTTP/1.1 404 Not Found\r\n\r\n", 404, None),
        ("HTTP/1.0 502 \r\nServer: nginx\r\n\r\n", 502, None),
        ("HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n", 302, Some("/b")),
        ("HTTP/1.1 302 Found\r\nLocation:\r\n\t/b\r\n\r\n", 302, Some("/b")),
        ("HTTP/1.1 302 Found\r\nX: a\r\n b\r\nLocation: /b\r\n\r\n", 302, Some("/b")),
        ("HTTP/1.1 302 Found\r\n and\r\nLocation: /b\r\n\r\n", 302, Some("/b")),
        ("HTTP/1.1 999 Odd\r\n\r\n", 999, None),
    ] {
        let response = parse_response(head.as_bytes(), &Limits::default()).expect(head);
        let got = response.headers().get("location").map(|value| value.to_str().unwrap());
        assert_eq!((response.status().as_u16(), got), (status, location), "{head}");
    }
}

#[test]
fn a_head_has_limits() {
    let limits = Limits { headers: 3, ..Limits::default() };
    let parsed = |head: String| parse_response(head.as_bytes(), &limits).map(|_| ());
    assert_eq!(parsed(with("HTTP", GOOD[0])), Ok(()));
    // A folded line is not a header line.
    assert_eq!(parsed(with("Conn", r"Connection:\r\n Upgrade\r\n \r\n \r\n ")), Ok(()));
    let over = with("HTTP", r"HTTP/1.1 101 OK\r\nX: 1");
    assert_eq!(parsed(over), Err(HandshakeError::TooManyHeaders(3)));
    let large = with("HTTP", &format!("HTTP/1.1 101 {}", "a".repeat(16 << 10)));
    assert_eq!(judge(&large, ""), Err(HandshakeError::HeadTooLarge(16 << 10)));
    let folds = with("Conn", &format!("Connection: Upgrade{}", "\r\n ".repeat(6 << 10)));
    assert_eq!(judge(&folds, ""), Err(HandshakeError::HeadTooLarge(16 << 10)));
}
