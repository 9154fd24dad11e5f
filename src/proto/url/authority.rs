//! The authority of a URL of a server or proxy: `user:password@host:port` (RFC 3986 §3.2).

// Only addresses, which are values: `core::net` has no sockets.
use core::net::Ipv6Addr;
use std::borrow::Cow;

use http::uri;

use super::credentials::Credentials;
use super::idn;
use super::url_error::UrlError;

/// The parts of an authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authority {
    pub(crate) credentials: Option<Credentials>,
    /// A name or address, never empty. IPv6 is without its brackets and zone.
    pub(crate) host: String,
    /// The zone of an IPv6 address: the name of a network interface of this machine (RFC 6874 §2).
    /// It is not sent to any peer.
    pub(crate) zone: Option<String>,
    pub(crate) port: Option<u16>,
}

impl Authority {
    /// Parses an authority that stands alone.
    pub(crate) fn of(text: &str) -> Result<Self, UrlError> {
        let text = &*in_ascii(text)?;
        match text.parse::<uri::Authority>() {
            Ok(legal) => Self::parse(legal.as_str()),
            Err(_) => Err(Self::parse(text).err().unwrap_or_else(|| malformed(ALONE))),
        }
    }

    /// Returns the host in the form in which this machine resolves it.
    pub(crate) fn resolvable(&self) -> String {
        resolvable(&self.host, self.zone.as_deref())
    }

    /// Parses an authority. It must contain only characters that a URI may have.
    pub(crate) fn parse(text: &str) -> Result<Self, UrlError> {
        let (credentials, place) = Credentials::split(text).ok_or(UrlError::UserInfo)?;
        let (host, zone, behind) = if let Some(literal) = place.strip_prefix('[') {
            let (literal, behind) = literal.split_once(']').ok_or_else(|| malformed(OPEN))?;
            let (address, zone) = scoped(literal)?;
            (address, zone, behind)
        } else {
            // In a host or port there is one colon at most.
            if place.matches(':').count() > 1 && !place.contains('[') {
                return Err(malformed(BARE));
            }
            let (host, behind) = place.split_at(place.find(':').unwrap_or(place.len()));
            (host, None, behind)
        };
        if host.is_empty() {
            return Err(UrlError::Host);
        }
        let port = match behind.strip_prefix(':') {
            Some("") => None,
            Some(digits) => Some(parse_port(digits)?),
            None if behind.is_empty() => None,
            None => return Err(malformed(BEHIND)),
        };
        if host.contains(['[', ']']) {
            return Err(malformed("its host has a bracket in it"));
        }
        Ok(Self { credentials, host: host.to_owned(), zone, port })
    }
}

/// Returns an authority with its host in ASCII, which is what DNS, TLS and HTTP have. Only a host that is
/// not ASCII changes.
pub(crate) fn in_ascii(text: &str) -> Result<Cow<'_, str>, UrlError> {
    let (userinfo, place) = text.split_at(text.rfind('@').map_or(0, |at| at + 1));
    let (host, port) = place.split_at(place.find(':').unwrap_or(place.len()));
    // What stands in brackets is an address, or wrong.
    if host.is_ascii() || host.starts_with('[') {
        return Ok(text.into());
    }
    let host = idn::to_ascii(host).map_err(malformed)?;
    Ok(format!("{userinfo}{host}{port}").into())
}

const ALONE: &str = "it has a character that belongs to neither a host nor a port";

const OPEN: &str = "its address in brackets has no closing bracket";

const BARE: &str = "an IPv6 address stands in brackets, as in ws://[::1]:9001/";

const BEHIND: &str = "a colon and the port, or nothing, follow an address in brackets";

fn malformed(text: &str) -> UrlError {
    UrlError::Malformed(text.into())
}

