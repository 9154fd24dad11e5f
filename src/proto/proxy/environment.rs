//! The proxy that environment variables name for a URL.
//!
//! No standard defines this; it is what curl and most other programs do. The variables are an
//! argument.

// Only addresses, which are values: `core::net` has no sockets.
use core::net::IpAddr;

use ipnet::IpNet;

use super::proxy::Proxy;
use crate::proto::url;
use crate::proto::url::{Url, UrlError};

/// Returns the proxy for `url`, if any. `variable` returns the value of a variable.
pub(crate) fn proxy_from_environment(
    url: &Url,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Proxy>, UrlError> {
    let lower = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let either = |name: &str| lower(name).or_else(|| lower(&name.to_ascii_uppercase()));
    if either("no_proxy").is_some_and(|list| spares(&list, url)) {
        return Ok(None);
    }
    let own = if url.secure {
        either("https_proxy")
    } else {
        // A CGI program finds the request header `Proxy` in HTTP_PROXY, so that name is not read.
        // On Windows the two spellings are one variable, which is not read in a CGI program.
        lower("http_proxy").filter(|_| !cfg!(windows) || lower("REQUEST_METHOD").is_none())
    };
    own.or_else(|| either("all_proxy")).map(|text| Proxy::parse(&text)).transpose()
}

/// Returns `true` if a list of `no_proxy` names the URL's host.
fn spares(list: &str, url: &Url) -> bool {
    list.split([',', ' ', '\t']).any(|entry| names(entry, url))
}

/// Returns `true` if an entry names the URL's host. An entry is `*`, a domain (with its
/// subdomains), an address, or a network. All except `*` may have a port.
fn names(entry: &str, url: &Url) -> bool {
    let (place, port) = match entry.rsplit_once(':') {
        // IPv6 without brackets has no port.
        Some((place, port)) if place.ends_with(']') || !place.contains(':') => (place, Some(port)),
        _ => (entry, None),
    };
    if port.is_some_and(|port| url::parse_port(port) != Ok(url.port)) {
        return false;
    }
    let place = place.trim_matches(['[', ']']);
    // The zone of an address does not change whose address it is.
    let place = place.split('%').next().unwrap_or(place);
    if let Ok(address) = url.host.parse::<IpAddr>() {
        let network = place.parse::<IpNet>().is_ok_and(|network| network.contains(&address));
        return place == "*" || network || place.parse() == Ok(address);
    }
    let host = url.host.trim_end_matches('.').to_ascii_lowercase();
    let domain = place.strip_prefix('*').unwrap_or(place).trim_matches('.');
    // An entry that is no name names nothing.
    let Ok(domain) = url::in_ascii(domain) else { return place == "*" };
    let domain = domain.to_ascii_lowercase();
    let below = host.strip_suffix(&domain);
    place == "*" || !domain.is_empty() && below.is_some_and(|it| it.is_empty() || it.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(url: &str, variables: &[(&str, &str)]) -> Result<Option<String>, UrlError> {
        let variable = |name: &str| {
            let value = variables.iter().find(|(one, _)| *one == name);
            value.map(|(_, value)| (*value).to_owned())
        };
        let proxy = proxy_from_environment(&Url::parse(url).unwrap(), variable)?;
        Ok(proxy.map(|proxy| format!("{:?} {}:{}", proxy.scheme, proxy.host, proxy.port)))
    }

    #[test]
    fn the_variable_that_counts() {
        let (ws, wss) = ("ws://h/", "wss://h/");
        let one = |name| vec![(name, "http://one:1")];
        let two = |name, other| vec![(other, "socks5h://two:2"), (name, "http://one:1")];
        let (http1, socks2) = (Some("Http one:1"), Some("Socks5h two:2"));
        for (url, variables, want) in [
            (ws, vec![], None),
            (ws, one("http_proxy"), http1),
            (ws, one("HTTP_PROXY"), None),
            (ws, one("https_proxy"), None),
            (ws, one("all_proxy"), http1),
            (ws, one("ALL_PROXY"), http1),
            (wss, one("https_proxy"), http1),
            (wss, one("HTTPS_PROXY"), http1),
            (wss, one("http_proxy"), None),
            (wss, one("ALL_PROXY"), http1),
            (wss, two("https_proxy", "HTTPS_PROXY"), http1),
            (wss, two("https_proxy", "all_proxy"), http1),
            (wss, two("HTTPS_PROXY", "all_proxy"), http1),
            (ws, two("https_proxy", "ALL_PROXY"), socks2),
            (ws, vec![("http_proxy", " "), ("all_proxy", "one:1")], http1),
            (ws, vec![("http_proxy", "one:1"), ("no_proxy", "h")], None),
            (ws, vec![("http_proxy", "one:1"), ("NO_PROXY", "h")], None),
            (ws, vec![("http_proxy", "one:1"), ("NO_PROXY", "")], http1),
        ] {
            assert_eq!(chosen(url, &variables), Ok(want.map(str::to_owned)), "{url} {variables:?}");
        }
        let secure = [("https_proxy", "https://one")];
        assert_eq!(chosen(wss, &secure), Ok(Some("Https one:443".to_owned())));
        for (value, want) in [
            ("ftp://h", UrlError::ProxyScheme),
            ("socks://h", UrlError::Socks4),
            ("http://h:x", UrlError::Proxy),
        ] {
            assert_eq!(chosen(ws, &[("http_proxy", value)]), Err(want), "{value}");
            assert_eq!(chosen(wss, &[("http_proxy", value)]), Ok(None), "{value}");
        }
    }

    #[test]
    fn places_that_are_spared() {
        for (list, url, spared) in [
            ("*", "ws://h/", true),
            ("*", "ws://127.0.0.1/", true),
            ("", "ws://h/", false),
            (",", "ws://h/", false),
            (".", "ws://h/", false),
            ("h", "ws://h/", true),
            ("H", "ws://h:9001/", true),
            ("example.com", "ws://Example.COM/", true),
            ("example.com", "ws://example.com./", true),
            ("example.com.", "ws://example.com/", true),
            ("Example.COM.:80", "ws://example.com./", true),
            ("example.com", "ws://a.b.example.com/", true),
            (".example.com", "ws://a.example.com/", true),
            ("*.example.com", "ws://a.example.com/", true),
            ("example.com", "ws://badexample.com/", false),
            ("example.com", "ws://example.com.evil/", false),
            ("example", "ws://example.com/", false),
            ("a, b  c,example.com", "ws://example.com/", true),
            ("a b,c", "ws://b/", true),
            ("h:9001", "ws://h:9001/", true),
            ("h:9001", "ws://h:9002/", false),
            ("h:80", "ws://h/", true),
            ("h:443", "ws://h/", false),
            ("h:x", "ws://h/", false),
            ("127.0.0.1", "ws://127.0.0.1:9001/", true),
            ("127.0.0.1:9001", "ws://127.0.0.1:9001/", true),
            ("127.0.0.1:9001", "ws://127.0.0.1/", false),
            ("0.0.1", "ws://127.0.0.1/", false),
            ("127.0.0.0/8", "ws://127.1.2.3/", true),
            ("127.0.0.0/8", "ws://128.1.2.3/", false),
            ("127.0.0.0/33", "ws://127.0.0.1/", false),
            ("::1", "ws://[::1]:9001/", true),
            ("[::1]", "ws://[::1]:9001/", true),
            ("[::1]:9001", "ws://[::1]:9001/", true),
            ("[::1]:9001", "ws://[::1]/", false),
            ("0:0::1", "ws://[::1]/", true),
            ("fd00::/8", "ws://[fd12::1]/", true),
            ("fd00::/8", "ws://[fe12::1]/", false),
            ("127.0.0.1", "ws://localhost/", false),
            ("fe80::1", "ws://[fe80::1%25eth0]/", true),
            ("fe80::/10", "ws://[fe80::1%eth0]/", true),
            ("[fe80::1%eth0]:80", "ws://[fe80::1]/", true),
            ("h:+80", "ws://h/", false),
            ("b\u{fc}cher.example", "ws://xn--bcher-kva.example/", cfg!(feature = "idn")),
            (".B\u{dc}cher.example:80", "ws://a.xn--bcher-kva.example/", cfg!(feature = "idn")),
            ("b\u{fc}cher..example,h", "ws://h/", true),
            ("h:80", "ws://h/", true),
        ] {
            assert_eq!(spares(list, &Url::parse(url).unwrap()), spared, "{list} and {url}");
        }
    }
}
