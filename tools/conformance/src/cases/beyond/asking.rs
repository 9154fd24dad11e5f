//! H: the opening handshake of a server (RFC 6455 §4.2).

use blocking_ws::Role;

use super::heads;
use crate::case::{Answer, Ask, Case, CaseId, Level, Test, Writes};

const REQUEST: &str = "RFC 6455 §4.2.1";
const RESPONSE: &str = "RFC 6455 §4.2.2";
const VERSION: &str = "RFC 6455 §4.4";
const ONCE: &str = "RFC 6455 §11.3";
const SUBPROTOCOL: &str = "RFC 6455 §4.2.2";
const EXTENSION: &str = "RFC 6455 §9.1";
const GLUED: &str = "RFC 6455 §4.1";
const ABUSE: &str = "RFC 6455 §10.4";
const TARGET: &str = "RFC 9112 §3.2";
const LINES: &str = "RFC 9112 §5";
const BODY: &str = "RFC 9112 §6";
const STATUS: &str = "RFC 9110 §15.5.22";
const ORIGIN: &str = "RFC 6455 §10.2";

/// The key of the RFC's example, and another one.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const OTHER_KEY: &str = "AQIDBAUGBwgJCgsMDQ4PEA==";

/// A masked ping of five bytes.
const BODY_PING: &[u8; 11] = b"\x89\x85\0\0\0\0hello";

/// The lines of a good request.
const GOOD: [&str; 6] = [
    "GET {target} HTTP/1.1",
    "Host: {host}",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
];

const ERROR: Answer = Answer::Refuses { statuses: &[], names_version: false };
const BAD_REQUEST: Answer = Answer::Refuses { statuses: &[400], names_version: false };
const OTHER_VERSION: Answer = Answer::Refuses { statuses: &[426], names_version: true };

/// A row: a case about a request.
struct Row {
    title: String,
    rule: &'static str,
    level: Level,
    ask: Ask,
}

impl Row {
    /// A request with these lines.
    fn new(title: impl Into<String>, rule: &'static str, lines: &[String], answer: Answer) -> Self {
        let request = (lines.join("\r\n") + "\r\n\r\n").into_bytes();
        Self::raw(title, rule, request, answer)
    }

    fn raw(title: impl Into<String>, rule: &'static str, request: Vec<u8>, answer: Answer) -> Self {
        let ask = Ask {
            request,
            writes: Writes::Together,
            key: KEY,
            subprotocols: &[],
            glued: 0,
            held_back: 0,
            answer,
        };
        Self { title: title.into(), rule, level: Level::Must, ask }
    }

    fn level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    fn case(self, id: CaseId) -> Case {
        Case {
            id,
            title: self.title,
            rule: self.rule,
            level: self.level,
            roles: &[Role::Server],
            needs_echo: self.ask.glued > 0,
            test: Test::Asks(self.ask),
        }
    }
}

/// The lines of a good request, with one replaced by others.
fn with(line: usize, by: &[&str]) -> Vec<String> {
    heads::with(&GOOD, line, by)
}

/// A good request, with more lines at its end.
fn and(more: &[&str]) -> Vec<String> {
    heads::and(&GOOD, more)
}

const LINE: usize = 0;
const HOST: usize = 1;
const UPGRADE: usize = 2;
const CONNECTION: usize = 3;
const KEYS: usize = 4;
const VERSIONS: usize = 5;

pub(super) fn cases() -> Vec<Case> {
    let rows = [
        (1, good()),
        (2, spellings()),
        (3, lists()),
        (4, missing()),
        (5, wrong()),
        (6, methods()),
        (7, http_versions()),
        (8, versions()),
        (9, keys()),
        (10, doubled()),
        (11, subprotocols()),
        (12, extensions()),
        (13, targets()),
        (14, cut()),
        (15, glued()),
        (16, endless()),
        (17, bad_lines()),
        (18, bodies()),
        (19, plain()),
        (20, origin()),
    ];
    heads::cases("H", rows, Row::case)
}

fn good() -> Vec<Row> {
    let other = format!("Sec-WebSocket-Key: {OTHER_KEY}");
    let mut second = Row::new("another key", RESPONSE, &with(KEYS, &[&other]), Answer::Opens);
    second.ask.key = OTHER_KEY;
    vec![Row::new("the RFC's example key", RESPONSE, &and(&[]), Answer::Opens), second]
}

/// H2: letter case and blanks mean nothing.
fn spellings() -> Vec<Row> {
    let shout = |line: &str| {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        match name {
            "Upgrade" | "Connection" => line.to_ascii_uppercase(),
            _ if value.is_empty() => line.to_owned(),
            _ => format!("{}:{value}", name.to_ascii_uppercase()),
        }
    };
    let whisper = |line: &str| match line.split_once(':') {
        Some((name, value)) => format!("{}:{value}", name.to_ascii_lowercase()),
        None => line.to_owned(),
    };
    let padded = |line: &str| match line.split_once(": ") {
        Some((name, value)) if name != "Host" => format!("{name}:\t {value} \t "),
        _ => line.to_owned(),
    };
    let bare = |line: &str| line.replacen(": ", ":", 1);
    let opens = |title, lines: Vec<String>| Row::new(title, REQUEST, &lines, Answer::Opens);
    vec![
        opens("names and tokens in capitals", GOOD.map(shout).to_vec()),
        opens("names in small letters", GOOD.map(whisper).to_vec()),
        opens("tabs and blanks around values", GOOD.map(padded).to_vec()),
        opens("no blank behind a colon", GOOD.map(bare).to_vec()),
    ]
}

