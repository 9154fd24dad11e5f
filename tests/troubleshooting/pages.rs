//! The rows of the pages.

use std::fs;
use std::path::PathBuf;

use crate::produced::Table;

/// A row, with all messages of its first cell.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) page: String,
    pub(crate) table: Table,
    /// Returns `false` if this build cannot produce the row.
    pub(crate) is_built: bool,
    pub(crate) patterns: Vec<String>,
}

impl Row {
    /// Returns how many characters of a text the row has, by the pattern that has most. `None` if no pattern
    /// fits.
    fn fixed(&self, text: &str) -> Option<usize> {
        let fitting = self.patterns.iter().filter(|pattern| fits(pattern, text));
        fitting.map(|pattern| pattern.chars().filter(|c| *c != '…').count()).max()
    }
}

/// Returns the row that is meant for a text: the one that has most of it. `None` if there is none, or several.
pub(crate) fn meant<'a>(rows: &'a [Row], table: Table, text: &str) -> Option<&'a Row> {
    let built = rows.iter().filter(|row| row.table == table && row.is_built);
    let fitting: Vec<_> = built.filter_map(|row| Some((row.fixed(text)?, row))).collect();
    let most = fitting.iter().map(|(fixed, _)| *fixed).max()?;
    let mut best = fitting.into_iter().filter(|(fixed, _)| *fixed == most);
    let (_, row) = best.next()?;
    best.next().is_none().then_some(row)
}

/// Reads the tables of all pages.
pub(crate) fn rows() -> Vec<Row> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/guide/reference/troubleshooting");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let rows: Vec<_> = files.iter().flat_map(of_page).collect();
    assert!(rows.len() > 150, "the pages were not read");
    rows
}

fn of_page(file: &PathBuf) -> Vec<Row> {
    let page = file.file_stem().unwrap().to_str().unwrap().to_owned();
    let text = fs::read_to_string(file).unwrap();
    let mut rows = Vec::new();
    let mut table = None;
    for line in text.lines() {
        let Some(cells) = line.strip_prefix("//! |").map(str::trim_start) else {
            table = None;
            continue;
        };
        let cell = cells.split(" | ").next().unwrap();
        match table {
            None => table = Some(header(cell)),
            _ if cell.starts_with("---") => {}
            Some(Some((table, is_built))) => {
                let patterns = spans(cell);
                assert!(!patterns.is_empty(), "{page}: no message in the row {line}");
                rows.push(Row { page: page.clone(), table, is_built, patterns });
            }
            Some(None) => {}
        }
    }
    rows
}

/// Returns what a table has, and whether this build produces it. `None` if it is no table of messages.
fn header(cell: &str) -> Option<(Table, bool)> {
    let (name, needs) = cell.split_once(", ").unwrap_or((cell, ""));
    let table = match name {
        "Message" => Table::Message,
        "Status and text" => Table::Refusal,
        "Code and reason" => Table::Closing,
        _ => return None,
    };
    let (native, rustls) = (cfg!(feature = "tls"), cfg!(feature = "rustls"));
    let is_built = match needs {
        "" => true,
        "with TLS" => native || rustls,
        "without TLS" => !(native || rustls),
        "with both" => native && rustls,
        "with `tls`" => native,
        "with `rustls`" => rustls,
        "without `tls`" => rustls && !native,
        "without `rustls`" => native && !rustls,
        "with `deflate`" => cfg!(feature = "deflate"),
        "with `idn`" => cfg!(feature = "idn"),
        "without `idn`" => !cfg!(feature = "idn"),
        other => panic!("a header says `{other}`"),
    };
    Some((table, is_built))
}

/// Returns the code spans of a cell, by the rules of Markdown.
fn spans(cell: &str) -> Vec<String> {
    let mut spans = Vec::new();
    let mut rest = cell;
    while let Some(begin) = rest.find('`') {
        let ticks = rest[begin..].chars().take_while(|c| *c == '`').count();
        let fence = "`".repeat(ticks);
        let inner = &rest[begin + ticks..];
        let end = inner.find(&fence).unwrap_or_else(|| panic!("an open span in {cell}"));
        let text = &inner[..end];
        let padded = text.starts_with(' ') && text.ends_with(' ');
        spans.push(if padded { text[1..text.len() - 1].to_owned() } else { text.to_owned() });
        rest = &inner[end + ticks..];
    }
    spans
}

/// Returns `true` if a text is what a pattern shows. `…` stands for any characters.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn what_a_pattern_shows() {
    for (pattern, text, want) in [
        ("a", "a", true),
        ("a", "ab", false),
        ("a…", "a", true),
        ("a…", "ba", false),
        ("…b", "ab", true),
        ("a…b…c", "axbxc", true),
        ("a…b…c", "axcxb", false),
        ("a…ba", "aba", true),
        ("aba…ba", "aba", false),
        ("…", "", true),
    ] {
        assert_eq!(fits(pattern, text), want, "{pattern} {text}");
    }
    assert_eq!(spans("`a`, ``b `c` ``<br>`` `d` ``"), ["a", "b `c` ", "`d`"]);
}
