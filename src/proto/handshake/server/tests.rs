//! Rows of requests and a server's answers (RFC 6455 §4.2; RFC 9110 and 9112 where named).
//!
//! A row is `rule | line | other lines | outcome`: the request of §1.3 in which the other lines
//! replace the line that begins like `line`. `\r`, `\n`, `\t` and `\0` stand for those characters.

mod plain;

use super::*;
use crate::proto::http::{Head, Split};

const SAMPLE: [&str; 6] = [
    "GET /chat HTTP/1.1",
    "Host: server.example.com",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
];
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

fn with(line: &str, other: &str) -> String {
    let other = other.replace(r"\r", "\r").replace(r"\n", "\n");
    let other = other.replace(r"\t", "\t").replace(r"\0", "\0");
    assert!(SAMPLE.iter().any(|old| old.starts_with(line)), "{line}");
    let mut head = SAMPLE.map(|old| if old.starts_with(line) { &other } else { old }).join("\r\n");
    if other.is_empty() {
        head = head.replace("\r\n\r\n", "\r\n").trim_end().to_owned();
    }
    head + "\r\n\r\n"
}

/// Reads a request whole and byte by byte, with a frame after it, and checks it.
fn judge(head: &str) -> Result<(Request<()>, String), HandshakeError> {
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
    let request = parsed_request(head.as_bytes(), &limits)?;
    let accept = check_request(&request)?;
    Ok((request, accept))
}

fn rows(text: &str) -> impl Iterator<Item = [&str; 4]> {
    let cells = |row| str::split(row, '|').map(str::trim).collect::<Vec<_>>();
    let rows = text.lines().filter(|row| !row.is_empty());
    rows.map(move |row| cells(row).try_into().expect("a row has four cells"))
}

#[test]
fn section_1_3_the_sample() {
    assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), ACCEPT);
    let (request, accept) = judge(&with("GET", SAMPLE[0])).unwrap();
    let read = (request.method(), request.uri().path(), request.version(), &accept[..]);
    assert_eq!(read, (&Method::GET, "/chat", Version::HTTP_11, ACCEPT));
    assert_eq!(request.headers().len(), 5);
    assert_eq!(request.headers()["host"], "server.example.com");
}

#[test]
fn section_4_2_1_what_is_legal() {
    let text = r"
upgrade in any case      | Upgrade    | Upgrade: WebSocket                    | /chat
a list                   | Upgrade    | Upgrade: h2c ,, websocket             | /chat
a list over two lines    | Upgrade    | Upgrade: h2c\r\nUpgrade: websocket    | /chat
Firefox's Connection     | Connection | Connection: keep-alive, Upgrade       | /chat
node's Connection        | Connection | Connection: upgrade                   | /chat
a proxy's Connection     | Connection | Connection: keep-alive\r\nConnection: Upgrade | /chat
names in lower case      | Host       | host: h                               | /chat
names in upper case      | Upgrade    | UPGRADE: websocket                    | /chat
no space before a value  | Host       | Host:h                                | /chat
spaces around a value    | Sec-WebSocket-Key | Sec-WebSocket-Key:\t dGhlIHNhbXBsZSBub25jZQ== \t | /chat
an absolute target       | GET        | GET http://server.example.com/chat HTTP/1.1 | /chat
RFC 6455 §4.1's own key  | Sec-WebSocket-Key | Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC== | /chat
a query                  | GET        | GET /?a=b HTTP/1.1                    | /
RFC 9112 §2.2 empty line | GET        | \r\nGET /chat HTTP/1.1                | /chat
a body of nothing        | Host       | Host: h\r\nContent-Length: 0          | /chat
RFC 9110 §5.5 obs-text   | Host       | Host: h\r\nX: é                       | /chat
an extension offered     | Host       | Host: h\r\nSec-WebSocket-Extensions: permessage-deflate | /chat
";
    for [rule, line, other, path] in rows(text) {
        let (request, accept) = judge(&with(line, other)).expect(rule);
        assert_eq!(
            (request.uri().path(), accept == ACCEPT),
            (path, !rule.contains("key")),
            "{rule}"
        );
    }
}

