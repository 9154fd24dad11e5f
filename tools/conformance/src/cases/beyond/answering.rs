//! HC: the opening handshake of a client (RFC 6455 §4.1).

use std::time::Duration;

use blocking_ws::Role;

use super::heads;
use crate::case::{Case, CaseId, Glued, HowEnded, Level, Look, Pace, Reaction, Response, Test};

const HANDSHAKE: &str = "RFC 6455 §4.1";
const HEADERS: &str = "RFC 6455 §4.1, RFC 9110 §5.5";
const ACCEPT_ONCE: &str = "RFC 6455 §11.3.3";
const SUBPROTOCOL_ONCE: &str = "RFC 6455 §11.3.4";
const INTERIM: &str = "RFC 9110 §15.2";
const REASON: &str = "RFC 9112 §4";
const LINES: &str = "RFC 9110 §5.3";
const ABUSE: &str = "RFC 6455 §10.4";
const FAIL: &str = "RFC 6455 §4.1, §7.1.7";

/// The `Sec-WebSocket-Accept` of the key of the RFC's example, and that of no key at all.
const OTHER_ACCEPT: &str = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const WRONG_ACCEPT: &str = "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// The lines of a good answer.
const GOOD: [&str; 4] = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Accept: {accept}",
];

const STATUS: usize = 0;
const UPGRADE: usize = 1;
const CONNECTION: usize = 2;
const ACCEPT: usize = 3;

/// How long the answer of HC9.3 waits before each byte.
const DRIP: Duration = Duration::from_millis(200);

/// The SETTINGS frame by which a server of HTTP/2 begins (RFC 9113 §3.4).
const HTTP_2: &[u8] = b"\0\0\0\x04\0\0\0\0\0";

/// A row: a case about an answer.
struct Row {
    title: String,
    rule: &'static str,
    level: Level,
    response: Response,
}

impl Row {
    /// An answer with these lines.
    fn new(
        title: impl Into<String>,
        rule: &'static str,
        lines: &[String],
        reaction: Reaction,
    ) -> Self {
        Self::raw(title, rule, (lines.join("\r\n") + "\r\n\r\n").into_bytes(), reaction)
    }

    fn raw(
        title: impl Into<String>,
        rule: &'static str,
        head: Vec<u8>,
        reaction: Reaction,
    ) -> Self {
        let response = Response {
            look: None,
            head,
            quarters: 4,
            pace: Pace::Together,
            glued: None,
            end: None,
            reaction,
        };
        Self { title: title.into(), rule, level: Level::Must, response }
    }

    fn opens(title: impl Into<String>, rule: &'static str, lines: &[String]) -> Self {
        Self::new(title, rule, lines, Reaction::Opens)
    }

    fn fails(title: impl Into<String>, rule: &'static str, lines: &[String]) -> Self {
        Self::new(title, rule, lines, Reaction::Fails)
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
            roles: &[Role::Client],
            needs_echo: self.response.needs_echo(),
            test: Test::Responds(self.response),
        }
    }
}

/// The lines of a good answer, with one replaced by others.
fn with(line: usize, by: &[&str]) -> Vec<String> {
    heads::with(&GOOD, line, by)
}

/// A good answer, with more lines at its end.
fn and(more: &[&str]) -> Vec<String> {
    heads::and(&GOOD, more)
}

pub(super) fn cases() -> Vec<Case> {
    let rows = [
        (1, requests()),
        (2, keys()),
        (3, statuses()),
        (4, upgrades()),
        (5, accepts()),
        (6, extras()),
        (7, spellings()),
        (8, cut()),
        (9, endless()),
        (10, broken()),
    ];
    heads::cases("HC", rows, Row::case)
}

/// A good answer, to a request that is looked at.
fn looks(title: &str, rule: &'static str, look: Look) -> Row {
    let mut row = Row::opens(title, rule, &and(&[]));
    row.response.look = Some(look);
    row
}

fn requests() -> Vec<Row> {
    [
        ("the request is a GET of HTTP/1.1", Look::RequestLine),
        ("one Host, with the port", Look::Host),
        ("Upgrade and Connection of the request", Look::Upgrade),
        ("a key of 16 bytes in base64", Look::Key),
        ("version 13", Look::Version),
        ("headers that may come only once", Look::Once),
        ("the target has a query and no fragment", Look::Target),
        ("nothing is sent before the answer", Look::Nothing),
    ]
    .map(|(title, look)| looks(title, HANDSHAKE, look))
    .into()
}

fn keys() -> Vec<Row> {
    vec![looks("each connection has another key", "RFC 6455 §4.1, §10.3", Look::FreshKey)]
}

