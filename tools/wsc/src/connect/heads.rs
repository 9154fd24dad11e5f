//! [`Heads`]: what `--verbose` shows of the opening handshake.

use std::collections::HashMap;
use std::fmt;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use blocking_ws::{Tap, TapEvent, Way, WebSocket};

use super::notes::Notes;
use crate::exit::safe;

/// What ends a head.
const END: &[u8] = b"\r\n\r\n";
/// Headers whose values are secrets.
const SECRET: &[&str] = &["authorization", "proxy-authorization", "cookie", "set-cookie"];

/// A connection, and whether bytes were sent.
type Direction = (u64, bool);
/// What has passed; `None` once the head was shown.
type Passed = Option<Vec<u8>>;

/// Shows the request and the response of each connection as they were on the wire, also of one that was
/// refused or led elsewhere.
pub(super) struct Heads {
    passed: Mutex<HashMap<Direction, Passed>>,
    /// With the number of the connection, for a server.
    numbers: bool,
    notes: Notes,
}

impl Heads {
    pub(super) fn new(notes: Notes, numbers: bool) -> Self {
        Self { passed: Mutex::default(), numbers, notes }
    }
}

impl Tap for Heads {
    fn event(&self, connection: u64, event: TapEvent<'_>) {
        let mut all = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        if let TapEvent::Closed = event {
            all.retain(|(of, _), _| *of != connection);
        }
        let TapEvent::Bytes { way, bytes, .. } = event else { return };
        let is_sent = way == Way::Sent;
        let passed = all.entry((connection, is_sent)).or_insert_with(|| Some(Vec::new()));
        let Some(head) = passed else { return };
        head.extend_from_slice(bytes);
        if let Some(end) = head.windows(END.len()).position(|window| window == END) {
            let number = if self.numbers { format!("#{connection} ") } else { String::new() };
            let mark = number + if is_sent { ">" } else { "<" };
            let text = show(&head[..end], &mark) + "\n";
            *passed = None;
            drop(all);
            // Standard error that is closed hears nothing.
            let _ = self.notes.clone().write_all(text.as_bytes());
        }
    }
}

/// The lines of a head, without secrets.
fn show(head: &[u8], mark: &str) -> String {
    let head = String::from_utf8_lossy(head);
    let lines = head.split("\r\n").map(|line| match line.split_once(':') {
        Some((name, _)) if SECRET.contains(&&name.to_ascii_lowercase()[..]) => {
            format!("{mark} {name}: ***")
        }
        _ => format!("{mark} {}", safe(line)),
    });
    lines.collect::<Vec<_>>().join("\n")
}

impl fmt::Debug for Heads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heads").finish_non_exhaustive()
    }
}

/// Returns what both sides agreed on.
pub(crate) fn show_agreed(ws: &WebSocket) -> String {
    let mut text = String::new();
    if let Some(tls) = ws.tls() {
        let _ = writeln!(text, "[TLS: {tls}]");
    }
    if let Ok(address) = ws.peer_addr() {
        let _ = writeln!(text, "[connected to {address}]");
    }
    let _ = writeln!(text, "[subprotocol: {}]", ws.subprotocol().unwrap_or("none"));
    let _ = write!(text, "[extensions: {}]", ws.extensions().unwrap_or("none"));
    safe(&text)
}

#[cfg(test)]
mod tests {
    use super::show;

    #[test]
    fn secrets_and_control_characters_are_not_shown() {
        let head = b"GET /?a HTTP/1.1\r\nHost: h\r\nAuthorization: Basic eA==\r\nX-\x1b: \x1b[2J";
        let want = "> GET /?a HTTP/1.1\n> Host: h\n> Authorization: ***\n> X-\\u{1b}: \\u{1b}[2J";
        assert_eq!(show(head, ">"), want);
    }
}
