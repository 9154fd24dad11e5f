//! The first line of what a peer sent, in the form in which a text quotes it.

/// The most bytes that are quoted.
const MOST: usize = 60;

/// Quotes the first line that is not empty: shortened, and without control characters.
pub(crate) fn first_line(sent: &[u8]) -> String {
    let is_break = |byte: &u8| b"\r\n".contains(byte);
    let begin = sent.iter().position(|byte| !is_break(byte)).unwrap_or(sent.len());
    let line = &sent[begin..];
    let line = &line[..line.iter().position(is_break).unwrap_or(line.len())];
    let (shown, more) = if line.len() > MOST { (&line[..MOST], "...") } else { (line, "") };
    format!("\"{}{more}\"", shown.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_quoted_short_and_legible() {
        let long = [b'a'; MOST + 1];
        for (sent, quoted) in [
            (&b"220 mail.example\r\n250 more\r\n"[..], r#""220 mail.example""#.to_owned()),
            (b"\r\n-ERR\n", r#""-ERR""#.to_owned()),
            (b"not whole", r#""not whole""#.to_owned()),
            (b"J\0\0\0\n5.5.5", r#""J\x00\x00\x00""#.to_owned()),
            (b"\x1b[2J\"\xff", r#""\x1b[2J\"\xff""#.to_owned()),
            (b"", r#""""#.to_owned()),
            (&long[1..], format!("\"{}\"", "a".repeat(MOST))),
            (&long, format!("\"{}...\"", "a".repeat(MOST))),
        ] {
            assert_eq!(first_line(sent), quoted, "{}", sent.escape_ascii());
        }
    }
}