fn lists() -> Vec<Row> {
    [
        ("Connection with two tokens", CONNECTION, &["Connection: keep-alive, Upgrade"][..]),
        ("two Connection lines", CONNECTION, &["Connection: keep-alive", "Connection: Upgrade"]),
        ("Upgrade with two protocols", UPGRADE, &["Upgrade: h2c, websocket"]),
    ]
    .map(|(title, line, by)| Row::new(title, REQUEST, &with(line, by), Answer::Opens))
    .into()
}

fn missing() -> Vec<Row> {
    [
        ("no Host", HOST),
        ("no Upgrade", UPGRADE),
        ("no Connection", CONNECTION),
        ("no Sec-WebSocket-Key", KEYS),
        ("no Sec-WebSocket-Version", VERSIONS),
    ]
    .map(|(title, line)| Row::new(title, REQUEST, &with(line, &[]), ERROR))
    .into()
}

fn wrong() -> Vec<Row> {
    [
        (CONNECTION, "Connection: upgradex"),
        (UPGRADE, "Upgrade: websocketx"),
        (UPGRADE, "Upgrade: h2c"),
    ]
    .map(|(line, by)| Row::new(by, REQUEST, &with(line, &[by]), ERROR))
    .into()
}

fn methods() -> Vec<Row> {
    ["POST", "HEAD", "get"]
        .map(|method| {
            let line = format!("{method} {{target}} HTTP/1.1");
            Row::new(format!("method {method}"), REQUEST, &with(LINE, &[&line]), ERROR)
        })
        .into()
}

fn http_versions() -> Vec<Row> {
    // "HTTP/1.1 or higher", says §4.2.1; but HTTP/2 has no request line.
    [
        ("HTTP/1.0", "GET {target} HTTP/1.0", Level::Must),
        ("HTTP/2.0", "GET {target} HTTP/2.0", Level::Should),
        ("no version of HTTP", "GET {target}", Level::Must),
    ]
    .map(|(title, line, level)| Row::new(title, REQUEST, &with(LINE, &[line]), ERROR).level(level))
    .into()
}

/// H8: a version that is not known is answered with the one that is. What is no version at all may be a
/// bad request.
fn versions() -> Vec<Row> {
    let no_version = Answer::Refuses { statuses: &[400, 426], names_version: false };
    let row = |version: &str, answer| {
        let line = format!("Sec-WebSocket-Version: {version}");
        Row::new(format!("version {version}"), VERSION, &with(VERSIONS, &[&line]), answer)
    };
    let mut known = ["0", "8", "12", "14", "255"].map(|version| row(version, OTHER_VERSION));
    // A server may know the draft with version 8 too.
    known[1].ask.answer = Answer::Either;
    known[1].level = Level::Info;
    let odd = ["abc", "13, 8", "013"].map(|version| row(version, no_version));
    known.into_iter().chain(odd).collect()
}

fn keys() -> Vec<Row> {
    [
        ("key of 15 bytes", "AQIDBAUGBwgJCgsMDQ4P"),
        ("key of 17 bytes", "AQIDBAUGBwgJCgsMDQ4PEBE="),
        ("empty key", ""),
        ("key that is no base64", "dGhlIHNhbXBsZSBub25j!!=="),
        ("key without its padding", "dGhlIHNhbXBsZSBub25jZQ"),
    ]
    .map(|(title, key)| {
        let line = format!("Sec-WebSocket-Key: {key}");
        Row::new(title, REQUEST, &with(KEYS, &[&line]), BAD_REQUEST)
    })
    .into()
}

fn doubled() -> Vec<Row> {
    let other = format!("Sec-WebSocket-Key: {OTHER_KEY}");
    vec![
        Row::new("two Hosts", TARGET, &and(&["Host: example.com"]), ERROR),
        Row::new("two keys", ONCE, &and(&[&other]), ERROR),
        Row::new("version 13 twice", ONCE, &and(&["Sec-WebSocket-Version: 13"]), ERROR),
        Row::new("versions 13 and 8", ONCE, &and(&["Sec-WebSocket-Version: 8"]), ERROR),
    ]
}