#[test]
fn section_4_2_1_what_clients_send() {
    let offer = "permessage-deflate; client_max_window_bits";
    for (client, head) in [
        (
            "Chromium",
            "GET /chat HTTP/1.1\nHost: localhost:9001\nConnection: Upgrade\nPragma: no-cache\n\
             Cache-Control: no-cache\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\n\
             Upgrade: websocket\nOrigin: http://localhost:8000\nSec-WebSocket-Version: 13\n\
             Accept-Encoding: gzip, deflate, br, zstd\nAccept-Language: en-US,en;q=0.9\nKEY\n\
             Sec-WebSocket-Extensions: OFFER\nSec-WebSocket-Protocol: a, b",
        ),
        (
            "Firefox",
            "GET /chat HTTP/1.1\nHost: localhost:9001\nUser-Agent: Mozilla/5.0\nAccept: */*\n\
             Accept-Encoding: gzip, deflate, br, zstd\nSec-WebSocket-Version: 13\n\
             Origin: null\nSec-WebSocket-Extensions: permessage-deflate\nKEY\n\
             Connection: keep-alive, Upgrade\nSec-Fetch-Mode: websocket\nUpgrade: websocket",
        ),
        (
            "node's own",
            "GET /chat HTTP/1.1\nhost: localhost:9001\nconnection: upgrade\nupgrade: websocket\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\nsec-websocket-version: 13\n\
             sec-websocket-extensions: OFFER\naccept: */*\naccept-language: *\n\
             sec-fetch-mode: websocket\nuser-agent: node\naccept-encoding: gzip, deflate",
        ),
        (
            "node's ws",
            "GET /chat HTTP/1.1\nSec-WebSocket-Version: 13\nKEY\nConnection: Upgrade\n\
             Upgrade: websocket\nSec-WebSocket-Extensions: OFFER\nHost: localhost:9001",
        ),
        (
            "websocket-client",
            "GET /chat HTTP/1.1\nUpgrade: websocket\nHost: localhost:9001\n\
             Origin: http://localhost:9001\nKEY\nSec-WebSocket-Version: 13\nConnection: Upgrade",
        ),
    ] {
        let head = head.replace("KEY", SAMPLE[4]).replace("OFFER", offer);
        let (request, accept) = judge(&(head.replace('\n', "\r\n") + "\r\n\r\n")).expect(client);
        assert_eq!((request.uri().path(), &accept[..]), ("/chat", ACCEPT), "{client}");
        assert_eq!(request.headers()["host"], "localhost:9001", "{client}");
        assert_eq!(request.headers().len() + 1, head.lines().count(), "{client}");
    }
}

