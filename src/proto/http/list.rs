//! Lists in headers, and the choice of a subprotocol from such a list (RFC 6455 §4.2.2, §9.1,
//! §11.3; RFC 9110 §5.6). What an extension's parameters mean is in `compression/negotiation`.

use http::header::{HeaderMap, HeaderName, SEC_WEBSOCKET_EXTENSIONS};

/// An extension in a header (§9.1): its name, and its parameters with or without values.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Extension<'a> {
    pub(crate) name: &'a str,
    pub(crate) parameters: Vec<(&'a str, Option<String>)>,
}

/// Returns the extensions of all Sec-WebSocket-Extensions lines; `None` for each malformed
/// extension.
pub(crate) fn extensions(headers: &HeaderMap) -> impl Iterator<Item = Option<Extension<'_>>> {
    let lines = headers.get_all(SEC_WEBSOCKET_EXTENSIONS).iter();
    lines
        // A character that is not ASCII is in no token.
        .flat_map(|line| unquoted(line.to_str().unwrap_or("\u{fffd}"), ','))
        .filter(|element| !element.is_empty())
        .map(extension)
}

fn extension(element: &str) -> Option<Extension<'_>> {
    let mut parts = unquoted(element, ';');
    let name = parts.next().filter(|name| is_token(name))?;
    let parameters = parts.map(parameter).collect::<Option<_>>()?;
    Some(Extension { name, parameters })
}

fn parameter(part: &str) -> Option<(&str, Option<String>)> {
    let (name, value) = match part.split_once('=') {
        Some((name, value)) => (name.trim_end_matches(BLANK), Some(value.trim_matches(BLANK))),
        None => (part, None),
    };
    let value = match value.map(|value| value.strip_prefix('"').ok_or(value)) {
        None => None,
        Some(Err(plain)) => Some(plain.to_owned()),
        Some(Ok(quoted)) => Some(unquote(quoted)?),
    };
    // §9.1: a quoted value must be a token after it is unquoted.
    let legal = is_token(name) && value.as_deref().is_none_or(is_token);
    legal.then_some((name, value))
}

/// Returns the value of a quoted string, whose first quote was removed before.
pub(crate) fn unquote(quoted: &str) -> Option<String> {
    let mut value = String::new();
    let mut rest = quoted.chars();
    loop {
        match rest.next()? {
            '"' => return rest.as_str().is_empty().then_some(value),
            '\\' => value.push(rest.next()?),
            plain => value.push(plain),
        }
    }
}

/// Returns the pieces between the separators outside quotes, without the blanks around them.
pub(crate) fn unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    let splits = move |c| {
        let plain = !std::mem::replace(&mut escaped, false);
        match c {
            '"' if plain => quoted = !quoted,
            '\\' if plain => escaped = quoted,
            _ => {}
        }
        c == separator && !quoted
    };
    text.split(splits).map(|piece| piece.trim_matches(BLANK))
}

const BLANK: [char; 2] = [' ', '\t'];

/// Returns the elements of a comma-separated header, of all its lines, without empty elements.
///
/// A line with bytes that are not ASCII has no elements.
pub(crate) fn elements<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(|element| element.trim_matches(BLANK))
        .filter(|element| !element.is_empty())
}

/// Returns `true` if a header lists `token`, ignoring case.
pub(crate) fn lists(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    elements(headers, name).any(|element| element.eq_ignore_ascii_case(token))
}

/// Returns `true` if `text` is a token (RFC 9110 §5.6.2), as every subprotocol's name must be.
pub(crate) fn is_token(text: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_tchar)
}

/// Returns the first of the `supported` subprotocols that the client offered. Case matters.
pub(crate) fn choose_subprotocol<'a>(
    offered: &HeaderMap,
    supported: &'a [String],
) -> Option<&'a str> {
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
            assert_eq!(choose_subprotocol(&offered, &supported), want, "{rule}");
        }
    }

    #[test]
    fn section_9_1_extensions_and_their_parameters() {
        // `!` is a malformed element, `a;b=1` one with a parameter.
        for (rule, lines, want) in [
            ("no header", &[][..], ""),
            ("one", &["permessage-deflate"], "permessage-deflate"),
            ("parameters", &["a; b; c=10"], "a;b;c=10"),
            ("blanks in every place", &["\ta ;\tb =\t1 , c"], "a;b=1 c"),
            ("over two lines", &["a;b", "c"], "a;b c"),
            ("empty elements", &[" ,, a,"], "a"),
            ("a quoted value", &["a; b=\"10\""], "a;b=10"),
            ("an escape in it", &["a; b=\"1\\0\""], "a;b=10"),
            ("a quoted value is a token", &["a; b=\"1 0\", c"], "! c"),
            ("and not empty", &["a; b=\"\", c"], "! c"),
            ("what is quoted separates nothing", &["a; b=\"c, d; e\", f"], "! f"),
            ("nor does an escaped quote end it", &["a; b=\"c\\\", d\", e"], "! e"),
            ("a quote without an end", &["a; b=\"c, d"], "!"),
            ("something behind the quote", &["a; b=\"c\"d, e"], "! e"),
            ("no value", &["a; b=, c"], "! c"),
            ("no name", &["a; =1, c"], "! c"),
            ("an empty parameter", &["a;, c"], "! c"),
            ("no extension", &["; b, c"], "! c"),
            ("two words", &["a b, c"], "! c"),
            ("no quote in a name", &["\"a\", c"], "! c"),
            ("not ASCII", &["a, \u{e9}"], "!"),
        ] {
            let headers = headers(&SEC_WEBSOCKET_EXTENSIONS, lines);
            let seen: Vec<String> = extensions(&headers)
                .map(|one| match one {
                    None => "!".to_owned(),
                    Some(Extension { name, parameters }) => {
                        let parameters = parameters.into_iter().map(|(name, value)| match value {
                            Some(value) => format!(";{name}={value}"),
                            None => format!(";{name}"),
                        });
                        name.to_owned() + &parameters.collect::<String>()
                    }
                })
                .collect();
            assert_eq!(seen.join(" "), want, "{rule}");
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
