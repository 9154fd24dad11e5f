//! The path and query of a URL. Only some characters may be sent in them (RFC 3986 §3.3, §3.4).

use percent_encoding::{AsciiSet, utf8_percent_encode};

/// Characters that are illegal in a target but unambiguous; they are percent-encoded. A space or a
/// control character is more likely a mistake, and is refused.
const ILLEGAL: AsciiSet = AsciiSet::EMPTY
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Splits a URL, or a relative reference, before its path and query.
pub(crate) fn split(text: &str) -> (&str, &str) {
    let before_path = text.find(['/', '?']).unwrap_or(text.len());
    let authority = match text[before_path..].strip_prefix("//") {
        // In other places two slashes are part of a path.
        Some(_) if before_path == 0 || text[..before_path].ends_with(':') => before_path + 2,
        _ => return ("", text),
    };
    let len = text[authority..].find(['/', '?']).unwrap_or(text.len() - authority);
    text.split_at(authority + len)
}

/// Percent-encodes illegal characters, and a `%` that is not followed by two hex digits.
pub(crate) fn encode(target: &str) -> String {
    let mut pieces = target.split('%');
    let legal = |piece| utf8_percent_encode(piece, &ILLEGAL);
    let mut encoded = legal(pieces.next().unwrap_or_default()).to_string();
    for piece in pieces {
        let code = piece.as_bytes().get(..2);
        let means_a_byte = code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit));
        encoded.push_str(if means_a_byte { "%" } else { "%25" });
        encoded.extend(legal(piece));
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3986_section_3_where_a_path_begins() {
        for (text, front) in [
            ("ws://h", "ws://h"),
            ("ws://h/a//b", "ws://h"),
            ("ws://h?a", "ws://h"),
            ("ws://a:b@[::1]:1/c", "ws://a:b@[::1]:1"),
            ("//[::1]/a", "//[::1]"),
            ("/a//b", ""),
            ("a//b", ""),
            ("?a=b://c", ""),
            ("ws:/a", ""),
            ("", ""),
        ] {
            assert_eq!(split(text), (front, &text[front.len()..]), "{text}");
        }
    }

    #[test]
    fn rfc_3986_section_3_3_what_is_encoded() {
        let legal = "/aZ0-._~!$&'()*+,;=:@/%20%aF?/?";
        for (target, want) in [
            (legal, legal),
            ("/a|b", "/a%7Cb"),
            ("/\u{e9}?\u{4e16}", "/%C3%A9?%E4%B8%96"),
            ("?f={\"x\"}&g=[1]", "?f=%7B%22x%22%7D&g=%5B1%5D"),
            ("/<\\^`>", "/%3C%5C%5E%60%3E"),
            ("/%", "/%25"),
            ("/%%41%4", "/%25%41%254"),
            ("/%\u{e9}", "/%25%C3%A9"),
            ("/a b", "/a b"),
            ("", ""),
        ] {
            assert_eq!(encode(target), want, "{target}");
            assert_eq!(encode(&encode(target)), want, "{target} again");
        }
    }
}
