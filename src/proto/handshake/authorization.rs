//! The Authorization header of a request: Basic (RFC 7617) and Bearer (RFC 6750).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, HeaderMap};

/// Returns the user name and the password.
pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let pair = STANDARD.decode(token(headers, "basic")?).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    // RFC 7617 §2: no control characters.
    if pair.chars().any(char::is_control) {
        return None;
    }
    let (user, password) = pair.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// Returns the token.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    token(headers, "bearer")
}

/// Returns the credentials of a scheme (RFC 9110 §11.4), if the header is there once.
fn token<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?.to_str().ok()?, values.next()) else {
        return None;
    };
    let (name, token) = value.split_once(' ')?;
    let token = token.trim_matches(' ');
    let is_token68 = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    let words = token.trim_end_matches('=');
    let is_token = !words.is_empty() && words.bytes().all(is_token68);
    (name.eq_ignore_ascii_case(scheme) && is_token).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (header::AUTHORIZATION, value.parse().unwrap())).collect()
    }

    #[test]
    fn rfc_7617_section_2_basic() {
        let encoded = |pair: &[u8]| format!("Basic {}", STANDARD.encode(pair));
        for (rule, value, want) in [
            ("the RFC's own", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", Some("Aladdin:open sesame")),
            ("no case", "bASIC QWxhZGRpbjpvcGVuIHNlc2FtZQ==", Some("Aladdin:open sesame")),
            ("two spaces", "Basic  YTpi", Some("a:b")),
            ("UTF-8", &encoded("tést:12\u{a3}".as_bytes()), Some("tést:12£")),
            ("a password with a colon", &encoded(b"a:b:c"), Some("a:b:c")),
            ("both empty", &encoded(b":"), Some(":")),
            ("no colon", &encoded(b"a"), None),
            ("a control character", &encoded(b"a:\nb"), None),
            ("not UTF-8", &encoded(b"a:\xe9"), None),
            ("not base64", "Basic YTp", None),
            ("another scheme", "Digest YTpi", None),
            ("no scheme", "YTpi", None),
            ("nothing behind", "Basic ", None),
            ("two words", "Basic YTpi YTpi", None),
        ] {
            let got =
                basic(&headers(&[value])).map(|(user, password)| format!("{user}:{password}"));
            assert_eq!(got.as_deref(), want, "{rule}");
        }
        assert_eq!(basic(&headers(&[])), None);
        assert_eq!(basic(&headers(&["Basic YTpi", "Basic YTpi"])), None, "two headers");
    }

    #[test]
    fn rfc_6750_section_2_1_bearer() {
        for (rule, value, want) in [
            ("the RFC's own", "Bearer mF_9.B5f-4.1JqM", Some("mF_9.B5f-4.1JqM")),
            ("no case, padding", "bearer ab+/~==", Some("ab+/~==")),
            ("a character of no token", "Bearer a\"b", None),
            ("a list", "Bearer a, b", None),
            ("padding in the middle", "Bearer a=b", None),
            ("only padding", "Bearer ==", None),
            ("another scheme", "Basic YTpi", None),
        ] {
            assert_eq!(bearer(&headers(&[value])), want, "{rule}");
        }
    }
}
