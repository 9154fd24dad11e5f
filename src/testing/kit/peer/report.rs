//! What a failed expectation says: what was expected, what came, and what was before.

use std::fmt::Write as _;
use std::panic::Location;
use std::time::Instant;

use crate::proto::wire;

/// The most lines that a report has of what was before.
const BEFORE: usize = 20;
/// The most bytes of a payload that a line shows.
const SHOWN: usize = 60;

/// What a peer has sent and received, line by line.
#[derive(Debug)]
pub(super) struct Transcript {
    began: Instant,
    lines: Vec<String>,
    left_out: usize,
}

impl Transcript {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), lines: Vec::new(), left_out: 0 }
    }

    /// Notes something that was sent (`->`) or received (`<-`), or that the peer did (`--`).
    pub(super) fn note(&mut self, arrow: &str, what: &str) {
        if self.lines.len() == BEFORE {
            self.lines.remove(0);
            self.left_out += 1;
        }
        let at = self.began.elapsed().as_secs_f64();
        self.lines.push(format!("+{at:.3} {arrow} {what}"));
    }

    /// The report of an expectation that has failed.
    pub(super) fn report(&self, who: &str, at: &Location<'_>, expected: &str, got: &str) -> String {
        let mut text = format!("{who} failed at {}:{}\n", at.file(), at.line());
        let mut line = |line: &str| {
            // A String takes everything.
            let _ = writeln!(text, "{line}");
        };
        for (name, what) in [("expected", expected), ("received", got)] {
            let mut lines = what.lines();
            line(&format!("  {name}  {}", lines.next().unwrap_or_default()));
            for more in lines {
                line(&format!("            {more}"));
            }
        }
        line("  before it");
        if self.left_out > 0 {
            line(&format!("    {} lines left out", self.left_out));
        }
        if self.lines.is_empty() {
            line("    nothing");
        }
        for before in &self.lines {
            line(&format!("    {before}"));
        }
        text
    }
}

/// A payload for people, shortened.
pub(super) fn quoted(bytes: &[u8]) -> String {
    let text = wire::quoted(bytes, SHOWN);
    if bytes.len() > SHOWN { format!("{text} ({} bytes)", bytes.len()) } else { text }
}

/// The first line of a head for people, without what lets them in. The headers may have more of it.
pub(super) fn first_line(head: &[u8]) -> String {
    let head = String::from_utf8_lossy(head);
    wire::without_secrets(head.lines().next().unwrap_or_default())
}

/// What was received in place of `want`, with a mark below the first byte that differs.
pub(super) fn difference(want: &[u8], got: &[u8]) -> String {
    let at = want.iter().zip(got).take_while(|(want, got)| want == got).count();
    let shown = quoted(got);
    if at >= SHOWN {
        return format!("{shown}\nthe first difference is at byte {at}");
    }
    // The mark stands below the byte, behind the quotation mark.
    let before = quoted(&got[..at]).chars().count() - 1;
    format!("{shown}\n{}^ byte {at}", " ".repeat(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_below_the_first_difference() {
        for (want, got, shown) in [
            ("join lobby", "join loby", "\"join loby\"\n         ^ byte 8"),
            ("a", "b", "\"b\"\n ^ byte 0"),
            ("abc", "ab", "\"ab\"\n   ^ byte 2"),
            ("a\nb", "a\nc", "\"a\\nc\"\n    ^ byte 2"),
        ] {
            assert_eq!(difference(want.as_bytes(), got.as_bytes()), shown, "{want} {got}");
        }
        let (want, got) = ("x".repeat(100), "x".repeat(70));
        let shown = difference(want.as_bytes(), got.as_bytes());
        assert!(shown.ends_with("... (70 bytes)\nthe first difference is at byte 70"), "{shown}");
    }
}
