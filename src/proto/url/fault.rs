//! What is wrong with a URL that cannot be used: which part it is, and what to write.
//!
//! The texts show the host, the port and the scheme. They show no user name, password, path or
//! query, because these may be secret. A text with an `@` is not taken apart if it is not known
//! where the password ends, so nothing of it is shown.

use super::authority::Authority;
use super::url_error::UrlError;

/// The schemes of URLs that lead to a WebSocket.
const KNOWN: [&str; 4] = ["ws", "wss", "http", "https"];

/// The longest host with a port that is shown.
const MOST: usize = 100;

/// Finds what a URL has around it if it was read from a file, or copied.
pub(super) fn around(text: &str) -> Option<UrlError> {
    let name = |c: char| match c {
        ' ' => Some("a space: trim it"),
        '\r' | '\n' => Some("a line break: trim it"),
        '\t' => Some("a tab: trim it"),
        '\u{feff}' => Some("a byte order mark (U+FEFF): remove it"),
        c if c.is_ascii_control() => Some("a control character: remove it"),
        _ => None,
    };
    let first = text.chars().next().and_then(name).map(|name| format!("it begins with {name}"));
    let last = || text.chars().next_back().and_then(name).map(|name| format!("it ends in {name}"));
    Some(UrlError::Malformed(first.or_else(last)?.into()))
}

/// Says what to write in place of a scheme that is missing, unknown, or not followed by `://`.
pub(super) fn scheme(text: &str) -> UrlError {
    UrlError::Scheme(scheme_fault(text).into())
}

fn scheme_fault(text: &str) -> String {
    if text.is_empty() {
        return "it is empty: write a URL such as ws://localhost:9001/".to_owned();
    }
    let is_scheme = |name: &str| {
        let legal = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        (1..=20).contains(&name.len()) && name.chars().all(legal)
    };
    if let Some((name, _)) = text.split_once("://").filter(|(name, _)| is_scheme(name)) {
        return format!(
            "its scheme is {name}://: write ws:// or wss:// (http:// and https:// mean the same)"
        );
    }
    if let Some((scheme, rest)) = KNOWN.iter().find_map(|known| Some((known, behind(text, known)?)))
    {
        let place = place(rest.trim_start_matches([':', '/'])).unwrap_or_default();
        return format!("there is no :// behind {scheme}: write {scheme}://{place}");
    }
    let (slashes, rest) = text.strip_prefix("//").map_or(("", text), |rest| ("//", rest));
    match place(rest) {
        Some(place) => format!(
            "\"{slashes}{place}\" has no scheme: write ws://{place}, or wss://{place} for TLS"
        ),
        None => "it has no scheme: write ws:// or wss:// and a host at its start".to_owned(),
    }
}

/// Returns what follows a scheme, with a wrong separator. If that is a port, the name is a host.
fn behind<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (front, rest) = text.split_at_checked(scheme.len())?;
    let is_host = rest.strip_prefix(':').is_some_and(|rest| is_port(authority(rest)));
    let is_scheme = front.eq_ignore_ascii_case(scheme) && rest.starts_with([':', '/']);
    (is_scheme && !is_host).then_some(rest)
}

/// Returns the host and port at the start of a text, or `None` if they are not safe to show.
fn place(text: &str) -> Option<String> {
    let place = authority(text);
    let legal = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    let is_place = (1..=MOST).contains(&place.len()) && place.chars().all(legal);
    // What stands behind a colon may be a password without a host.
    let (_, outside) = place.rsplit_once(']').unwrap_or(("", place));
    let has_port = outside.rsplit_once(':').is_none_or(|(_, port)| is_port(port));
    let more = match &text[place.len()..] {
        end @ ("" | "/") => end,
        _ => "/...",
    };
    (is_place && has_port && !text.contains('@')).then(|| format!("{place}{more}"))
}