/// H11: at most one of those that are offered comes back, byte for byte.
fn subprotocols() -> Vec<Row> {
    let row = |title, lines: &[&str], offered| {
        let mut row = Row::new(title, SUBPROTOCOL, &and(lines), Answer::Opens);
        row.ask.subprotocols = offered;
        row
    };
    vec![
        row("no subprotocol is offered", &[], &[]),
        row(
            "a subprotocol that nobody knows",
            &["Sec-WebSocket-Protocol: ws-conformance"],
            &["ws-conformance"],
        ),
        row(
            "subprotocols in one line",
            &["Sec-WebSocket-Protocol: chat, superchat"],
            &["chat", "superchat"],
        ),
        row(
            "subprotocols in two lines",
            &["Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: superchat"],
            &["chat", "superchat"],
        ),
    ]
}

/// H12: what is not known of extensions is left out. A broken list may be refused.
fn extensions() -> Vec<Row> {
    let line = |value: &str| and(&[&format!("Sec-WebSocket-Extensions: {value}")]);
    let row = |title, value: &str, answer| Row::new(title, EXTENSION, &line(value), answer);
    let blanks = format!("ws-conformance;{}x", " ".repeat(7000));
    vec![
        row("an extension that nobody knows", "ws-conformance; level=3", Answer::Opens),
        row("a list of extensions with broken grammar", "ws-conformance; =, ;;", Answer::Either),
        row("7000 blanks in a list of extensions", &blanks, Answer::Either),
        row("7000 semicolons in a list of extensions", &";".repeat(7000), Answer::Either),
    ]
}

fn targets() -> Vec<Row> {
    let line = |target: &str| with(LINE, &[&format!("GET {target} HTTP/1.1")]);
    let long = format!("{{query}}&x={}", "x".repeat(8 << 10));
    vec![
        Row::new("the whole URL as target", TARGET, &line("http://{host}{target}"), Answer::Opens),
        Row::new("a query", TARGET, &line("{query}"), Answer::Opens),
        Row::new("a target of 8 KiB", TARGET, &line(&long), Answer::Either),
    ]
}

fn cut() -> Vec<Row> {
    let mut row = Row::new("a request byte by byte", REQUEST, &and(&[]), Answer::Opens);
    row.ask.writes = Writes::Chopped(1);
    vec![row]
}

/// H15: a client may not send frames before the answer. A server that opens must not lose them.
fn glued() -> Vec<Row> {
    [("a frame", 1, 0), ("half a frame", 1, 4), ("100 frames", 100, 0)]
        .map(|(what, glued, held_back)| {
            let title = format!("{what} glued to the request");
            let mut row = Row::new(title, GLUED, &and(&[]), Answer::Either);
            (row.ask.glued, row.ask.held_back) = (glued, held_back);
            row
        })
        .into()
}

fn endless() -> Vec<Row> {
    let begun = GOOD.join("\r\n") + "\r\n";
    let line = begun.clone() + "X-Long: " + &"x".repeat(1 << 20);
    let lines = begun + &"X-Many: x\r\n".repeat(10_000);
    [("a line of 1 MiB that does not end", line), ("10000 lines that do not end", lines)]
        .map(|(title, request)| {
            Row::raw(title, ABUSE, request.into_bytes(), Answer::CutsOff).level(Level::Should)
        })
        .into()
}

/// H17: RFC 9112 lets a server refuse a bare CR, a NUL and a folded line, or replace them.
fn bad_lines() -> Vec<Row> {
    let row = |title, line: &str, answer| Row::new(title, LINES, &and(&[line]), answer);
    vec![
        row("a blank before a colon", "X-Blank : x", BAD_REQUEST),
        row("a NUL in a value", "X-Nul: a\0b", Answer::Either),
        row("a bare CR in a value", "X-Cr: a\rb", Answer::Either),
        row("a line without a colon", "X-No-Colon", BAD_REQUEST).level(Level::Should),
        row("a folded line", "X-Folded: a\r\n b", Answer::Either),
    ]
}

/// H18: what follows a request is neither a second request nor a frame.
fn bodies() -> Vec<Row> {
    let row = |title, more: &str, behind: &[u8]| {
        let mut request = (and(&[more]).join("\r\n") + "\r\n\r\n").into_bytes();
        request.extend_from_slice(behind);
        Row::raw(title, BODY, request, Answer::Once)
    };
    let chunked = [b"b\r\n", &BODY_PING[..], b"\r\n0\r\n\r\n"].concat();
    let second = b"GET /second HTTP/1.1\r\nHost: {host}\r\n\r\n";
    vec![
        row("a body that looks like a ping", "Content-Length: 11", BODY_PING),
        row("a body in chunks that looks like a ping", "Transfer-Encoding: chunked", &chunked),
        row("a second request behind it", "X-Second: yes", second),
    ]
}

fn plain() -> Vec<Row> {
    let lines = ["GET {target} HTTP/1.1", "Host: {host}"].map(str::to_owned);
    let answer = Answer::Refuses { statuses: &[426], names_version: false };
    vec![
        Row::new("a request that is for no WebSocket", STATUS, &lines, answer).level(Level::Should),
    ]
}

fn origin() -> Vec<Row> {
    let lines = and(&["Origin: https://stranger.example"]);
    vec![Row::new("the origin of a stranger", ORIGIN, &lines, Answer::Either).level(Level::Info)]
}
