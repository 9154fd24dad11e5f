//! `ws://` and `wss://` URLs (RFC 6455 §3).

// Only addresses, which are values: `core::net` has no sockets.
use core::net::IpAddr;
use std::borrow::Cow;
use std::{fmt, str};

use http::Uri;
use iri_string::types::{UriAbsoluteStr, UriReferenceStr};
use percent_encoding::{AsciiSet, percent_encode};

use super::authority::{self, Authority, resolvable};
use super::credentials::Credentials;
use super::fault;
use super::target;
use super::url_error::UrlError;

/// A parsed WebSocket URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    /// The scheme is `wss`.
    pub(crate) secure: bool,
    /// A name or address. IPv6 is without its brackets and zone.
    pub(crate) host: String,
    /// Known only to this machine; see [`Authority`].
    pub(crate) zone: Option<String>,
    pub(crate) port: u16,
    /// The Host header. It names the port, except the scheme's default port (§4.1).
    pub(crate) authority: String,
    /// Path and query, never empty. Illegal characters are percent-encoded.
    pub(crate) target: String,
    /// The userinfo. `authority` does not contain it.
    pub(crate) credentials: Option<Credentials>,
}

impl Url {
    pub(crate) fn parse(text: &str) -> Result<Self, UrlError> {
        if let Some(around) = fault::around(text) {
            return Err(around);
        }
        // `Uri` drops a fragment without an error.
        if text.contains('#') {
            return Err(UrlError::Fragment);
        }
        let (front, target) = target::split(text);
        if front.is_empty() {
            return Err(fault::scheme(text));
        }
        let front = &*in_ascii(front)?;
        let text = format!("{front}{}", target::encode(target));
        Self::from_uri(&text.parse().map_err(|_| fault::part(front, target))?)
    }

    pub(crate) fn from_uri(uri: &Uri) -> Result<Self, UrlError> {
        let scheme = uri.scheme_str().unwrap_or_default();
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "ws" | "http" => false,
            "wss" | "https" => true,
            _ => return Err(fault::scheme(&uri.to_string())),
        };
        let authority = uri.authority().ok_or(UrlError::Host)?;
        let Authority { credentials, host, zone, port } = Authority::parse(authority.as_str())?;
        let own_port = if secure { 443 } else { 80 };
        let port = port.unwrap_or(own_port);
        let name = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self {
            secure,
            host,
            zone,
            port,
            authority: if port == own_port { name } else { format!("{name}:{port}") },
            target: format!("{slash}{}", target::encode(target)),
            credentials,
        })
    }

    /// Returns the host in the form in which this machine resolves it.
    pub(crate) fn resolvable(&self) -> String {
        resolvable(&self.host, self.zone.as_deref())
    }

    /// Returns the URL without its credentials and zone.
    pub(crate) fn to_uri(&self) -> Result<Uri, UrlError> {
        self.to_string().parse().map_err(|_| fault::too_long())
    }

    /// Resolves a reference against this URL (RFC 3986 §5).
    ///
    /// The fragment is dropped: it is not sent (RFC 9110 §10.2.2).
    pub(crate) fn join(&self, reference: impl AsRef<[u8]>) -> Result<Self, UrlError> {
        let base = self.to_string();
        let base = UriAbsoluteStr::new(&base).map_err(|_| no_reference())?;
        let whole = reference.as_ref();
        let end = whole.iter().position(|byte| *byte == b'#').unwrap_or(whole.len());
        // A path in another encoding is sent as it is.
        let text = str::from_utf8(&whole[..end]).ok().map(target::split);
        let (front, rest) = match &text {
            Some((front, rest)) => (in_ascii(front)?, rest.as_bytes()),
            None => ("".into(), &whole[..end]),
        };
        // Encodes all bytes that are not ASCII.
        let rest = percent_encode(rest, &AsciiSet::EMPTY).to_string();
        let reference = format!("{front}{rest}");
        let (front, target) = target::split(&reference);
        let reference = format!("{front}{}", target::encode(target));
        let reference = UriReferenceStr::new(&reference).map_err(|_| no_reference())?;
        let mut url = Self::parse(&reference.resolve_against(base).to_string())?;
        // A peer does not know the names of this machine's network interfaces.
        if url.zone.is_none() && is_same_host(&url.host, &self.host) {
            url.zone.clone_from(&self.zone);
        }
        Ok(url)
    }

    /// Returns `true` if two URLs have one origin (RFC 6454 §5).
    ///
    /// A host with a final dot is another host: without the dot, the system may look for the name
    /// in its own domain.
    pub(crate) fn is_same_origin(&self, other: &Self) -> bool {
        self.secure == other.secure
            && self.port == other.port
            && is_same_host(&self.host, &other.host)
            && self.zone == other.zone
    }
}

