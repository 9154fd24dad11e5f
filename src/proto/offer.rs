//! Lists in headers, and what is agreed from them (RFC 6455 §4.2.2, §11.3; RFC 9110 §5.6).

use http::header::{HeaderMap, HeaderName};

/// The elements of a comma-separated header, all its lines joined, empty elements left out.
///
/// A line with bytes beyond ASCII has no elements.
pub(crate) fn elements<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(|element| element.trim_matches([' ', '\t']))
        .filter(|element| !element.is_empty())
}

/// Tells whether a header lists `token`, in any case.
pub(crate) fn lists(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    elements(headers, name).any(|element| element.eq_ignore_ascii_case(token))
}

/// Tells whether `text` is a token (RFC 9110 §5.6.2), as every subprotocol's name must be.
pub(crate) fn is_token(text: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_tchar)
}

/// The first of the `supported` subprotocols that the client offered, letter for letter.
pub(crate) fn choose<'a>(offered: &HeaderMap, supported: &'a [String]) -> Option<&'a str> {
    let name = http::header::SEC_WEBSOCKET_PROTOCOL;
    supported.iter().map(String::as_str).find(|one| elements(offered, &name).any(|o| o == *one))
}

#[cfg(test)]
mod tests {
    use http::header::{CONNECTION, HeaderValue, SEC_WEBSOCKET_PROTOCOL};

    use super::*;

    fn headers(name: &HeaderName, lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        headers
    }

    #[test]
    fn lists_are_joined_and_trimmed() {
        for (rule, lines, want) in [
            ("one element", &["Upgrade"][..], true),
            ("any case", &["uPGRADE"], true),
            ("Firefox's list", &["keep-alive, Upgrade"], true),
            ("over two lines, as proxies do it", &["keep-alive", "Upgrade"], true),
            ("empty elements and tabs", &[" ,,\tUpgrade\t, "], true),
            ("no such element", &["keep-alive"], false),
            ("part of a word is no element", &["Upgrades, no-Upgrade"], false),
            ("no header", &[], false),
            ("not ASCII", &["Upgrade, \u{e9}"], false),
        ] {
            assert_eq!(lists(&headers(&CONNECTION, lines), &CONNECTION, "upgrade"), want, "{rule}");
        }
    }

    #[test]
    fn section_4_2_2_the_servers_first_choice_among_the_offers() {
        let supported = ["echo".to_owned(), "chat.v1".to_owned()];
        for (rule, lines, want) in [
            ("the only one", &["chat.v1"][..], Some("chat.v1")),
            ("the server's order", &["chat.v1, echo"], Some("echo")),
            ("over two lines", &["x", "chat.v1"], Some("chat.v1")),
            ("case matters", &["ECHO"], None),
            ("none in common", &["mqtt"], None),
            ("none offered", &[], None),
        ] {
            let offered = headers(&SEC_WEBSOCKET_PROTOCOL, lines);
            assert_eq!(choose(&offered, &supported), want, "{rule}");
        }
    }

    #[test]
    fn tokens() {
        for (text, want) in
            [("chat.v1", true), ("", false), ("a b", false), ("a,b", false), ("é", false)]
        {
            assert_eq!(is_token(text), want, "{text:?}");
        }
    }
}
