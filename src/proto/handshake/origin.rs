//! Which web pages may connect (RFC 6455 §10.2): those of the server's own host, and those of
//! listed origins (RFC 6454).
//!
//! Only browsers send an origin, and a page cannot forge it. So this guards against pages of other
//! sites in the browsers of users, and against nothing else.

// Only addresses, which are values: `core::net` has no sockets.
use core::net::Ipv6Addr;

use http::header::{self, HeaderMap};
use http::uri::Authority;

use crate::proto::rules::{HandshakeError, quoted};

/// The origins whose pages may connect, in addition to those of the server's own host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    any: bool,
    listed: Vec<Listed>,
    /// What is wrong with the first origin that no page can have.
    invalid: Option<String>,
}

impl Origins {
    /// Allows pages of an origin, or of the subdomains of its host if that begins with `*.`.
    pub(crate) fn allow(&mut self, text: &str) {
        match Listed::parse(text) {
            Some(listed) => self.listed.push(listed),
            None => _ = self.invalid.get_or_insert_with(|| fault(text)),
        }
    }

    pub(crate) fn allow_any(&mut self) {
        self.any = true;
    }

    /// Returns what is wrong if a listed origin is none.
    pub(crate) fn invalid(&self) -> Option<&str> {
        self.invalid.as_deref()
    }

    /// Checks the origin of a request to a server that its clients reach by one of `hosts`, each
    /// with or without a port.
    pub(crate) fn check(
        &self,
        headers: &HeaderMap,
        hosts: &[String],
    ) -> Result<(), HandshakeError> {
        if self.any {
            return Ok(());
        }
        for sent in headers.get_all(header::ORIGIN) {
            let origin = sent.to_str().ok().and_then(Origin::parse);
            let is_allowed = origin.as_ref().is_some_and(|origin| {
                // Proxies leave ports out of Host, and a page of another port on the same host is
                // one of the same machine.
                let is_own =
                    |host: &String| split(host).is_some_and(|(host, _)| host == origin.host);
                hosts.iter().any(is_own) || self.listed.iter().any(|one| one.covers(origin))
            });
            if !is_allowed {
                return Err(refused(sent.as_bytes(), origin.is_some(), hosts.first()));
            }
        }
        Ok(())
    }
}

/// Says what is wrong with an origin that a program has listed, and what to write.
fn fault(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let scheme = scheme.to_ascii_lowercase();
    // The scheme of a page that is served beside such a server.
    let of_pages = match &scheme[..] {
        "" | "wss" => "https",
        "ws" => "http",
        other => other,
    };
    let meant = format!("{of_pages}://{place}");
    let helps = if place == "*" || text == "null" {
        "any_origin() allows all pages".to_owned()
    } else if Listed::parse(&meant).is_none() {
        "write a scheme, a host and perhaps a port, as a browser sends it: https://example.com or \
         https://*.example.com:8443"
            .to_owned()
    } else if scheme.is_empty() {
        format!("write {meant} or http://{place}")
    } else {
        format!("write {meant}")
    };
    // It may be a URL with a password.
    let shown = if text.contains('@') { "a URL with a user name" } else { &format!("{text:?}") };
    format!("{shown} is no origin of a page: {helps}")
}

/// Makes the error for a page that may not connect.
fn refused(sent: &[u8], has_host: bool, host: Option<&String>) -> HandshakeError {
    let (sent, host) = (quoted(sent), quoted(host.map_or("this server", |host| host).as_bytes()));
    HandshakeError::Origin(
        if has_host {
            format!(
                "a page of {sent} may not connect to {host}, which is another host; \
                 Server::origin(\"{sent}\") allows it, any_origin() every page"
            )
        } else {
            format!(
                "a page whose Origin is {sent} may not connect to {host}, because that names no host; \
                 Server::any_origin() allows every page"
            )
        }
        .into(),
    )
}

/// The origin of a page (RFC 6454 §6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: String,
    /// `None` if it is the scheme's default.
    port: Option<u16>,
}

impl Origin {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        let (host, port) = split(authority).filter(|_| is_scheme)?;
        let scheme = scheme.to_ascii_lowercase();
        let port = match port.map(str::parse::<u16>) {
            None => None,
            Some(Ok(port)) => Some(port),
            Some(Err(_)) => return None,
        };
        let usual = match &scheme[..] {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        };
        Some(Self { scheme, host, port: port.filter(|port| Some(*port) != usual) })
    }
}

/// An origin that a program has listed.
#[derive(Clone, Debug)]
struct Listed {
    origin: Origin,
    /// All names below the host are meant, and not the host itself.
    is_wildcard: bool,
}

impl Listed {
    fn parse(text: &str) -> Option<Self> {
        let starred = text.split_once("://*.").map(|(scheme, rest)| format!("{scheme}://{rest}"));
        let origin = Origin::parse(starred.as_deref().unwrap_or(text))?;
        // A page is loaded by HTTP, or by a scheme of its program's own.
        let is_of_a_page = origin.scheme != "ws" && origin.scheme != "wss";
        let has_names = starred.is_none() || !origin.host.starts_with('[');
        (is_of_a_page && has_names && !origin.host.contains('*'))
            .then_some(Self { origin, is_wildcard: starred.is_some() })
    }