/// Returns what stands before the path with the host in ASCII: a scheme and an authority, or an authority
/// behind two slashes.
fn in_ascii(front: &str) -> Result<Cow<'_, str>, UrlError> {
    if front.is_ascii() {
        return Ok(front.into());
    }
    match front.split_once("//") {
        Some((scheme, authority)) if fault::is_known(scheme.trim_end_matches(':')) => {
            Ok(format!("{scheme}//{}", authority::in_ascii(authority)?).into())
        }
        _ => Ok(front.into()),
    }
}

fn no_reference() -> UrlError {
    UrlError::Malformed("it is no reference that can be resolved".into())
}

/// Compares names ignoring case, and addresses in any form.
fn is_same_host(one: &str, other: &str) -> bool {
    let address = |host: &str| host.parse::<IpAddr>().ok();
    one.eq_ignore_ascii_case(other) || address(one).is_some_and(|it| address(other) == Some(it))
}

/// Shows the URL without its credentials and zone.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "wss" } else { "ws" };
        write!(f, "{scheme}://{}{}", self.authority, self.target)
    }
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
            // RFC 9110 §7.2: Host is the authority as it is written.
            ("wss://Ex.Com.:443/", true, "Ex.Com.", 443, "Ex.Com.", "/"),
            ("ws://[::1]:9001/", false, "::1", 9001, "[::1]:9001", "/"),
            ("ws://127.0.0.1:1/%20", false, "127.0.0.1", 1, "127.0.0.1:1", "/%20"),
            ("wss://[2001:db8::1]", true, "2001:db8::1", 443, "[2001:db8::1]", "/"),
            ("http://h/a", false, "h", 80, "h", "/a"),
            ("HTTPS://h:443", true, "h", 443, "h", "/"),
            ("https://h:80", true, "h", 80, "h:80", "/"),
            ("ws://h/\u{e9}|?f={x}%", false, "h", 80, "h", "/%C3%A9%7C?f=%7Bx%7D%25"),
            ("ws://[::1]?[1]", false, "::1", 80, "[::1]", "/?%5B1%5D"),
        ] {
            let want = Url {
                secure,
                host: host.into(),
                zone: None,
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
            ("", "Scheme"),
            ("example.com", "Scheme"),
            ("example.com:9001/x", "Scheme"),
            ("127.0.0.1:9001", "Scheme"),
            ("ws:/h", "Scheme"),
            ("ws:h:9001", "Scheme"),
            ("\u{e9}://h", "Scheme"),
            ("/path", "Scheme"),
            ("ftp://example.com", "Scheme"),
            ("//example.com", "Scheme"),
            ("ws://", "Host"),
            ("ws:///path", "Host"),
            ("ws://:80/", "Host"),
            ("ws://h:0/", "Port"),
            ("ws://h:65536/", "Port"),
            ("ws://h:+81/", "Port"),
            ("ws://h/#f", "Fragment"),
            ("ws://user:secret@/", "Host"),
            ("ws://user:secret@:80/", "Host"),
            ("ws://user:secret@h:x/", "Port"),
            ("ws://user:%0asecret@h/", "UserInfo"),
        ] {
            let error = Url::parse(url).unwrap_err();
            let variant = format!("{error:?}");
            assert_eq!(variant.split('(').next(), Some(want), "{url}: {error}");
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("user:") && !shown.contains("secret"), "{shown}");
        }
        let long = format!("ws://h/{}", "x".repeat(1 << 16));
        for (url, part) in [
            (" ws://h/", "it begins with a space"),
            ("ws://h/\n", "it ends in a line break"),
            ("ws://h/a b", "its path or query has a space; write it as %20"),
            ("ws://h/?a\tb", "its path or query has '\\t'; write it percent-encoded"),
            ("ws://h/a\r\nb", "its path or query has a line break"),
            ("ws://h /", "its host or port has a space, which belongs to neither"),
            ("ws://a<b>:1/", "its host or port has '<', which belongs to neither"),
            #[cfg(not(feature = "idn"))]
            (
                "ws://b\u{fc}cher.example/",
                "its host is not ASCII; write the name as DNS has it, as xn--",
            ),
            #[cfg(not(feature = "idn"))]
            ("ws://b\u{fc}cher.example/", "or enable the feature `idn`"),
            #[cfg(feature = "idn")]
            ("ws://ali:sesame@b\u{fc}cher..example/", "its host is no name of IDNA (UTS 46)"),
            ("ws://[b\u{fc}cher]/", "its host is not ASCII"),
            ("ws://ali:se same@h/", "its user name or password has a character"),
            ("ws://ali:sesame\u{e9}@h/", "its user name or password has a character"),
            ("ws://[::1]x:8080/", "a colon and the port, or nothing, follow"),
            ("ws://[::1]443/", "a colon and the port, or nothing, follow"),
            ("ws://[example.com]/", "is no IPv6 address"),
            ("ws://[::1/", "no closing bracket"),
            ("ws://h[x]/", "its host has a bracket"),
            ("ws://[@]:", "its host has a bracket"),
            ("ws://::1:9001/", "an IPv6 address stands in brackets"),
            ("ws://2001:db8::1/", "an IPv6 address stands in brackets"),
            ("ws://[fe80::1%25]x]/", "brackets"),
            (&long, "it is longer than"),
        ] {
            let error = Url::parse(url).unwrap_err();
            assert!(matches!(error, UrlError::Malformed(_)), "{url}: {error:?}");
            let text = error.to_string();
            assert!(text.contains(part), "{url}: {text}");
            assert!(!text.contains("sesame"), "{text}");
        }
    }

    #[test]
    fn rfc_6874_section_2_a_zone_is_for_this_machine_alone() {
        for url in ["ws://[fe80::1%25eth0]:81/a", "ws://[fe80::1%eth0]:81/a"] {
            let url = Url::parse(url).unwrap();
            assert_eq!((&url.host[..], &url.authority[..]), ("fe80::1", "[fe80::1]:81"));
            assert_eq!(url.resolvable(), "fe80::1%eth0");
            assert_eq!(url.to_string(), "ws://[fe80::1]:81/a");
            for (reference, zone) in [
                ("/b", Some("eth0")),
                ("//[fe80::1]:81/b", Some("eth0")),
                ("//[fe80::2]:81/b", None),
                ("//h/b", None),
            ] {
                let joined = url.join(reference).unwrap();
                assert_eq!(joined.zone.as_deref(), zone, "{reference}");
                assert_eq!(url.is_same_origin(&joined), zone.is_some(), "{reference}");
            }
            let other = Url::parse("ws://[fe80::1%25eth1]:81/a").unwrap();
            assert!(!url.is_same_origin(&other));
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
            ("ws://h/a|b?{x}", "", "ws://h/a%7Cb?%7Bx%7D"),
            ("ws://h/a?f={x}", "/caf\u{e9}?g=[1]", "ws://h/caf%C3%A9?g=%5B1%5D"),
            ("ws://h/%", "//[::1]/|", "ws://[::1]/%7C"),
            ("ws://h/a", "\\\\i\\x", "ws://h/%5C%5Ci%5Cx"),
        ] {
            let base = Url::parse(base).unwrap();
            let joined = base.join(reference).map(|url| url.to_string());
            assert_eq!(joined, Ok(want.to_owned()), "{base} to {reference}");
        }
        let base = Url::parse("ws://h/a").unwrap();
        for reference in ["ftp://h/", "a b", "mailto:a@b", "ws://h:0/", "//\u{e9}\u{ff0f}/", "ws:b"]
        {
            assert!(base.join(reference).is_err(), "{reference}");
        }
        assert_eq!(base.join(b"/caf\xe9").unwrap().target, "/caf%E9");
        let joined = base.join("//user:secret@other/").unwrap();
        assert_eq!(joined.credentials.unwrap().password, b"secret");
    }

    #[cfg(feature = "idn")]
    #[test]
    fn uts_46_section_4_a_host_becomes_ascii_and_nothing_else_changes() {
        for (url, host, authority, target) in [
            ("ws://b\u{fc}cher.example/", "xn--bcher-kva.example", "xn--bcher-kva.example", "/"),
            (
                "WSS://B\u{dc}CHER.example:443",
                "xn--bcher-kva.example",
                "xn--bcher-kva.example",
                "/",
            ),
            (
                "ws://b\u{fc}cher:81/\u{e9}?\u{e9}",
                "xn--bcher-kva",
                "xn--bcher-kva:81",
                "/%C3%A9?%C3%A9",
            ),
            ("ws://ali:sesame@b\u{fc}cher./", "xn--bcher-kva.", "xn--bcher-kva.", "/"),
            // ASCII stays byte for byte, whatever IDNA says of it.
            ("ws://Ex-Ample.Com/", "Ex-Ample.Com", "Ex-Ample.Com", "/"),
            ("ws://xn--a.XN--b-/", "xn--a.XN--b-", "xn--a.XN--b-", "/"),
            ("ws://a--b_c.-/", "a--b_c.-", "a--b_c.-", "/"),
        ] {
            let got = Url::parse(url).unwrap();
            assert_eq!((&got.host[..], &got.authority[..]), (host, authority), "{url}");
            assert_eq!(got.target, target, "{url}");
        }
        let base = Url::parse("ws://b\u{fc}cher.example/a").unwrap();
        for (reference, want, same) in [
            ("/\u{e9}", "ws://xn--bcher-kva.example/%C3%A9", true),
            ("//B\u{fc}cher.example/b", "ws://xn--bcher-kva.example/b", true),
            ("ws://xn--bcher-kva.example/b", "ws://xn--bcher-kva.example/b", true),
            ("//b\u{fc}cher", "ws://xn--bcher-kva/", false),
            (
                "https://stra\u{df}e.example?\u{e9}#\u{e9}",
                "wss://xn--strae-oqa.example/?%C3%A9",
                false,
            ),
        ] {
            let joined = base.join(reference).unwrap();
            assert_eq!(joined.to_string(), want, "{reference}");
            assert_eq!(base.is_same_origin(&joined), same, "{reference}");
        }
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
            ("ws://host.", false),
        ] {
            assert_eq!(base.is_same_origin(&Url::parse(url).unwrap()), same, "{url}");
        }
        for (one, other, same) in [
            ("ws://host./", "http://HOST.:80", true),
            ("wss://h", "https://h:443/", true),
            ("ws://[2001:db8::1]", "ws://[2001:DB8:0::1]:80", true),
            ("ws://[::1]", "ws://[::2]", false),
            ("ws://127.0.0.1", "ws://[::ffff:127.0.0.1]", false),
            ("ws://127.0.0.1", "ws://127.0.0.1.", false),
        ] {
            let [one, other] = [one, other].map(|url| Url::parse(url).unwrap());
            assert_eq!(one.is_same_origin(&other), same, "{one} and {other}");
        }
    }
}
