//! What the pages of the guide show, for tests that run it.

use std::fs;
use std::path::Path;

/// The text of the block in a page of `src/guide` that begins with this line.
///
/// So a configuration is written once, and what a reader copies is what was tested.
pub fn block(page: &str, first: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/guide").join(page);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    let mut lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    while let Some(line) = lines.next() {
        let mut fenced = Vec::new();
        if line.starts_with("```") {
            fenced.extend(lines.by_ref().take_while(|line| !line.starts_with("```")));
        }
        if fenced.first() == Some(&first) {
            return fenced.join("\n") + "\n";
        }
    }
    panic!("no block in src/guide/{page} begins with {first:?}")
}

/// Replaces a text that must be there.
#[must_use]
pub fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "no {from:?} in:\n{text}");
    text.replace(from, to)
}