/// HC3: all else is as it must be.
fn statuses() -> Vec<Row> {
    let status = |line: &str, more: &[&str]| {
        let mut lines = with(STATUS, &[line]);
        lines.extend(more.iter().map(|it| (*it).to_owned()));
        lines
    };
    let refuses = [
        "200 OK",
        "204 No Content",
        "301 Moved Permanently",
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "426 Upgrade Required",
        "503 Service Unavailable",
    ]
    .map(|name| {
        let more: &[&str] = match &name[..3] {
            // RFC 9110 §8.6: a 204 has no Content-Length.
            "204" => &[],
            // A client may follow it. It gets to a connection that is no case.
            "301" => &["Content-Length: 0", "Location: /getCaseCount"],
            "401" => &["Content-Length: 0", "WWW-Authenticate: Basic realm=\"ws-conformance\""],
            _ => &["Content-Length: 0"],
        };
        let title = format!("status {}", &name[..3]);
        Row::fails(title, HANDSHAKE, &status(&format!("HTTP/1.1 {name}"), more))
    });
    let old = status("HTTP/1.0 101 Switching Protocols", &[]);
    // RFC 9112 §4: a phrase may be empty, and the blank before it stays.
    let bare = status("HTTP/1.1 101 ", &[]);
    let mut rows = Vec::from(refuses);
    // No sentence of §4.1 names the version; §1.3 and §4.2.2 only show it.
    rows.push(Row::fails("101 of HTTP/1.0", "RFC 6455 §4.2.2", &old).level(Level::Should));
    rows.push(Row::opens("101 without a phrase", REASON, &bare));
    rows
}

fn upgrades() -> Vec<Row> {
    [
        ("an answer without Upgrade", UPGRADE, &[][..]),
        ("an answer with Upgrade: h2c", UPGRADE, &["Upgrade: h2c"]),
        ("an answer with Upgrade: websocketx", UPGRADE, &["Upgrade: websocketx"]),
        ("an answer without Connection", CONNECTION, &[]),
        ("an answer with Connection: keep-alive", CONNECTION, &["Connection: keep-alive"]),
    ]
    .map(|(title, line, by)| Row::fails(title, HANDSHAKE, &with(line, by)))
    .into()
}

fn accepts() -> Vec<Row> {
    let right = GOOD[ACCEPT];
    let lowercase = "Sec-WebSocket-Accept: {lowercase}";
    let blanks = "Sec-WebSocket-Accept: \t {accept} \t ";
    let fails = |title: &str, by: &[&str]| Row::fails(title, HANDSHAKE, &with(ACCEPT, by));
    vec![
        fails("an answer without Sec-WebSocket-Accept", &[]),
        fails("Sec-WebSocket-Accept of no key", &[WRONG_ACCEPT]),
        fails("Sec-WebSocket-Accept of another key", &[OTHER_ACCEPT]),
        fails("Sec-WebSocket-Accept in small letters", &[lowercase]),
        Row::fails("Sec-WebSocket-Accept twice", ACCEPT_ONCE, &with(ACCEPT, &[right, right])),
        Row::opens("blanks around Sec-WebSocket-Accept", HANDSHAKE, &with(ACCEPT, &[blanks])),
    ]
}

/// HC6: extensions and subprotocols that the client has not offered.
fn extras() -> Vec<Row> {
    let fails = |title: &str, rule, more: &[&str]| Row::fails(title, rule, &and(more));
    let two = ["Sec-WebSocket-Protocol: ws-conformance", "Sec-WebSocket-Protocol: superchat"];
    let mut none = Row::new("no subprotocol", HANDSHAKE, &and(&[]), Reaction::Either);
    none.level = Level::Info;
    vec![
        fails(
            "an extension that was not offered",
            HANDSHAKE,
            &["Sec-WebSocket-Extensions: ws-conformance; level=3"],
        ),
        fails(
            "a subprotocol that was not offered",
            HANDSHAKE,
            &["Sec-WebSocket-Protocol: ws-conformance"],
        ),
        fails("two subprotocols", SUBPROTOCOL_ONCE, &two),
        fails(
            "a subprotocol in another letter case",
            HANDSHAKE,
            &["Sec-WebSocket-Protocol: {subprotocol}"],
        ),
        none,
    ]
}

