//! A proxy, parsed from its URL.

use crate::proto::url;
use crate::proto::url::{Authority, Credentials, UrlError};

/// A proxy, and how it is asked for a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proxy {
    pub(crate) scheme: Scheme,
    /// A name or address, in the form in which this machine resolves it.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) credentials: Option<Credentials>,
}

/// The protocol of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// `http`: CONNECT (RFC 9110 §9.3.6).
    Http,
    /// `https`: the same over TLS with the proxy.
    Https,
    /// `socks5`: SOCKS5 (RFC 1928) with the server's address. This machine resolves the name.
    Socks5,
    /// `socks5h`: SOCKS5 with the server's name. The proxy resolves it.
    Socks5h,
}

impl Proxy {
    /// Parses a URL. Without a scheme, as in some environments, the scheme is `http`.
    pub(crate) fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let (scheme, own_port) = match scheme.to_ascii_lowercase().as_str() {
            "http" => (Scheme::Http, 80),
            "https" => (Scheme::Https, 443),
            "socks5" => (Scheme::Socks5, 1080),
            "socks5h" => (Scheme::Socks5h, 1080),
            // For curl as well, `socks` means the older protocol.
            "socks4" | "socks4a" | "socks" => return Err(UrlError::Socks4),
            _ => return Err(UrlError::ProxyScheme),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let authority = url::in_ascii(authority)?;
        let authority = Authority::of(&authority).map_err(|e| match e {
            UrlError::UserInfo => e,
            _ => UrlError::Proxy,
        })?;
        let host = authority.resolvable();
        let Authority { credentials, port, .. } = authority;
        let is_http = matches!(scheme, Scheme::Http | Scheme::Https);
        // RFC 1929 §2: a byte holds the length of each, and the user name is not empty.
        let fits = |it: &Credentials| {
            is_http || (1..=255).contains(&it.user.len()) && it.password.len() <= 255
        };
        if !credentials.as_ref().is_none_or(fits) {
            return Err(UrlError::Proxy);
        }
        Ok(Self { scheme, host, port: port.unwrap_or(own_port), credentials })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_by_their_urls() {
        use Scheme::{Http, Https, Socks5, Socks5h};
        for (url, scheme, host, port, user) in [
            ("http://proxy:3128", Http, "proxy", 3128, None),
            ("HTTP://proxy/", Http, "proxy", 80, None),
            ("https://proxy", Https, "proxy", 443, None),
            ("https://:sesame@proxy:3129/", Https, "proxy", 3129, Some(("", "sesame"))),
            (" proxy:3128 ", Http, "proxy", 3128, None),
            ("proxy", Http, "proxy", 80, None),
            ("ali:sesame@proxy:3128", Http, "proxy", 3128, Some(("ali", "sesame"))),
            ("http://:sesame@proxy", Http, "proxy", 80, Some(("", "sesame"))),
            ("socks5://127.0.0.1", Socks5, "127.0.0.1", 1080, None),
            ("socks5h://a%40b:%2f@[::1]:9", Socks5h, "::1", 9, Some(("a@b", "/"))),
            ("socks5h://ali@proxy", Socks5h, "proxy", 1080, Some(("ali", ""))),
            ("http://[fe80::1%25eth0]:", Http, "fe80::1%eth0", 80, None),
        ] {
            let proxy = Proxy::parse(url).unwrap();
            assert_eq!((proxy.scheme, &proxy.host[..], proxy.port), (scheme, host, port), "{url}");
            let credentials = proxy.credentials.as_ref().map(|it| (&it.user[..], &it.password[..]));
            let want =
                user.map(|(user, password): (&str, &str)| (user.as_bytes(), password.as_bytes()));
            assert_eq!(credentials, want, "{url}");
            assert!(!format!("{proxy:?}").contains("sesame"), "{proxy:?}");
        }
    }

    #[test]
    fn uts_46_section_4_a_proxy_may_have_a_name_that_is_not_ascii() {
        let proxy = Proxy::parse("http://ali@b\u{fc}cher.example:3128");
        if cfg!(feature = "idn") {
            assert_eq!(proxy.map(|it| it.host).as_deref(), Ok("xn--bcher-kva.example"));
        } else {
            assert!(proxy.is_err_and(|e| e.to_string().contains("feature `idn`")));
        }
    }

    #[test]
    fn proxies_that_cannot_be_used() {
        let long = format!("socks5://ali:{}@h", "x".repeat(256));
        for (url, want) in [
            ("ftp://proxy:3128", UrlError::ProxyScheme),
            ("socks4://proxy", UrlError::Socks4),
            ("Socks4a://proxy", UrlError::Socks4),
            ("socks://proxy", UrlError::Socks4),
            ("ws://proxy", UrlError::ProxyScheme),
            ("", UrlError::Proxy),
            ("http://", UrlError::Proxy),
            ("http://:3128", UrlError::Proxy),
            ("http://proxy:0", UrlError::Proxy),
            ("http://proxy:x", UrlError::Proxy),
            ("http://proxy:+3128", UrlError::Proxy),
            ("http://[::1]x:3128", UrlError::Proxy),
            ("http://[::1]3128", UrlError::Proxy),
            ("http://[proxy]:3128", UrlError::Proxy),
            ("http://proxy[x]", UrlError::Proxy),
            ("http://proxy:3128/path", UrlError::Proxy),
            ("http://proxy?x", UrlError::Proxy),
            ("http://pro xy", UrlError::Proxy),
            ("http://a:%0db@proxy", UrlError::UserInfo),
            ("socks5://:sesame@proxy", UrlError::Proxy),
            (&long, UrlError::Proxy),
        ] {
            assert_eq!(Proxy::parse(url), Err(want), "{url}");
        }
    }
}