/// Splits an IPv6 address from its zone. `%25` stands between them (RFC 6874 §2), or `%` alone, as
/// people write it.
fn scoped(literal: &str) -> Result<(&str, Option<String>), UrlError> {
    let (address, zone) = match literal.split_once('%') {
        Some((address, zone)) => {
            let zone = zone.strip_prefix("25").filter(|rest| !rest.is_empty()).unwrap_or(zone);
            (address, Some(zone))
        }
        None => (literal, None),
    };
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_zone = |zone: &str| !zone.is_empty() && zone.bytes().all(unreserved);
    let is_address = address.is_empty() || address.parse::<Ipv6Addr>().is_ok();
    if !is_address {
        return Err(malformed("what it has in brackets is no IPv6 address"));
    }
    if !zone.is_none_or(is_zone) {
        return Err(malformed(
            "the zone of its address is not the name of a network interface (RFC 6874 2)",
        ));
    }
    Ok((address, zone.map(str::to_owned)))
}

/// Parses a port: digits alone, from 1 on.
pub(crate) fn parse_port(text: &str) -> Result<u16, UrlError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port != 0).ok_or(UrlError::Port)
}

/// Returns an address and its zone in the form that the system's resolver takes (RFC 4007 §11), or
/// a host unchanged.
pub(crate) fn resolvable(host: &str, zone: Option<&str>) -> String {
    zone.map_or_else(|| host.to_owned(), |zone| format!("{host}%{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3986_section_3_2_hosts_and_ports() {
        for (text, host, zone, port) in [
            ("h", "h", None, None),
            ("h:", "h", None, None),
            ("h:80", "h", None, Some(80)),
            ("ali:sesame@h:080", "h", None, Some(80)),
            ("[::1]", "::1", None, None),
            ("[::1]:", "::1", None, None),
            ("ali@[::ffff:127.0.0.1]:65535", "::ffff:127.0.0.1", None, Some(65535)),
            ("[fe80::1%25eth0]:1", "fe80::1", Some("eth0"), Some(1)),
            ("[fe80::1%eth0]", "fe80::1", Some("eth0"), None),
            ("[fe80::1%253]", "fe80::1", Some("3"), None),
            ("[fe80::1%3]", "fe80::1", Some("3"), None),
            ("[fe80::1%25]", "fe80::1", Some("25"), None),
            ("[fe80::1%25a-b.c_d~e]", "fe80::1", Some("a-b.c_d~e"), None),
        ] {
            let got = Authority::parse(text).unwrap();
            assert_eq!(
                (&got.host[..], got.zone.as_deref(), got.port),
                (host, zone, port),
                "{text}"
            );
        }
    }

    #[test]
    fn rfc_3986_section_3_2_what_is_no_authority() {
        for (text, want) in [
            ("", "no host"),
            (":80", "no host"),
            ("[]", "no host"),
            ("ali@", "no host"),
            ("[::1]x:8080", "a colon and the port"),
            ("[::1]443", "a colon and the port"),
            ("[::1", "no closing bracket"),
            ("[[::1]]", "no IPv6 address"),
            ("[@]:", "a bracket in it"),
            ("[example.com]", "no IPv6 address"),
            ("[127.0.0.1]", "no IPv6 address"),
            ("[::1%]", "the zone"),
            ("[::1%25a%2f]", "the zone"),
            ("[h%25eth0]", "no IPv6 address"),
            ("h[x]", "a bracket in it"),
            ("::1", "stands in brackets"),
            ("::1:80", "stands in brackets"),
            ("h:1:2", "stands in brackets"),
            ("h[::1]", "its port"),
            ("h:+81", "its port"),
            ("h:-1", "its port"),
            ("h:0", "its port"),
            ("h:65536", "its port"),
            ("h:8 0", "its port"),
            ("[::1]:+81", "its port"),
            ("ali%00@h", "its user name"),
        ] {
            let error = Authority::parse(text).unwrap_err().to_string();
            assert!(error.contains(want), "{text}: {error}");
        }
    }
}