#[test]
fn section_4_2_1_refusals() {
    let text = r"
another method            | GET  | POST /chat HTTP/1.1                     | 405 Method
methods have case         | GET  | get /chat HTTP/1.1                      | 405 Method
HEAD is told what GET is  | GET  | HEAD /chat HTTP/1.1                     | 426 NotAnUpgrade
HTTP/1.0                  | GET  | GET /chat HTTP/1.0                      | 400 HttpVersion
HTTP/2                    | GET  | GET /chat HTTP/2.0                      | 400 BadHead
HTTP/0.9                  | GET  | GET /chat                               | 400 BadHead
two spaces                | GET  | GET  /chat HTTP/1.1                     | 400 BadHead
a space behind            | GET  | GET /chat HTTP/1.1\t                    | 400 BadHead
no path                   | GET  | GET chat HTTP/1.1                       | 400 BadHead
an asterisk               | GET  | GET * HTTP/1.1                          | 400 BadHead
RFC 9112 §3.2.4           | GET  | OPTIONS * HTTP/1.1                      | 405 Method
a target for CONNECT      | GET  | GET h:80 HTTP/1.1                       | 400 BadHead
NUL in the target         | GET  | GET /ch\0at HTTP/1.1                    | 400 BadHead
a fragment                | GET  | GET /chat#top HTTP/1.1                  | 400 BadHead
a target beyond ASCII     | GET  | GET /chét HTTP/1.1                      | 400 BadHead
an empty Host             | Host | Host:                                   | 400 Host
a Host of two words       | Host | Host: a b                               | 400 Host
a Host with a user        | Host | Host: a@b                               | 400 Host
a Host with a path        | Host | Host: a/b                               | 400 Host
no Host                   | Host |                                         | 400 Host
two Hosts                 | Host | Host: a\r\nHost: b                      | 400 Host
the same Host twice       | Host | Host: a\r\nhost: a                      | 400 Host
a body                    | Host | Host: h\r\nContent-Length: 5            | 400 Body
a chunked body            | Host | Host: h\r\nTransfer-Encoding: chunked   | 400 Body
two lengths               | Host | Host: h\r\nContent-Length: 0\r\nContent-Length: 9 | 400 Body
no Upgrade                | Upgr |                                         | 426 NotAnUpgrade
another protocol          | Upgr | Upgrade: h2c                            | 426 NotAnUpgrade
part of a word            | Upgr | Upgrade: websockets, xwebsocket         | 426 NotAnUpgrade
no Connection             | Conn |                                         | 400 NoConnectionUpgrade
Connection: keep-alive    | Conn | Connection: keep-alive                  | 400 NoConnectionUpgrade
no version                | Sec-WebSocket-V |                              | 426 Version
another version           | Sec-WebSocket-V | Sec-WebSocket-Version: 12    | 426 Version
a list of versions        | Sec-WebSocket-V | Sec-WebSocket-Version: 13, 8 | 426 Version
zero in front             | Sec-WebSocket-V | Sec-WebSocket-Version: 013   | 426 Version
two versions              | Sec-WebSocket-V | Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 8  | 426 Version
the same version twice    | Sec-WebSocket-V | Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13 | 426 Version
no key                    | Sec-WebSocket-K |                              | 400 Key
an empty key              | Sec-WebSocket-K | Sec-WebSocket-Key:           | 400 Key
15 bytes                  | Sec-WebSocket-K | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j     | 400 Key
17 bytes                  | Sec-WebSocket-K | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWU= | 400 Key
no padding                | Sec-WebSocket-K | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ   | 400 Key
not base64                | Sec-WebSocket-K | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j*Q== | 400 Key
a space inside            | Sec-WebSocket-K | Sec-WebSocket-Key: dGhlIHNhbXBs ZSBub25jZQ== | 400 Key
two keys                  | Sec-WebSocket-K | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA== | 400 Key
the same key twice        | Sec-WebSocket-K | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ== | 400 Key
RFC 9112 §5.1 space       | Host | Host : h                                | 400 BadHead
a tab before the colon    | Host | Host\t: h                               | 400 BadHead
RFC 9112 §5.2 obs-fold    | Host | Host: h\r\nX: a\r\n b                   | 400 BadHead
obs-fold by a tab         | Host | Host: h\r\nX: a\r\n\tb                  | 400 BadHead
a fold before all headers | Host | \tHost: h                               | 400 BadHead
RFC 9110 §5.5 NUL         | Host | Host: h\r\nX: a\0b                      | 400 BadHead
CR in a value             | Host | Host: h\r\nX: a\rb                      | 400 BadHead
NUL in a name             | Host | Host: h\r\nX\0: a                       | 400 BadHead
a name that is no token   | Host | Host: h\r\n(X): a                       | 400 BadHead
an empty name             | Host | Host: h\r\n: a                          | 400 BadHead
no colon                  | Host | Host: h\r\nX                            | 400 BadHead
RFC 9112 §2.2 bare LF     | Host | Host: h\nX: a                           | 400 BadHead
bare LF behind the first  | GET  | GET /chat HTTP/1.1\nX: a                | 400 BadHead
bare LF as the first line | GET  | \nGET /chat HTTP/1.1                     | 400 BadHead
only bare LF              | GET  | GET /chat HTTP/1.1                      | 400 BadHead
";
    for [rule, line, other, want] in rows(text) {
        let head = with(line, other);
        let head = if rule == "only bare LF" { head.replace('\r', "") } else { head };
        let error = judge(&head).expect_err(rule);
        let got = format!("{} {error:?}", explain(&error).status().as_u16());
        assert_eq!(got.split('(').next(), Some(want), "{rule}");
    }
}

#[test]
fn what_nginx_sends_when_it_was_not_told_of_the_upgrade() {
    let head = "GET /chat HTTP/1.0\r\nHost: backend\r\nConnection: close\r\n\
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    assert_eq!(judge(head).map(|_| ()), Err(HandshakeError::NotAnUpgrade));
}

#[test]
fn a_head_has_limits() {
    let limits = Limits { headers: 6, ..Limits::default() };
    for (rule, more, want) in [
        ("at the limit", "X: 1", Ok(())),
        ("over it", "X: 1\r\nX: 2", Err(HandshakeError::TooManyHeaders(6))),
    ] {
        let head = with("Host", &format!("Host: h\r\n{more}"));
        assert_eq!(parsed_request(head.as_bytes(), &limits).map(|_| ()), want, "{rule}");
    }
    let head = with("Host", &format!("Host: h\r\nX: {}", "a".repeat(16 << 10)));
    assert_eq!(judge(&head).map(|_| ()), Err(HandshakeError::HeadTooLarge(16 << 10)));
}

