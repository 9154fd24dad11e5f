//! Bytes of a peer as people read them: nothing in them can end a line or control a terminal.

use std::fmt::Write as _;

/// Returns bytes in quotation marks, shortened to `most`. What is not UTF-8 stands as `\xff`.
pub(crate) fn quoted(bytes: &[u8], most: usize) -> String {
    let mut text = String::from("\"");
    for chunk in bytes[..whole(bytes, most)].utf8_chunks() {
        text.extend(chunk.valid().chars().flat_map(char::escape_debug));
        for byte in chunk.invalid() {
            // A String takes everything.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text.push('"');
    if bytes.len() > most {
        text.push_str("...");
    }
    text
}

/// The most bytes of a text that is not a peer's payload.
const LINE: usize = 1 << 10;

/// Returns a text without what could end a line.
pub(crate) fn plain(text: &str) -> String {
    let shown = &text[..whole(text.as_bytes(), LINE)];
    let dots = if shown.len() < text.len() { "..." } else { "" };
    format!("{}{dots}", shown.escape_debug())
}

/// Where to cut, so that no character is in parts: at most at `most`.
fn whole(bytes: &[u8], most: usize) -> usize {
    if bytes.len() <= most {
        return bytes.len();
    }
    // A character has at most three bytes behind its first.
    let is_first = |at: &usize| bytes[*at] & 0xC0 != 0x80;
    (most.saturating_sub(3)..=most).rev().find(is_first).unwrap_or(most)
}

/// Returns bytes as hex digits, shortened to `most`.
pub(crate) fn hex(bytes: &[u8], most: usize) -> String {
    let mut text = String::new();
    for byte in bytes.iter().take(most) {
        // A String takes everything.
        let _ = write!(text, "{byte:02x}");
    }
    if bytes.len() > most {
        text.push_str("...");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_line_can_end_it() {
        for (bytes, most, want) in [
            (&b"hello"[..], 9, "\"hello\""),
            (b"", 9, "\"\""),
            (b"a\n\x1b[2J\"", 9, r#""a\n\u{1b}[2J\"""#),
            (b"\xff\xc3ab", 9, r#""\xff\xc3ab""#),
            ("aé".as_bytes(), 2, "\"a\"..."),
            ("aé".as_bytes(), 3, "\"aé\""),
            ("a😀b".as_bytes(), 4, "\"a\"..."),
            (&[0x80; 9], 4, r#""\x80\x80\x80\x80"..."#),
        ] {
            assert_eq!(quoted(bytes, most), want, "{bytes:?}");
        }
        assert_eq!((hex(&[1, 0xab], 2), hex(&[1, 2, 3], 2)), ("01ab".into(), "0102...".into()));
    }
}