    fn covers(&self, page: &Origin) -> bool {
        let Self { origin, is_wildcard } = self;
        let is_host = if *is_wildcard {
            let front = page.host.strip_suffix(&origin.host);
            front.and_then(|front| front.strip_suffix('.')).is_some_and(|name| !name.is_empty())
        } else {
            page.host == origin.host
        };
        is_host && page.scheme == origin.scheme && page.port == origin.port
    }
}

/// Splits an authority into its host, spelled in one way, and its port. Returns `None` if it has no
/// host, or more than that.
fn split(authority: &str) -> Option<(String, Option<&str>)> {
    let whole: Authority = authority.parse().ok()?;
    let port = authority.strip_prefix(whole.host())?;
    let port = if port.is_empty() { None } else { Some(port.strip_prefix(':')?) };
    let host = if let Some(literal) = whole.host().strip_prefix('[') {
        format!("[{}]", literal.strip_suffix(']')?.parse::<Ipv6Addr>().ok()?)
    } else {
        // The dot of a complete name (RFC 1034 §3.1).
        whole.host().trim_end_matches('.').to_ascii_lowercase()
    };
    (!host.is_empty()).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(origins: &Origins, sent: &[&str], hosts: &[&str]) -> Result<(), HandshakeError> {
        let sent = sent.iter().map(|one| (header::ORIGIN, one.parse().unwrap()));
        let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
        origins.check(&sent.collect(), &hosts)
    }

    #[test]
    fn section_10_2_the_servers_own_pages() {
        for (rule, sent, host, welcome) in [
            ("the same", "http://example.com", "example.com", true),
            ("TLS ends at a proxy", "https://example.com", "example.com", true),
            ("a port that only the page has", "http://example.com:8080", "example.com", true),
            ("a port that only Host has", "http://example.com", "example.com:9001", true),
            ("two ports", "http://localhost:3000", "localhost:9001", true),
            ("hosts have no case", "https://Example.COM", "eXample.com", true),
            ("a dot at the end", "https://example.com.", "example.com", true),
            ("a dot at the other end", "https://example.com", "example.com.:443", true),
            ("IPv4", "http://127.0.0.1:1", "127.0.0.1:2", true),
            ("IPv6", "http://[::1]:1", "[::1]:2", true),
            ("IPv6 in another spelling", "http://[::1]", "[0:0:0:0:0:0:0:1]", true),
            ("a scheme of a program's own", "tauri://localhost", "localhost:9001", true),
            ("another host", "https://evil.example", "example.com", false),
            ("a longer name", "https://example.com.evil.example", "example.com", false),
            ("a name with another front", "https://badexample.com", "example.com", false),
            ("a subdomain", "https://a.example.com", "example.com", false),
            ("the domain above", "https://example.com", "a.example.com", false),
            ("a name and its address", "http://localhost", "127.0.0.1", false),
            ("another IPv6 address", "http://[::2]", "[::1]", false),
            ("a mapped address", "http://[::ffff:127.0.0.1]", "127.0.0.1", false),
            ("a file", "null", "example.com", false),
            ("Chromium's file", "file://", "example.com", false),
            ("empty", "", "example.com", false),
            ("a name alone", "example.com", "example.com", false),
            ("a path", "https://example.com/", "example.com", false),
            ("a user", "https://example.com@evil.example", "example.com", false),
            ("a user of this host", "https://evil.example@example.com", "example.com", false),
            ("a port that is none", "https://example.com:x", "example.com", false),
            ("a list", "https://evil.example https://example.com", "example.com", false),
        ] {
            let checked = check(&Origins::default(), &[sent], &[host]);
            assert_eq!(checked.is_ok(), welcome, "{rule}: {checked:?}");
        }
        let own = "https://example.com";
        for (rule, sent, hosts, welcome) in [
            ("no browser", &[][..], &["example.com"][..], true),
            ("two hosts", &[own], &["backend", "example.com"], true),
            ("two origins", &[own, own], &["example.com"], true),
            ("two origins, one bad", &[own, "https://evil.example"], &["example.com"], false),
            ("no host (HTTP/1.0)", &[own], &[], false),
        ] {
            assert_eq!(check(&Origins::default(), sent, hosts).is_ok(), welcome, "{rule}");
        }
    }

    #[test]
    fn section_10_2_listed_origins() {
        for (rule, listed, sent, welcome) in [
            ("one of two", "https://a https://b", "https://b", true),
            ("neither", "https://a https://b", "https://c", false),
            ("the own host too", "https://a", "http://own:81", true),
            ("no case", "HTTPS://Example.com", "https://eXample.com", true),
            ("another scheme", "https://example", "http://example", false),
            ("another port", "https://example", "https://example:444", false),
            ("its port", "https://example:444", "https://example:444", true),
            ("the usual port, listed", "https://example:443", "https://example", true),
            ("the usual port, sent", "http://example", "http://example:80", true),
            ("no usual port", "app://example", "app://example:80", false),
            ("a longer name", "https://example", "https://example.evil", false),
            ("null", "https://example", "null", false),
            ("an extension", "chrome-extension://abc", "chrome-extension://abc", true),
            ("a subdomain", "https://*.example.com", "https://a.example.com", true),
            ("one below that", "https://*.example.com", "https://a.b.Example.com", true),
            ("not the domain itself", "https://*.example.com", "https://example.com", false),
            ("no other end", "https://*.example.com", "https://a.example.com.evil", false),
            ("no other front", "https://*.example.com", "https://badexample.com", false),
            ("no empty front", "https://*.example.com", "https://.example.com", false),
            ("a subdomain's port", "https://*.a:81", "https://b.a:81", true),
            ("a subdomain's other port", "https://*.a:81", "https://b.a", false),
            ("a subdomain's scheme", "https://*.a", "http://b.a", false),
        ] {
            let mut origins = Origins::default();
            listed.split(' ').for_each(|one| origins.allow(one));
            assert_eq!(origins.invalid(), None, "{rule}");
            assert_eq!(check(&origins, &[sent], &["own"]).is_ok(), welcome, "{rule}");
        }
        let mut origins = Origins::default();
        origins.allow_any();
        for sent in ["https://evil.example", "null", "file://", "", "?"] {
            assert_eq!(check(&origins, &[sent], &["own"]), Ok(()), "{sent}");
        }
    }

    #[test]
    fn what_is_no_origin_of_a_page_is_a_mistake() {
        for text in [
            "",
            "example.com",
            "https://",
            "https://example.com/",
            "https://example.com/chat",
            "https://example.com?a",
            "https://user:sesame@example.com",
            "https://example.com:x",
            "https://example.com:99999",
            "https://*",
            "https://*.",
            "https://*.*.example.com",
            "https://a.*.example.com",
            "https://*.[::1]",
            "*",
            "*.example.com",
            "null",
            "file://",
            "//example.com",
            "wss://example.com",
            "ws://example.com",
            "https://bücher.example",
            "ht tps://example.com",
            "https://[::1",
        ] {
            let mut origins = Origins::default();
            origins.allow(text);
            let told = origins.invalid().expect(text);
            let shown = if text.contains('@') { "a URL" } else { &format!("{text:?} is no ") };
            assert!(told.starts_with(shown) && !told.contains("sesame"), "{told}");
        }
    }

    #[test]
    fn what_is_no_origin_is_told_with_what_to_write() {
        const FORM: &str = "write a scheme, a host and perhaps a port, as a browser sends it: ";
        for (text, helps) in [
            ("example.com", "write https://example.com or http://example.com"),
            ("localhost:3000", "write https://localhost:3000 or http://localhost:3000"),
            ("*.example.com", "write https://*.example.com or http://*.example.com"),
            ("//example.com", FORM),
            ("https://example.com/", "write https://example.com"),
            ("http://h:81/a?b", "write http://h:81"),
            ("HTTP://h/", "write http://h"),
            ("wss://example.com", "write https://example.com"),
            ("ws://h:9001/", "write http://h:9001"),
            ("*", "any_origin() allows all pages"),
            ("https://*", "any_origin() allows all pages"),
            ("null", "any_origin() allows all pages"),
            ("", FORM),
            ("https://ali:sesame@a", FORM),
            ("file://", FORM),
            ("https://a\n", FORM),
        ] {
            let told = fault(text);
            let (_, got) = told.split_once(" is no origin of a page: ").unwrap();
            assert!(got == helps || helps == FORM && got.starts_with(helps), "{told}");
        }
        let mut origins = Origins::default();
        for one in ["https://a", "b", "c"] {
            origins.allow(one);
        }
        assert!(origins.invalid().unwrap().starts_with("\"b\""), "the first counts");
    }

    #[test]
    fn a_refusal_names_both_hosts_and_the_setting() {
        let long = format!("https://{}", "a".repeat(200));
        for (sent, host, wants) in [
            ("https://a.example", "b.example:1", &["https://a.example may", "b.example:1,"][..]),
            ("https://a.example", "b", &["Server::origin(\"https://a.example\")", "any_origin()"]),
            ("null", "b", &["Origin is null", "Server::any_origin()"]),
            ("\u{e9}\"", "b", &["Origin is \\xc3\\xa9\\\" may"]),
            (&long, "b", &["https://aaaaaaa"]),
        ] {
            let error = check(&Origins::default(), &[sent], &[host]).unwrap_err().to_string();
            assert!(wants.iter().all(|want| error.contains(want)), "{error}");
            assert!(error.ends_with("(RFC 6455 10.2)") && error.len() < 500, "{error}");
        }
    }
}
