//! `ws://` and `wss://` URLs (RFC 6455 §3).

use std::fmt;

use http::Uri;
use iri_string::types::{UriAbsoluteStr, UriReferenceStr};

use super::credentials::Credentials;

/// What is wrong with a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It is no URL at all.
    #[error("it is malformed")]
    Malformed,
    /// The scheme is not one of WebSocket's, nor http or https in its place.
    #[error("its scheme is not ws:// or wss:// (http:// and https:// stand for them)")]
    Scheme,
    /// There is no host.
    #[error("it names no host")]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("its port is not a number from 1 to 65535")]
    Port,
    /// There is a fragment (§3).
    #[error("it has a fragment (#...), which a WebSocket URL must not have (RFC 6455 3)")]
    Fragment,
    /// The user name or password cannot be sent (RFC 7617 §2).
    #[error(
        "its user name has a colon in it, or its user name or password a control character \
         (RFC 7617 2)"
    )]
    UserInfo,
    /// It is a proxy's, and its scheme is none that can be used; see
    /// [`Client::proxy`](crate::Client::proxy).
    #[error("the scheme of a proxy's URL is http://, socks5:// or socks5h://")]
    ProxyScheme,
    /// It is a proxy's, and not of the form `http://user:password@host:port`.
    #[error(
        "a proxy's URL is scheme://user:password@host:port, for SOCKS5 with at most 255 bytes of \
         user name and of password"
    )]
    Proxy,
}

/// Where a WebSocket URL leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    /// `wss`.
    pub(crate) secure: bool,
    /// A name or address; IPv6 without its brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The Host header: the port is there unless it is the scheme's own (§4.1).
    pub(crate) authority: String,
    /// Path and query, never empty.
    pub(crate) target: String,
    /// The userinfo, which is no part of the authority here.
    pub(crate) credentials: Option<Credentials>,
}

impl Url {
    pub(crate) fn parse(text: &str) -> Result<Self, UrlError> {
        // `Uri` drops a fragment without a word.
        if text.contains('#') {
            return Err(UrlError::Fragment);
        }
        let uri: Uri = text.parse().map_err(|_| UrlError::Malformed)?;
        Self::from_uri(&uri)
    }

    pub(crate) fn from_uri(uri: &Uri) -> Result<Self, UrlError> {
        let scheme = uri.scheme_str().unwrap_or_default();
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "ws" | "http" => false,
            "wss" | "https" => true,
            _ => return Err(UrlError::Scheme),
        };
        let authority = uri.authority().ok_or(UrlError::Host)?;
        let (credentials, place) =
            Credentials::split(authority.as_str()).ok_or(UrlError::UserInfo)?;
        let host = authority.host();
        if matches!(host, "" | "[]") {
            return Err(UrlError::Host);
        }
        let own_port = if secure { 443 } else { 80 };
        let port = port(&place[host.len()..])?.unwrap_or(own_port);
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self {
            secure,
            host: bare(host).to_owned(),
            port,
            authority: if port == own_port { host.to_owned() } else { format!("{host}:{port}") },
            target: format!("{slash}{target}"),
            credentials,
        })
    }

    /// The URL without its credentials.
    pub(crate) fn to_uri(&self) -> Result<Uri, UrlError> {
        self.to_string().parse().map_err(|_| UrlError::Malformed)
    }

    /// Resolves a reference against this URL (RFC 3986 §5).
    ///
    /// Its fragment is for whoever reads the page, and not sent (RFC 9110 §10.2.2).
    pub(crate) fn join(&self, reference: &str) -> Result<Self, UrlError> {
        let base = self.to_string();
        let base = UriAbsoluteStr::new(&base).map_err(|_| UrlError::Malformed)?;
        let reference = UriReferenceStr::new(reference).map_err(|_| UrlError::Malformed)?;
        let joined = reference.resolve_against(base).to_string();
        Self::parse(joined.split('#').next().unwrap_or_default())
    }

    /// Tells whether two URLs have one origin (RFC 6454 §5).
    pub(crate) fn is_same_origin(&self, other: &Self) -> bool {
        self.secure == other.secure
            && self.port == other.port
            && self.host.eq_ignore_ascii_case(&other.host)
    }
}

/// Shows the URL without its credentials.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "wss" } else { "ws" };
        write!(f, "{scheme}://{}{}", self.authority, self.target)
    }
}

/// The port that follows a host in an authority, if one does.
pub(crate) fn port(behind_host: &str) -> Result<Option<u16>, UrlError> {
    match behind_host.strip_prefix(':') {
        None | Some("") => Ok(None),
        Some(port) => port.parse().ok().filter(|port| *port != 0).map(Some).ok_or(UrlError::Port),
    }
}

