//! Text of a peer, made safe for a terminal.

/// Returns the text with its control characters escaped, because they could move the cursor, change
/// colors or type into the terminal. Line ends and tabs stay.
pub(crate) fn safe(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => shown.push(c),
            // The order of characters: text could look like other text.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => shown.extend(c.escape_unicode()),
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}

/// Returns the start of a body, safe for a terminal: at most ten lines and 1,000 characters.
pub(crate) fn start_of(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_end();
    let lines: Vec<_> = text.lines().take(10).collect();
    let start: String = lines.join("\n").chars().take(1000).collect();
    let cut = if start.len() < text.len() { "…" } else { "" };
    safe(&start) + cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_text_is_not() {
        for (text, want) in [
            ("Grüße, 🦀\tx\ny", "Grüße, 🦀\tx\ny"),
            ("\x1b[2J", "\\u{1b}[2J"),
            ("a\rb", "a\\rb"),
            ("\x07\x08\x7f", "\\u{7}\\u{8}\\u{7f}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{202e}evil", "\\u{202e}evil"),
        ] {
            assert_eq!(safe(text), want);
        }
    }

    #[test]
    fn a_body_is_cut() {
        assert_eq!(start_of(b"no\n"), "no");
        assert_eq!(start_of(b""), "");
        let long = "x\n".repeat(20);
        assert_eq!(start_of(long.as_bytes()), format!("{}…", ["x"; 10].join("\n")));
        assert_eq!(start_of("é".repeat(1001).as_bytes()), "é".repeat(1000) + "…");
    }
}
