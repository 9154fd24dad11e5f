//! A user name and a password, in a URL (RFC 3986 §3.2.1) and in an HTTP header (RFC 7617).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;

/// The decoded userinfo of a URL. Not both parts are empty.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: Vec<u8>,
    pub(crate) password: Vec<u8>,
}

impl Credentials {
    /// Splits an authority (RFC 3986 §3.2) into its credentials and the rest. Returns `None` if the
    /// credentials cannot be sent.
    pub(crate) fn split(authority: &str) -> Option<(Option<Self>, &str)> {
        match authority.rsplit_once('@') {
            None => Some((None, authority)),
            Some(("" | ":", rest)) => Some((None, rest)),
            Some((userinfo, rest)) => Some((Some(Self::parse(userinfo)?), rest)),
        }
    }

    /// Parses userinfo. Control characters, and a colon in the user name, are illegal (RFC 7617
    /// §2).
    fn parse(userinfo: &str) -> Option<Self> {
        let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
        let [user, password] =
            [user, password].map(|part| percent_decode_str(part).collect::<Vec<_>>());
        let controls = [&user, &password].into_iter().flatten().any(u8::is_ascii_control);
        (!controls && !user.contains(&b':')).then_some(Self { user, password })
    }

    /// Returns the secret byte strings: the password itself, and the encoded credentials.
    pub(crate) fn secrets(&self) -> [Vec<u8>; 2] {
        [self.password.clone(), token(&self.basic()).to_vec()]
    }

    /// Returns the value of an Authorization or Proxy-Authorization header (RFC 7617 §2).
    pub(crate) fn basic(&self) -> HeaderValue {
        let pair = [&self.user[..], b":", &self.password].concat();
        let basic = format!("Basic {}", STANDARD.encode(pair));
        let mut value =
            HeaderValue::try_from(basic).expect("the word, a space and base64 are a value");
        value.set_sensitive(true);
        value
    }
}

/// Returns the secrets of a request: those in its headers, and those in the credentials of its URL.
pub(crate) fn secrets(headers: &HeaderMap, credentials: Option<&Credentials>) -> Vec<Vec<u8>> {
    let values = headers.values().filter(|value| value.is_sensitive());
    let tokens = values.map(|value| token(value).to_vec());
    tokens.chain(credentials.into_iter().flat_map(Credentials::secrets)).collect()
}

/// Returns a header's value without the name of its authentication scheme (RFC 9110 §11.4).
fn token(value: &HeaderValue) -> &[u8] {
    let value = value.as_bytes();
    value.rsplit(|&byte| byte == b' ').next().unwrap_or(value)
}

/// Shows neither the user name nor the password.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// Headers that identify the client to one origin. `Debug` does not show them, and no other origin
/// gets them.
pub(crate) const SECRET_HEADERS: [HeaderName; 3] =
    [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3986_section_3_2_1_userinfo_is_decoded() {
        for (authority, credentials, rest) in [
            ("h:80", None, "h:80"),
            ("user:secret@h:80", Some(("user", "secret")), "h:80"),
            ("user@h", Some(("user", "")), "h"),
            ("user:@h", Some(("user", "")), "h"),
            (":secret@h", Some(("", "secret")), "h"),
            ("@h", None, "h"),
            (":@h", None, "h"),
            ("u:a:b@h", Some(("u", "a:b")), "h"),
            ("a@b:c@h", Some(("a@b", "c")), "h"),
            ("a%40b:%3a%2F%25@h", Some(("a@b", ":/%")), "h"),
            ("%e4%b8%96:%zz@h", Some(("世", "%zz")), "h"),
        ] {
            let credentials = credentials.map(|(user, password): (&str, &str)| Credentials {
                user: user.into(),
                password: password.into(),
            });
            assert_eq!(Credentials::split(authority), Some((credentials, rest)), "{authority}");
        }
    }

    #[test]
    fn rfc_7617_section_2_what_cannot_be_sent() {
        for authority in ["a%3ab:c@h", "a%00@h", "a:b%0d%0aX:y@h", "a:%7f@h"] {
            assert_eq!(Credentials::split(authority), None, "{authority}");
        }
    }

    #[test]
    fn rfc_7617_section_2_basic() {
        let (credentials, _) = Credentials::split("Aladdin:open%20sesame@h").unwrap();
        let credentials = credentials.unwrap();
        let value = credentials.basic();
        assert_eq!(value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(format!("{credentials:?} {value:?}"), "Credentials { .. } Sensitive");
        let mut headers = HeaderMap::from_iter([(header::AUTHORIZATION, value)]);
        headers.insert(header::HOST, HeaderValue::from_static("h"));
        let token = b"QWxhZGRpbjpvcGVuIHNlc2FtZQ==".to_vec();
        let want = [token.clone(), b"open sesame".to_vec(), token];
        assert_eq!(secrets(&headers, Some(&credentials)), want);
    }
}
