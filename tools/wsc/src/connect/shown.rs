//! A URL as messages show it.

/// Returns the URL without its user name and password.
pub(crate) fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rsplit_once('@') {
        Some((_, place)) => format!("{scheme}://{place}{}", &rest[end..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_password_is_not_shown() {
        for (url, want) in [
            ("ws://h/", "ws://h/"),
            ("ws://ali:sesame@h/a?b@c", "ws://h/a?b@c"),
            ("ws://h/@", "ws://h/@"),
            ("wss://ali@h", "wss://h"),
        ] {
            assert_eq!(shown(url), want);
        }
    }
}