/// Returns what stands before the path and query.
fn authority(text: &str) -> &str {
    &text[..text.find(['/', '?', '#']).unwrap_or(text.len())]
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns `true` if a URL may have this scheme, or if there is none.
pub(super) fn is_known(scheme: &str) -> bool {
    scheme.is_empty() || KNOWN.iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

/// Returns which part of a URL that cannot be parsed is wrong: scheme, authority or target.
pub(super) fn part(front: &str, target: &str) -> UrlError {
    let (name, authority) = front.split_once("://").unwrap_or_default();
    if name.is_empty() || !is_known(name) {
        return scheme(front);
    }
    let (userinfo, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    if place.is_empty() {
        return UrlError::Host;
    }
    // What a URI allows outside of brackets (RFC 3986 §3.2).
    let is_legal = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:%".contains(c);
    let of_place = place.chars().find(|&c| !is_legal(c) && !"[]".contains(c));
    let of_target = target.chars().find(|&c| c == ' ' || c.is_ascii_control());
    UrlError::Malformed(match (of_place, of_target) {
        _ if !userinfo.chars().all(is_legal) => {
            "its user name or password has a character that must be percent-encoded, such as %40 for @"
                .into()
        }
        _ if !place.is_ascii() => {
            "its host is not ASCII, and in brackets there may only be an IPv6 address".into()
        }
        (Some(c), _) => format!("its host or port has {}, which belongs to neither", named(c)).into(),
        (None, Some(' ')) => "its path or query has a space; write it as %20".into(),
        (None, Some(c)) => {
            format!("its path or query has {}; write it percent-encoded", named(c)).into()
        }
        (None, None) => return Authority::parse(authority).err().unwrap_or_else(too_long),
    })
}

/// What the crate `http` does not take, although it has found nothing else wrong.
pub(super) fn too_long() -> UrlError {
    UrlError::Malformed("it is longer than 65,534 bytes".into())
}

fn named(c: char) -> String {
    match c {
        ' ' => "a space".to_owned(),
        '\r' | '\n' => "a line break".to_owned(),
        c => format!("{c:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_scheme_is_told_what_to_write() {
        const OTHER: &str = ": write ws:// or wss:// (http:// and https:// mean the same)";
        const NOTHING: &str = "it has no scheme: write ws:// or wss:// and a host at its start";
        let joint =
            |scheme, place| format!("there is no :// behind {scheme}: write {scheme}://{place}");
        let missing = |place: &str| {
            let shown = place.trim_start_matches("//");
            format!("\"{place}\" has no scheme: write ws://{shown}, or wss://{shown} for TLS")
        };
        for (url, text) in [
            ("", "it is empty: write a URL such as ws://localhost:9001/".to_owned()),
            ("localhost", missing("localhost")),
            ("localhost:9001", missing("localhost:9001")),
            ("localhost:9001/", missing("localhost:9001/")),
            ("localhost:9001/chat?token=sesame", missing("localhost:9001/...")),
            ("[::1]:9001", missing("[::1]:9001")),
            ("//example.com", missing("//example.com")),
            ("ws", missing("ws")),
            ("ws.example.com", missing("ws.example.com")),
            ("ws:9001", missing("ws:9001")),
            ("ali:sesame@localhost", NOTHING.to_owned()),
            ("ali:ses/ame@localhost", NOTHING.to_owned()),
            ("ali:sesame", NOTHING.to_owned()),
            ("/sesame", NOTHING.to_owned()),
            ("?sesame", NOTHING.to_owned()),
            ("b\u{fc}cher.example", NOTHING.to_owned()),
            ("a b", NOTHING.to_owned()),
            ("ws:/localhost:9001", joint("ws", "localhost:9001")),
            ("ws:localhost:9001", joint("ws", "localhost:9001")),
            ("ws/localhost", joint("ws", "localhost")),
            ("WSS:h/", joint("wss", "h/")),
            ("ws//h/sesame", joint("ws", "h/...")),
            ("https:/ali:sesame@h", joint("https", "")),
            ("ftp://ali:sesame@h/", format!("its scheme is ftp://{OTHER}")),
            ("ws+unix://h/", format!("its scheme is ws+unix://{OTHER}")),
            ("ali:sesame://h", NOTHING.to_owned()),
        ] {
            assert_eq!(scheme_fault(url), text, "{url}");
        }
        let long = "sesame".repeat(20);
        assert_eq!(scheme_fault(&long), NOTHING);
    }

    #[test]
    fn what_surrounds_a_url_is_named() {
        for (url, text) in [
            (" ws://h/", Some("it begins with a space: trim it")),
            ("\nws://h/\n", Some("it begins with a line break: trim it")),
            ("\u{feff}ws://h/", Some("it begins with a byte order mark (U+FEFF): remove it")),
            ("ws://h/\r\n", Some("it ends in a line break: trim it")),
            ("ws://h/ ", Some("it ends in a space: trim it")),
            ("ws://h/\t", Some("it ends in a tab: trim it")),
            ("ws://h/\0", Some("it ends in a control character: remove it")),
            ("ws://h/", None),
            ("", None),
        ] {
            assert_eq!(around(url).map(|e| e.to_string()).as_deref(), text, "{url:?}");
        }
    }
}
