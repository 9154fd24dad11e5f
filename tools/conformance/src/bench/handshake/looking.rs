//! [`look`]: judges the request of a client (RFC 6455 §4.1).

use crate::case::Look;
use crate::connection::{Head, is_key};

/// The key of the RFC's example (RFC 6455 §1.3).
const EXAMPLE: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// Headers that come at most once (RFC 6455 §11.3.1, §11.3.5; RFC 9112 §3.2; RFC 6454 §7.3).
const ONCE: [&str; 4] = ["host", "sec-websocket-key", "sec-websocket-version", "origin"];

/// What is known of a request from elsewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// The suite listens at a port that is not that of the scheme.
    pub(crate) needs_port: bool,
    /// No earlier connection of the client had this key. `None`: there was none.
    pub(crate) has_fresh_key: Option<bool>,
}

/// Judges a part of a request. The error is a sentence.
pub(super) fn look(at: Look, head: &Head, known: Known) -> Result<(), String> {
    let all = |name| head.all(name).collect::<Vec<_>>();
    match at {
        Look::RequestLine => {
            let line: Vec<&str> = head.first.split(' ').collect();
            let is_right = matches!(line[..], ["GET", _, "HTTP/1.1"]);
            check(is_right, || format!("the request is {:?}, not GET … HTTP/1.1", head.first))
        }
        Look::Host => match all("host")[..] {
            [host] if known.needs_port && !has_port(host) => {
                Err(format!("the Host {host:?} has no port, and the URL has one"))
            }
            [_] => Ok(()),
            ref hosts => Err(format!("Host is {hosts:?}, not one value")),
        },
        Look::Upgrade => {
            check(head.has_token("upgrade", "websocket"), || {
                format!("Upgrade is {:?}, without websocket", all("upgrade"))
            })?;
            check(head.has_token("connection", "upgrade"), || {
                format!("Connection is {:?}, without Upgrade", all("connection"))
            })
        }
        Look::Key => {
            let keys = all("sec-websocket-key");
            let is_right = matches!(keys[..], [key] if is_key(key));
            check(is_right, || {
                format!("Sec-WebSocket-Key is {keys:?}, not 16 bytes in base64 once")
            })
        }
        Look::Version => {
            let versions = all("sec-websocket-version");
            check(versions == ["13"], || {
                format!("Sec-WebSocket-Version is {versions:?}, not 13 once")
            })
        }
        Look::Once => {
            let twice = ONCE.into_iter().find(|name| all(name).len() > 1);
            twice
                .map_or(Ok(()), |name| Err(format!("{name} comes more than once: {:?}", all(name))))
        }
        Look::Target => {
            let target = head.target();
            let is_whole = ["/", "http://", "https://"].iter().any(|it| target.starts_with(it));
            check(is_whole && target.contains('?') && !target.contains('#'), || {
                format!("the target is {target:?}, not a path with the query and no fragment")
            })
        }
        // What follows the request is not in its head.
        Look::Nothing => Ok(()),
        Look::FreshKey => match (&all("sec-websocket-key")[..], known.has_fresh_key) {
            ([EXAMPLE], _) => Err("the key is that of the RFC's example".to_owned()),
            (keys, Some(false)) => Err(format!("an earlier connection had the key {keys:?} too")),
            (_, Some(true)) => Ok(()),
            (_, None) => Err("this is the first connection, so no key can be compared".to_owned()),
        },
    }
}

fn check(is_right: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if is_right { Ok(()) } else { Err(why()) }
}

/// Returns `true` if a port ends this host. The colons of an IPv6 address are in brackets.
fn has_port(host: &str) -> bool {
    let port = host.rsplit_once(':').map(|(_, port)| port);
    port.is_some_and(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "GET /runCase?case=1 HTTP/1.1\r\nHost: localhost:9001\r\n\
        Upgrade: h2c, WebSocket\r\nConnection: keep-alive\r\nConnection: upgrade\r\n\
        Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\nSec-WebSocket-Version: 13\r\n";

    fn looked(at: Look, request: &str, known: Known) -> Result<(), String> {
        look(at, &Head::parse((request.to_owned() + "\r\n").as_bytes()), known)
    }

    #[test]
    fn rfc_6455_section_4_1_what_a_client_sends() {
        let known = Known { needs_port: true, has_fresh_key: Some(true) };
        for (at, from, to, why) in [
            (Look::RequestLine, "", "", None),
            (Look::RequestLine, "GET", "POST", Some("not GET")),
            (Look::RequestLine, "HTTP/1.1", "HTTP/1.0", Some("not GET")),
            (Look::Host, "", "", None),
            (Look::Host, ":9001", "", Some("no port")),
            (Look::Host, "localhost:9001", "[::1]", Some("no port")),
            (Look::Host, "localhost:9001", "[::1]:9001", None),
            (Look::Host, "Host", "X-Host", Some("not one value")),
            (Look::Host, "\r\nUpgrade", "\r\nHost: a:1\r\nUpgrade", Some("not one value")),
            (Look::Upgrade, "", "", None),
            (Look::Upgrade, "WebSocket", "websocketx", Some("without websocket")),
            (Look::Upgrade, ": upgrade", ": close", Some("without Upgrade")),
            (Look::Key, "", "", None),
            (Look::Key, "AQID", "AQI", Some("16 bytes")),
            (Look::Key, "AQIDBA", "BA", Some("16 bytes")),
            (Look::Version, "", "", None),
            (Look::Version, "13", "8", Some("not 13")),
            (Look::Version, "13", "13, 8", Some("not 13")),
            (Look::Once, "", "", None),
            (Look::Once, "\r\nHost", "\r\nOrigin: a\r\norigin: a\r\nHost", Some("origin")),
            (Look::Target, "", "", None),
            (Look::Target, "GET /", "GET http://localhost/", None),
            (Look::Target, "case=1", "case=1#top", Some("no fragment")),
            (Look::Target, "?case=1", "", Some("the query")),
            (Look::FreshKey, "", "", None),
            (Look::FreshKey, "AQIDBAUGBwgJCgsMDQ4PEA==", EXAMPLE, Some("example")),
        ] {
            let found = looked(at, &GOOD.replace(from, to), known);
            match why {
                None => assert_eq!(found, Ok(()), "{at:?} {to}"),
                Some(why) => assert!(found.clone().unwrap_err().contains(why), "{to} {found:?}"),
            }
        }
        let at_80 = Known { needs_port: false, ..known };
        assert_eq!(looked(Look::Host, &GOOD.replace(":9001", ""), at_80), Ok(()));
    }

    #[test]
    fn rfc_6455_section_4_1_keys_are_compared_with_earlier_ones() {
        for (has_fresh_key, why) in
            [(Some(true), None), (Some(false), Some("earlier")), (None, Some("first"))]
        {
            let known = Known { needs_port: false, has_fresh_key };
            let found = looked(Look::FreshKey, GOOD, known).err();
            assert_eq!(found.is_some(), why.is_some(), "{found:?}");
            assert!(found.unwrap_or_default().contains(why.unwrap_or_default()));
        }
    }
}