/// A host without the brackets of an IPv6 address.
pub(crate) fn bare(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_3_where_urls_lead() {
        for (url, secure, host, port, authority, target) in [
            ("ws://example.com", false, "example.com", 80, "example.com", "/"),
            ("wss://example.com/", true, "example.com", 443, "example.com", "/"),
            ("WS://Example.com:80/a?b=c", false, "Example.com", 80, "Example.com", "/a?b=c"),
            ("ws://h:9001?q=1", false, "h", 9001, "h:9001", "/?q=1"),
            ("wss://h:80/", true, "h", 80, "h:80", "/"),
            ("ws://h:/x", false, "h", 80, "h", "/x"),
            ("ws://[::1]:9001/", false, "::1", 9001, "[::1]:9001", "/"),
            ("ws://127.0.0.1:1/%20", false, "127.0.0.1", 1, "127.0.0.1:1", "/%20"),
            ("wss://[2001:db8::1]", true, "2001:db8::1", 443, "[2001:db8::1]", "/"),
            ("http://h/a", false, "h", 80, "h", "/a"),
            ("HTTPS://h:443", true, "h", 443, "h", "/"),
            ("https://h:80", true, "h", 80, "h:80", "/"),
        ] {
            let want = Url {
                secure,
                host: host.into(),
                port,
                authority: authority.into(),
                target: target.into(),
                credentials: None,
            };
            assert_eq!(Url::parse(url), Ok(want), "{url}");
        }
    }

    #[test]
    fn section_3_urls_that_lead_nowhere() {
        for (url, want) in [
            ("", UrlError::Malformed),
            ("example.com", UrlError::Scheme),
            ("/path", UrlError::Scheme),
            ("ftp://example.com", UrlError::Scheme),
            ("//example.com", UrlError::Scheme),
            ("ws://", UrlError::Malformed),
            ("ws://:80/", UrlError::Host),
            ("ws://h:0/", UrlError::Port),
            ("ws://h:65536/", UrlError::Port),
            ("ws://h/a b", UrlError::Malformed),
            ("ws://h/#f", UrlError::Fragment),
            ("ws://user:secret@/", UrlError::Malformed),
            ("ws://user:secret@:80/", UrlError::Host),
            ("ws://user:secret@h:x/", UrlError::Port),
            ("ws://user:%0asecret@h/", UrlError::UserInfo),
        ] {
            assert_eq!(Url::parse(url), Err(want), "{url}");
        }
    }

    #[test]
    fn section_3_userinfo_is_kept_apart() {
        for (url, user, password) in [
            ("ws://user:secret@h:9001/a", "user", "secret"),
            ("wss://user:secret@[::1]:9001/a", "user", "secret"),
            ("ws://us%40er:se%3acret@h/", "us@er", "se:cret"),
            ("ws://user@h/@", "user", ""),
        ] {
            let got = Url::parse(url).unwrap();
            let credentials = got.credentials.clone().unwrap();
            assert_eq!(credentials.user, user.as_bytes(), "{url}");
            assert_eq!(credentials.password, password.as_bytes(), "{url}");
            let shown = format!("{got} {got:?} {}", got.to_uri().unwrap());
            for secret in ["user", "us%40er", "secret", "se%3acret"] {
                assert!(!shown.contains(secret), "{shown}");
            }
            let without = Url { credentials: None, ..got.clone() };
            assert_eq!(Url::from_uri(&got.to_uri().unwrap()), Ok(without), "{url}");
        }
    }

    #[test]
    fn rfc_3986_section_5_references_are_resolved() {
        for (base, reference, want) in [
            ("ws://h:1/a/b?c", "d", "ws://h:1/a/d"),
            ("ws://h:1/a/b?c", "../d?e", "ws://h:1/d?e"),
            ("ws://h:1/a/b?c", "/d", "ws://h:1/d"),
            ("ws://h:1/a/b?c", "?d", "ws://h:1/a/b?d"),
            ("ws://h:1/a/b?c", "", "ws://h:1/a/b?c"),
            ("ws://h:1/a/b?c", "#d", "ws://h:1/a/b?c"),
            ("wss://h/a", "//other:2/x", "wss://other:2/x"),
            ("ws://h/a", "wss://other", "wss://other/"),
            ("ws://h/a", "https://other/x#y", "wss://other/x"),
            ("ws://h/a", "http://[::1]:9001", "ws://[::1]:9001/"),
            ("ws://user:secret@h/a", "/b", "ws://h/b"),
        ] {
            let base = Url::parse(base).unwrap();
            let joined = base.join(reference).map(|url| url.to_string());
            assert_eq!(joined, Ok(want.to_owned()), "{base} to {reference}");
        }
        let base = Url::parse("ws://h/a").unwrap();
        for reference in ["ftp://h/", "a b", "mailto:a@b", "ws://h:0/", "\u{e9}", "ws:b"] {
            assert!(base.join(reference).is_err(), "{reference}");
        }
        let joined = base.join("//user:secret@other/").unwrap();
        assert_eq!(joined.credentials.unwrap().password, b"secret");
    }

    #[test]
    fn rfc_6454_section_5_an_origin_is_scheme_host_and_port() {
        let base = Url::parse("ws://a@Host/x").unwrap();
        for (url, same) in [
            ("http://hoST:80/y?z", true),
            ("ws://b@host", true),
            ("wss://host:80", false),
            ("ws://host:81", false),
            ("ws://host.example", false),
        ] {
            assert_eq!(base.is_same_origin(&Url::parse(url).unwrap()), same, "{url}");
        }
    }
}
