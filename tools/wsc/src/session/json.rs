//! JSON as text: where a value ends, and other white space between its parts.
//!
//! Numbers and strings stay as they were written, which a detour through values would not allow:
//! a number of 30 digits has no type.

use serde::de::IgnoredAny;

/// Gathers lines until they are a JSON value.
#[derive(Debug, Default)]
pub(crate) struct Gatherer {
    text: String,
    depth: usize,
}

/// What the lines are up to now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Gathered {
    /// A whole value.
    Whole(String),
    /// The beginning of a value.
    More,
    /// White space.
    Nothing,
    /// This is no JSON, for this reason.
    Not(String),
}

impl Gatherer {
    /// Takes the next line, without its end.
    pub(crate) fn line(&mut self, line: &str) -> Gathered {
        if self.text.is_empty() && line.trim().is_empty() {
            return Gathered::Nothing;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(line);
        let mut depth = self.depth;
        each_outside_strings(line, |c| match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        });
        self.depth = depth;
        if depth > 0 {
            return Gathered::More;
        }
        let text = std::mem::take(&mut self.text);
        match is_json(&text) {
            Ok(()) => Gathered::Whole(text),
            Err(why) => Gathered::Not(why),
        }
    }

    /// Returns `true` if a value has begun and not ended.
    pub(crate) fn is_open(&self) -> bool {
        !self.text.is_empty()
    }

    /// Forgets what has begun.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

fn is_json(text: &str) -> Result<(), String> {
    serde_json::from_str::<IgnoredAny>(text).map(drop).map_err(|e| e.to_string())
}

/// Calls `see` with each character that does not belong to a string.
fn each_outside_strings(text: &str, mut see: impl FnMut(char)) {
    let (mut is_string, mut is_escaped) = (false, false);
    for c in text.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_string => is_escaped = true,
            '"' => is_string = !is_string,
            _ if is_string => {}
            c => see(c),
        }
    }
}

/// Returns JSON in one line, or `None` if the text is no JSON.
pub(crate) fn compact(text: &str) -> Option<String> {
    is_json(text).ok()?;
    Some(tokens(text).concat())
}

/// Returns JSON with a line for each member, or `None` if the text is no JSON.
pub(crate) fn indented(text: &str) -> Option<String> {
    is_json(text).ok()?;
    let tokens = tokens(text);
    let (mut out, mut depth) = (String::new(), 0);
    for (at, token) in tokens.iter().enumerate() {
        let is_empty = |open: &str, close: &str| {
            token == open && tokens.get(at + 1).is_some_and(|next| next == close)
        };
        match token.as_str() {
            "{" | "[" => {
                out += token;
                depth += 1;
                if !is_empty("{", "}") && !is_empty("[", "]") {
                    new_line(&mut out, depth);
                }
            }
            "}" | "]" => {
                depth -= 1;
                if !out.ends_with(['{', '[']) {
                    new_line(&mut out, depth);
                }
                out += token;
            }
            "," => {
                out += token;
                new_line(&mut out, depth);
            }
            ":" => out += ": ",
            _ => out += token,
        }
    }
    Some(out)
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Strings, numbers, words and punctuation of valid JSON, without the white space between them.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut token = String::new();
    let (mut is_string, mut is_escaped) = (false, false);
    for c in text.chars() {
        if is_string {
            token.push(c);
            let ends = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            if ends {
                is_string = false;
                tokens.push(std::mem::take(&mut token));
            }
            continue;
        }
        let is_part = !c.is_whitespace() && !"{}[],:\"".contains(c);
        if is_part {
            token.push(c);
            continue;
        }
        if !token.is_empty() {
            tokens.push(std::mem::take(&mut token));
        }
        match c {
            '"' => {
                token.push(c);
                is_string = true;
            }
            c if c.is_whitespace() => {}
            c => tokens.push(c.to_string()),
        }
    }
    if !token.is_empty() {
        tokens.push(token);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_changes_and_nothing_else() {
        for (text, one_line, many) in [
            ("1", "1", "1"),
            (" {} ", "{}", "{}"),
            ("[ ]", "[]", "[]"),
            (
                "{\"a\" : [1,2e400],\n\"b\":{}}",
                "{\"a\":[1,2e400],\"b\":{}}",
                "{\n  \"a\": [\n    1,\n    2e400\n  ],\n  \"b\": {}\n}",
            ),
            ("\"a, b: {\\\"\\\\\"", "\"a, b: {\\\"\\\\\"", "\"a, b: {\\\"\\\\\""),
            (
                "123456789012345678901234567890.10",
                "123456789012345678901234567890.10",
                "123456789012345678901234567890.10",
            ),
        ] {
            assert_eq!(compact(text).as_deref(), Some(one_line), "{text}");
            assert_eq!(indented(text).as_deref(), Some(many), "{text}");
        }
        for text in ["", "{", "hello", "1 2", "{\"a\":1,}"] {
            assert_eq!((compact(text), indented(text)), (None, None), "{text}");
        }
    }

    #[test]
    fn lines_are_gathered_until_they_are_a_value() {
        let mut gatherer = Gatherer::default();
        assert_eq!(gatherer.line(" "), Gathered::Nothing);
        assert_eq!(gatherer.line("{\"a\": \"}\","), Gathered::More);
        assert!(gatherer.is_open());
        assert_eq!(gatherer.line(""), Gathered::More);
        let whole = "{\"a\": \"}\",\n\n\"b\": [1]}";
        assert_eq!(gatherer.line("\"b\": [1]}"), Gathered::Whole(whole.to_owned()));
        assert!(!gatherer.is_open());
        assert_eq!(gatherer.line("true"), Gathered::Whole("true".to_owned()));
        assert!(matches!(gatherer.line("hello"), Gathered::Not(_)));
        assert_eq!(gatherer.line("["), Gathered::More);
        gatherer.clear();
        assert_eq!(gatherer.line("1"), Gathered::Whole("1".to_owned()));
    }
}