#[test]
fn every_error_is_explained() {
    use HandshakeError as E;
    let large = "431 Request Header Fields Too Large";
    let upgrade = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    for (error, status, more) in [
        (E::BadHead("why"), "400 Bad Request", ""),
        (E::Origin("why".into()), "403 Forbidden", ""),
        (E::NoCommonSubprotocol("why".into()), "400 Bad Request", ""),
        (E::SlowHead, "408 Request Timeout", ""),
        (E::Method, "405 Method Not Allowed", "Allow: GET\r\n"),
        (E::NotAnUpgrade, "426 Upgrade Required", upgrade),
        (E::Version, "426 Upgrade Required", upgrade),
        (E::HeadTooLarge(9), large, ""),
        (E::TooManyHeaders(9), large, ""),
        (E::Busy, "503 Service Unavailable", "Retry-After: 5\r\n"),
    ] {
        let body = format!("{error}\n");
        let upgrade = if more == upgrade { ", Upgrade" } else { "" };
        let head = format!(
            "HTTP/1.1 {status}\r\n{more}Content-Length: {}\r\nConnection: close{upgrade}\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\r\n",
            body.len()
        );
        for (method, want) in [
            (Method::GET, head.clone() + &body),
            (Method::POST, head.clone() + &body),
            (Method::HEAD, head),
        ] {
            let got = write_refusal(&explain(&error), &method);
            assert_eq!(String::from_utf8(got).unwrap(), want, "{error:?} {method}");
        }
    }
}

#[test]
fn a_users_refusal_stays_one_message() {
    let text = r"
as it is                      | 401 | www-authenticate: Basic    | 401 Unauthorized\r\nWWW-Authenticate: Basic
a status without a name       | 499 | x: y                       | 499 Other\r\nX: y
100 would promise another     | 100 | x: y                       | 500 Internal Server Error\r\nX: y
204 would have no body        | 204 | x: y                       | 500 Internal Server Error\r\nX: y
304 would have no body        | 304 | x: y                       | 500 Internal Server Error\r\nX: y
101 would open the connection | 101 | x: y                       | 500 Internal Server Error\r\nX: y
a length of its own           | 403 | content-length: 99         | 403 Forbidden
a coding of its own           | 403 | transfer-encoding: chunked | 403 Forbidden
a connection of its own       | 403 | connection: keep-alive     | 403 Forbidden
a type of its own             | 403 | content-type: text/html    | 403 Forbidden
";
    for [rule, status, header, want] in rows(text) {
        let (name, value) = header.split_once(": ").unwrap();
        let response = Response::builder().status(status).header(name, value);
        let response = response.body("né".to_owned()).unwrap();
        let got = String::from_utf8(write_refusal(&response, &Method::GET)).unwrap();
        let want = format!("HTTP/1.1 {}\r\n", want.replace(r"\r\n", "\r\n"));
        assert!(got.starts_with(&want) && got.ends_with("\r\n\r\nné"), "{rule}: {got}");
        assert!(!got.to_lowercase().contains("transfer-encoding"), "{rule}: {got}");
        let own_type = name == "content-type";
        let kind = if own_type { value } else { "text/plain; charset=utf-8" };
        for (name, value) in [("Length", "3"), ("Type", kind)] {
            assert!(got.contains(&format!("Content-{name}: {value}\r\n")), "{rule}: {got}");
            assert_eq!(got.matches(&format!("Content-{name}")).count(), 1, "{rule}");
        }
        assert!(got.contains("\r\nConnection: close\r\n"), "{rule}: {got}");
        assert_eq!(got.matches("Connection").count(), 1, "{rule}: {got}");
    }
}

#[test]
fn section_4_2_2_the_101() {
    let start = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {ACCEPT}\r\n"
    );
    let protocol = "Sec-WebSocket-Protocol: chat\r\n";
    for (subprotocol, cookies, want) in [
        (None, &[][..], ""),
        (Some("chat"), &[], protocol),
        (None, &["1", "2"], "Set-Cookie: 1\r\nSet-Cookie: 2\r\n"),
    ] {
        let cookies = cookies.iter().map(|one| (header::SET_COOKIE, HeaderValue::from_static(one)));
        let more: HeaderMap = cookies.collect();
        let mut got = Vec::new();
        write_switching(&mut got, ACCEPT, subprotocol, None, &more);
        assert_eq!(String::from_utf8(got).unwrap(), format!("{start}{want}\r\n"));
        // What another server sends says the same.
        let response = switching(ACCEPT, subprotocol, None, more);
        let mut lines = Vec::new();
        write_headers(&mut lines, response.headers());
        let lines =
            format!("HTTP/1.1 {}\r\n{}", response.status(), String::from_utf8(lines).unwrap());
        assert_eq!(lines, format!("{start}{want}"));
    }
}