/// HC7: letter case, blanks and other headers mean nothing.
fn spellings() -> Vec<Row> {
    let named = |change: fn(&str) -> String| {
        GOOD.map(|line| match line.split_once(": ") {
            // The value is no token, and keeps its letters.
            Some((name @ "Sec-WebSocket-Accept", value)) => format!("{}: {value}", change(name)),
            Some(_) => change(line),
            None => line.to_owned(),
        })
    };
    let padded = GOOD.map(|line| match line.split_once(": ") {
        Some((name, value)) => format!("{name}:\t {value} \t "),
        None => line.to_owned(),
    });
    let bare = GOOD.map(|line| line.replacen(": ", ":", 1));
    let two = ["Connection: keep-alive", "Connection: Upgrade"];
    let legacy = [
        "Server: ws-conformance",
        "Date: Mon, 30 Nov 2026 12:00:00 GMT",
        "Sec-WebSocket-Origin: null",
        "Sec-WebSocket-Location: ws://localhost/",
        "Sec-WebSocket-Version: 13",
        "Pragma: no-cache",
    ];
    let behind = |first: &str| [&[first.to_owned(), String::new()][..], &and(&[])].concat();
    vec![
        Row::opens("names and tokens in capitals", HANDSHAKE, &named(str::to_ascii_uppercase)),
        Row::opens("names and tokens in small letters", HANDSHAKE, &named(str::to_ascii_lowercase)),
        Row::opens(
            "Connection with two tokens",
            HANDSHAKE,
            &with(CONNECTION, &["Connection: keep-alive, Upgrade"]),
        ),
        Row::opens("two Connection lines", LINES, &with(CONNECTION, &two)),
        Row::opens("tabs and blanks around values", HEADERS, &padded),
        Row::opens("no blank behind a colon", HEADERS, &bare),
        Row::opens("100 before the 101", INTERIM, &behind("HTTP/1.1 100 Continue")),
        Row::opens("103 before the 101", INTERIM, &behind("HTTP/1.1 103 Early Hints")),
        Row::opens("headers that mean nothing", HANDSHAKE, &and(&legacy)),
        Row::opens("empty headers", HEADERS, &and(&["X-Empty:", "X-Blank: "])),
    ]
}

/// HC8: TCP may cut an answer anywhere, and may join it with what follows.
fn cut() -> Vec<Row> {
    let mut chopped = Row::opens("an answer byte by byte", HANDSHAKE, &and(&[]));
    chopped.response.pace = Pace::Chopped;
    let glued = [("a text", Glued::Message), ("a ping", Glued::Ping), ("a Close", Glued::Close)];
    let glued = glued.map(|(what, glued)| {
        let mut row = Row::opens(format!("{what} glued to the answer"), HANDSHAKE, &and(&[]));
        row.response.glued = Some(glued);
        row
    });
    [chopped].into_iter().chain(glued).collect()
}

fn endless() -> Vec<Row> {
    let begun = GOOD.join("\r\n") + "\r\n";
    let line = begun.clone() + "X-Long: " + &"x".repeat(1 << 20);
    let lines = begun.clone() + &"X-Many: x\r\n".repeat(100_000);
    let mut drips = Row::raw(
        "a byte each 200 ms, without an end",
        ABUSE,
        (begun + "X-Slow: ").into_bytes(),
        Reaction::GivesUp,
    );
    drips.response.pace = Pace::Drips(DRIP);
    let whole =
        [("a line of 1 MiB that does not end", line), ("100000 lines that do not end", lines)]
            .map(|(title, head)| Row::raw(title, ABUSE, head.into_bytes(), Reaction::GivesUp));
    whole.into_iter().chain([drips]).map(|row| row.level(Level::Should)).collect()
}

/// HC10: answers that come to nothing.
fn broken() -> Vec<Row> {
    let cut = [("ends", HowEnded::Fin), ("is reset", HowEnded::Reset)].map(|(how, end)| {
        (0..4).map(move |quarters| {
            let title = match quarters {
                0 => format!("TCP {how} before the answer"),
                1 => format!("TCP {how} after a quarter of the answer"),
                2 => format!("TCP {how} after half of the answer"),
                _ => format!("TCP {how} after three quarters of the answer"),
            };
            let mut row = Row::fails(title, FAIL, &and(&[]));
            (row.response.quarters, row.response.end) = (quarters, Some(end));
            row
        })
    });
    let good = (and(&[]).join("\r\n") + "\r\n\r\n").into_bytes();
    let nul = [b"\0", &good[..]].concat();
    // No rule sets a deadline.
    let silence = Row::raw("no answer", ABUSE, Vec::new(), Reaction::GivesUp).level(Level::Should);
    let more = [
        silence,
        Row::raw("a NUL before the answer", FAIL, nul, Reaction::Fails),
        Row::raw("an answer of HTTP/2", FAIL, HTTP_2.to_vec(), Reaction::Fails),
    ];
    cut.into_iter().flatten().chain(more).collect()
}
