//! What the source of the library has: the variants of its enums, and its texts.

use std::fs;
use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// Returns the names of the variants of a public enum.
///
/// A test outside of the library cannot match an enum exhaustively that is `non_exhaustive`.
pub(crate) fn variants(file: &str, name: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(ROOT).join(file)).unwrap();
    let begin = format!("pub enum {name}");
    let (_, body) = text.split_once(&begin).unwrap_or_else(|| panic!("no {name} in {file}"));
    let body = body.split("\n}").next().unwrap();
    let variant = |line: &str| {
        let name: String =
            line.strip_prefix("    ")?.chars().take_while(|c| c.is_alphanumeric()).collect();
        name.starts_with(|c: char| c.is_uppercase()).then_some(name)
    };
    let found: Vec<String> = body.lines().filter_map(variant).collect();
    assert!(found.len() > 1, "{name} of {file}: {found:?}");
    found
}

/// A string in the code of the library.
#[derive(Debug)]
pub(crate) struct Literal {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// Returns the texts of the library: the strings of at least three words that a user may read in an error, a
/// refusal or a Close frame. Tests, attributes, lines of the log and invariants have none of these.
pub(crate) fn literals() -> Vec<Literal> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(ROOT).to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(ROOT).unwrap().to_str().unwrap().to_owned();
            let is_test = name.ends_with("/tests") || name.ends_with("/tests.rs");
            if is_test || LEFT_OUT.iter().any(|place| name.starts_with(place)) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                of_file(&name, &fs::read_to_string(path).unwrap(), &mut found);
            }
        }
    }
    found.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    found
}

/// Folders and files that have no messages of the library's own.
const LEFT_OUT: [&str; 4] = ["guide", "testing", "outbox/nonblocking/model", "proto/wire"];

fn of_file(file: &str, text: &str, found: &mut Vec<Literal>) {
    let code = text.split("\nmod tests {").next().unwrap();
    let bytes = code.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'/' if code[at..].starts_with("//") => {
                at += code[at..].find('\n').unwrap_or(code.len() - at);
            }
            // A character, and not a lifetime.
            b'\'' if code[at..].starts_with("'\\") => {
                at += 3 + code[at + 3..].find('\'').unwrap_or(0);
            }
            b'\'' if code[at + 1..].chars().nth(1) == Some('\'') => {
                at += 2 + code[at + 1..].chars().next().map_or(0, char::len_utf8);
            }
            b'"' => {
                let len = string_length(&bytes[at + 1..]);
                let literal = unescaped(&code[at + 1..at + 1 + len]);
                let is_message = literal.split_whitespace().count() >= 3;
                if is_message && !is_no_message(&code[..at]) {
                    let line = code[..at].matches('\n').count() + 1;
                    found.push(Literal { file: file.to_owned(), line, text: literal });
                }
                at += len + 1;
            }
            _ => {}
        }
        at += 1;
    }
}

fn string_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    while bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

fn unescaped(literal: &str) -> String {
    let mut text = String::new();
    let mut chars = literal.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('\n')) => while chars.next_if(|c| c.is_whitespace()).is_some() {},
            ('\\', Some('n')) => drop(chars.next().map(|_| text.push('\n'))),
            ('\\', Some('r')) => drop(chars.next().map(|_| text.push('\r'))),
            ('\\', Some(_)) => text.extend(chars.next()),
            _ => text.push(c),
        }
    }
    text
}

/// Returns `true` if the code before a string gives it to something that no user reads as an error.
fn is_no_message(before: &str) -> bool {
    let attribute = before.rsplit("#[").next().filter(|last| last.len() < before.len());
    let is_open = |last: &&str| last.matches('[').count() >= last.matches(']').count();
    if let Some(last) = attribute.filter(is_open) {
        return !last.starts_with("error(");
    }
    let statement = before.rsplit([';', '{', '}']).next().unwrap_or_default();
    let calls =
        NO_MESSAGES.iter().filter_map(|call| statement.rfind(call).map(|at| &statement[at..]));
    calls.into_iter().any(|call| !call.contains(");"))
}

/// Calls with lines of the log, names of threads, and invariants.
const NO_MESSAGES: [&str; 12] = [
    "debug!(",
    "info!(",
    "warning!(",
    "error!(",
    "trace!(",
    ".line(",
    "Flood::new(",
    ".name(",
    ".expect(",
    "unreachable!(",
    "assert!(",
    ".log().panicked(",
];

/// Returns the parts of a format string that are always the same, and long enough to be found.
pub(crate) fn fixed_parts(literal: &str) -> Vec<String> {
    let (mut parts, mut part, mut depth) = (Vec::new(), String::new(), 0);
    let mut chars = literal.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' if chars.next_if_eq(&c).is_some() => part.push(c),
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                parts.push(std::mem::take(&mut part));
            }
            c if depth == 0 => part.push(c),
            _ => {}
        }
    }
    parts.push(part);
    parts.retain(|part| part.split_whitespace().count() >= 2);
    parts
}
