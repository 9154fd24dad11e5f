//! [`legible`]: the text of an error that may repeat what a peer sent.

/// The most bytes that are shown of each end of a long text.
const MOST: usize = 160;

/// Returns a text as one short line: without its middle, and with control characters escaped.
///
/// The beginning of such a text says what is wrong, and its end says where.
pub(super) fn legible(text: &str) -> String {
    if text.len() <= 2 * MOST {
        return escaped(text);
    }
    let is_between = |at: &usize| text.is_char_boundary(*at);
    let head = (0..=MOST).rev().find(is_between).unwrap_or(0);
    let tail = (text.len() - MOST..text.len()).find(is_between).unwrap_or(text.len());
    let (begin, end) = (escaped(&text[..head]), escaped(&text[tail..]));
    format!("{begin} [{} bytes are left out] {end}", tail - head)
}

fn escaped(text: &str) -> String {
    let escaped = |c: char| c.is_control().then(|| c.escape_default().to_string());
    text.chars().map(|c| escaped(c).unwrap_or_else(|| c.into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_short_line() {
        let (short, long) = ("x".repeat(2 * MOST), "x".repeat(1000));
        let half = "x".repeat(MOST);
        // Both limits lie within a character.
        let wide = format!("x{}x", "\u{e9}".repeat(500));
        let half_wide = "\u{e9}".repeat(MOST / 2 - 1);
        for (text, want) in [
            ("", String::new()),
            ("a\r\n\u{1b}[2Jb \u{e9} \"`", "a\\r\\n\\u{1b}[2Jb \u{e9} \"`".to_owned()),
            (&short, short.clone()),
            (&long, format!("{half} [680 bytes are left out] {half}")),
            (&wide, format!("x{half_wide} [684 bytes are left out] {half_wide}x")),
        ] {
            assert_eq!(legible(text), want);
        }
    }
}
