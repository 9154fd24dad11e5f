//! Bytes as people read them. Nothing in them can end a line or control a terminal.

use std::fmt::Write as _;

/// The most bytes that are shown.
const SHOWN: usize = 48;

/// Returns a text in quotation marks, shortened. A byte that is not part of a whole UTF-8 character
/// stands as `\xff`.
pub(super) fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for chunk in bytes[..cut(bytes)].utf8_chunks() {
        text.extend(chunk.valid().chars().flat_map(char::escape_debug));
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text + "\"" + dots(bytes)
}

/// Returns bytes as hex digits with spaces, shortened.
pub(super) fn hex(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(SHOWN)];
    shown.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ") + dots(bytes)
}

/// Returns a text of the peer without what could end a line.
pub(super) fn plain(text: &str) -> String {
    text.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'")
}

/// Returns a number of bytes in words.
pub(super) fn count(bytes: u64) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}

fn dots(bytes: &[u8]) -> &'static str {
    if bytes.len() > SHOWN { "..." } else { "" }
}

/// Where to cut, so that no character is cut: a character has at most three bytes behind its first.
fn cut(bytes: &[u8]) -> usize {
    if bytes.len() <= SHOWN {
        return bytes.len();
    }
    (SHOWN - 3..=SHOWN).rev().find(|at| bytes[*at] & 0xC0 != 0x80).unwrap_or(SHOWN)
}
