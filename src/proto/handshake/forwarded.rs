//! For whom a reverse proxy has forwarded a request: `Forwarded` (RFC 7239), `X-Forwarded-For` and
//! `X-Forwarded-Host`.
//!
//! Each proxy appends what it knows, and the client can send anything in front of that. So the
//! lists are read from the right, as far as trusted proxies wrote them. A proxy often knows one of
//! the headers and passes the other on as the client sent it. So if both are there, they must
//! agree. A header that cannot be read is there too: the client may have spoilt it. In doubt the
//! request is refused: whatever address it got instead, a client could choose it by spoiling a
//! header.

// Only addresses, which are values: `core::net` has no sockets.
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use ipnet::{IpNet, Ipv4Net};

use crate::proto::http::{is_token, unquote, unquoted};
use crate::proto::rules::HandshakeError;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// What the stream tells of its other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Ip(SocketAddr),
    /// A Unix socket.
    Local,
    /// Another stream without addresses, or one whose address is not known any more.
    Unknown,
}

/// The proxies whose headers are believed.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrustedProxies {
    networks: Vec<IpNet>,
    /// So are all programs that can reach a Unix socket.
    trusts_local: bool,
    is_invalid: bool,
}

/// What a header says of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    /// No line is there, or what is there is well-formed and says nothing of the client.
    Absent,
    /// The proxy does not know the client, or hides it (RFC 7239 §6.2, §6.3).
    Hidden,
    Client(IpAddr),
}

impl TrustedProxies {
    /// Trusts an address, a network, or with `unix:` the peers of Unix sockets.
    pub(crate) fn trust(&mut self, text: &str) {
        match (text, text.parse::<IpNet>(), text.parse::<IpAddr>()) {
            ("unix:", ..) => self.trusts_local = true,
            (_, Ok(network), _) => self.networks.push(canonical(network)),
            (_, _, Ok(address)) => self.networks.push(address.to_canonical().into()),
            _ => self.is_invalid = true,
        }
    }

    /// Returns an error if something was trusted that is no proxy.
    pub(crate) fn invalid(&self) -> Option<&'static str> {
        self.is_invalid.then_some(
            "a trusted proxy is an address such as 10.0.0.1, a network such as 10.0.0.0/8, or unix:",
        )
    }

    /// Returns the address of the client. `None` if it is not known: the stream has no addresses, or
    /// the proxy hides it.
    ///
    /// # Errors
    /// A trusted proxy does not say clearly who the client is.
    pub(crate) fn client(
        &self,
        headers: &HeaderMap,
        peer: Peer,
    ) -> Result<Option<IpAddr>, HandshakeError> {
        let direct = match peer {
            Peer::Ip(address) => Some(address.ip().to_canonical()),
            Peer::Local | Peer::Unknown => None,
        };
        if !self.trusts(peer) {
            return Ok(direct);
        }
        let unclear = |Malformed| HandshakeError::Forwarded;
        let forwarded = self.forwarded(headers).map_err(unclear)?;
        match (forwarded, self.x_forwarded_for(headers).map_err(unclear)?) {
            (Claim::Absent, Claim::Absent) => Ok(direct),
            (Claim::Client(client), Claim::Absent) | (Claim::Absent, Claim::Client(client)) => {
                Ok(Some(client))
            }
            (Claim::Client(one), Claim::Client(other)) if one == other => Ok(Some(one)),
            (Claim::Hidden, Claim::Absent | Claim::Hidden) | (Claim::Absent, Claim::Hidden) => {
                Ok(None)
            }
            (Claim::Hidden | Claim::Client(_), _) => Err(HandshakeError::Forwarded),
        }
    }

    /// Returns the hosts by which clients reach this server, each perhaps with a port.
    pub(crate) fn hosts(&self, headers: &HeaderMap, peer: Peer) -> Vec<String> {
        let mut hosts = Vec::new();
        if self.trusts(peer) {
            hosts.extend(parameters(headers, "host").flatten().flatten());
            hosts.extend(elements(headers, &X_FORWARDED_HOST).flatten().map(str::to_owned));
        }
        if hosts.is_empty() {
            let host = headers.get(header::HOST).and_then(|host| HeaderValue::to_str(host).ok());
            hosts.extend(host.map(str::to_owned));
        }
        hosts
    }

    /// Returns `true` if what this peer forwards is believed.
    pub(crate) fn trusts(&self, peer: Peer) -> bool {
        match peer {
            Peer::Ip(address) => self.trusts_address(address.ip().to_canonical()),
            Peer::Local => self.trusts_local,
            Peer::Unknown => false,
        }
    }

    fn trusts_address(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    fn forwarded(&self, headers: &HeaderMap) -> Result<Claim, Malformed> {
        let nodes: Vec<_> = parameters(headers, "for").collect();
        if nodes.iter().all(|node| matches!(node, Ok(None))) {
            return Ok(Claim::Absent);
        }
        self.walk(nodes.into_iter().map(|node| claim(&node?.ok_or(Malformed)?)))
    }

    fn x_forwarded_for(&self, headers: &HeaderMap) -> Result<Claim, Malformed> {
        let nodes: Vec<_> = elements(headers, &X_FORWARDED_FOR).collect();
        self.walk(nodes.into_iter().map(|node| claim(node?)))
    }

    /// Goes from the nearest hop to the first that is no trusted proxy.
    fn walk(
        &self,
        nodes: impl DoubleEndedIterator<Item = Result<Claim, Malformed>>,
    ) -> Result<Claim, Malformed> {
        let mut nearest = Claim::Absent;
        for node in nodes.rev() {
            match node? {
                Claim::Client(address) if self.trusts_address(address) => {
                    nearest = Claim::Client(address);
                }
                first => return Ok(first),
            }
        }
        Ok(nearest)
    }
}

/// An element, or a whole line, that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Malformed;

/// Returns the elements of a comma-separated header, of all its lines, without empty elements.
///
/// A line with bytes that are not ASCII is one malformed element: such a line is not absent.
fn elements<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = Result<&'a str, Malformed>> {
    headers
        .get_all(name)
        .iter()
        .flat_map(|line| ascii(line).split(','))
        .map(str::trim)
        .filter(|element| !element.is_empty())
        .map(|element| if element == NO_ASCII { Err(Malformed) } else { Ok(element) })
}

/// Returns a parameter of each element of `Forwarded` (RFC 7239 §4); `None` where it is missing.
fn parameters(
    headers: &HeaderMap,
    name: &str,
) -> impl Iterator<Item = Result<Option<String>, Malformed>> {
    let lines = headers.get_all(header::FORWARDED).iter();
    lines
        .flat_map(|line| unquoted(ascii(line), ','))
        .filter(|element| !element.is_empty())
        .map(move |element| parameter(element, name))
}

/// Returns a parameter of an element. All pairs must be well-formed: a quote that the client has
/// left open, in whichever pair, has swallowed what the proxy appended.
fn parameter(element: &str, name: &str) -> Result<Option<String>, Malformed> {
    let mut found = None;
    for pair in unquoted(element, ';').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or(Malformed)?;
        let value = match value.strip_prefix('"') {
            Some(quoted) => unquote(quoted).ok_or(Malformed)?,
            // Proxies leave out the quotes around a port.
            None if value.is_empty() || value.contains(['"', ' ', '\t']) => return Err(Malformed),
            None => value.to_owned(),
        };
        if !is_token(key) {
            return Err(Malformed);
        }
        if found.is_none() && key.eq_ignore_ascii_case(name) {
            found = Some(value);
        }
    }
    Ok(found)
}

const NO_ASCII: &str = "\u{fffd}";

/// Returns the text of a line, or [`NO_ASCII`], which is no address, host or token.
fn ascii(line: &HeaderValue) -> &str {
    line.to_str().unwrap_or(NO_ASCII)
}

/// Writes a network of IPv4 addresses that are mapped to IPv6 as one of IPv4, as peers are written.
fn canonical(network: IpNet) -> IpNet {
    match (network.network().to_canonical(), network.prefix_len().checked_sub(96)) {
        (IpAddr::V4(mapped), Some(prefix)) if matches!(network, IpNet::V6(_)) => {
            Ipv4Net::new(mapped, prefix).map_or(network, IpNet::V4)
        }
        _ => network,
    }
}

/// Reads a node (RFC 7239 §6).
fn claim(node: &str) -> Result<Claim, Malformed> {
    // An obfuscated node begins so, and may have a port.
    if node.starts_with('_') || node.eq_ignore_ascii_case("unknown") {
        return Ok(Claim::Hidden);
    }
    address(node).map(Claim::Client).ok_or(Malformed)
}

/// Parses an address, perhaps with a port.
fn address(node: &str) -> Option<IpAddr> {
    if let Some(literal) = node.strip_prefix('[') {
        let (literal, behind) = literal.split_once(']')?;
        let address: Ipv6Addr = literal.parse().ok()?;
        let is_port = behind.is_empty() || behind.len() > 1 && behind.starts_with(':');
        return is_port.then_some(IpAddr::V6(address).to_canonical());
    }
    // IPv6 without brackets has several colons and no port.
    match node.split_once(':') {
        Some((host, port)) if !port.contains(':') => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
        _ => node.parse::<IpAddr>().ok().map(|address| address.to_canonical()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusting(list: &str) -> TrustedProxies {
        let mut proxies = TrustedProxies::default();
        list.split_whitespace().for_each(|one| proxies.trust(one));
        assert_eq!(proxies.invalid(), None, "{list}");
        proxies
    }

    fn headers(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            // Not `parse`, which takes ASCII only.
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.append(HeaderName::try_from(name).unwrap(), value);
        }
        headers
    }

    const REFUSED: &str = "refused";

    /// The client's address, `-` if it is not known, or [`REFUSED`].
    fn client(proxies: &TrustedProxies, lines: &[&str], peer: Peer) -> String {
        match proxies.client(&headers(lines), peer) {
            Ok(client) => client.map_or("-".to_owned(), |ip| ip.to_string()),
            Err(_) => REFUSED.to_owned(),
        }
    }

    fn peer(text: &str) -> Peer {
        match text {
            "unix" => Peer::Local,
            "?" => Peer::Unknown,
            text => Peer::Ip(SocketAddr::new(text.parse().unwrap(), 9)),
        }
    }

    #[test]
    fn rfc_7239_the_client_is_the_first_from_the_right_that_is_not_trusted() {
        let (ours, x) = ("10.0.0.0/8", |list: &str| format!("X-Forwarded-For: {list}"));
        for (rule, trusted, from, list, want) in [
            ("no proxy is trusted", "", "10.0.0.1", "1.1.1.1", "10.0.0.1"),
            ("another is trusted", "10.0.0.2", "10.0.0.1", "1.1.1.1", "10.0.0.1"),
            ("one hop", ours, "10.0.0.1", "1.1.1.1", "1.1.1.1"),
            ("one address is trusted", "10.0.0.1", "10.0.0.1", "1.1.1.1", "1.1.1.1"),
            ("what the client made up", ours, "10.0.0.1", "9.9.9.9, 1.1.1.1", "1.1.1.1"),
            ("even if it is unclear", ours, "10.0.0.1", "x y,1.1.1.1", "1.1.1.1"),
            ("two hops", ours, "10.0.0.1", "1.1.1.1, 10.0.0.2", "1.1.1.1"),
            ("all are trusted", ours, "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("unclear", ours, "10.0.0.1", "1.1.1.1, x", REFUSED),
            ("the proxy does not know", ours, "10.0.0.1", "1.1.1.1, unknown", "-"),
            ("nor a hop", ours, "10.0.0.1", "Unknown, 10.0.0.2", "-"),
            ("no ASCII", ours, "10.0.0.1", "\u{ff}, 1.1.1.1", REFUSED),
            ("a quote of the client", ours, "10.0.0.1", "\", 1.1.1.1", "1.1.1.1"),
            ("unclear behind a hop", ours, "10.0.0.1", "x, 10.0.0.2", REFUSED),
            ("nothing", ours, "10.0.0.1", " , ", "10.0.0.1"),
            ("a port", ours, "10.0.0.1", "1.1.1.1:80", "1.1.1.1"),
            ("IPv6", "::1", "::1", "2001:db8::1", "2001:db8::1"),
            ("IPv6 with a port", "::1", "::1", "[2001:db8::1]:80", "2001:db8::1"),
            ("a mapped peer", ours, "::ffff:10.0.0.1", "1.1.1.1", "1.1.1.1"),
            ("a mapped network", "::ffff:10.0.0.0/104", "10.0.0.1", "1.1.1.1", "1.1.1.1"),
            ("a mapped proxy", "::ffff:10.0.0.1", "10.0.0.1", "1.1.1.1", "1.1.1.1"),
            ("all of IPv6", "::/0", "10.0.0.1", "1.1.1.1", "10.0.0.1"),
            ("a mapped client", ours, "10.0.0.1", "::ffff:1.1.1.1", "1.1.1.1"),
            ("a Unix socket", ours, "unix", "1.1.1.1", "-"),
            ("a trusted Unix socket", "unix:", "unix", "1.1.1.1", "1.1.1.1"),
            ("and then unclear", "unix:", "unix", "x", REFUSED),
            ("a peer that has left", "unix: 0.0.0.0/0", "?", "1.1.1.1", "-"),
        ] {
            let got = client(&trusting(trusted), &[&x(list)], peer(from));
            assert_eq!(got, want, "{rule}");
        }
    }

    #[test]
    fn rfc_7239_section_4_the_forwarded_header() {
        for (rule, lines, want) in [
            ("none", &[][..], "10.0.0.1"),
            ("one", &["Forwarded: for=1.1.1.1"], "1.1.1.1"),
            ("its parameters", &["Forwarded: proto=https;For=1.1.1.1; by=x"], "1.1.1.1"),
            ("a port", &["Forwarded: for=\"1.1.1.1:80\""], "1.1.1.1"),
            ("a hidden port", &["Forwarded: for=\"1.1.1.1:_p\""], "1.1.1.1"),
            ("IPv6", &["Forwarded: for=\"[2001:db8::1]:80\""], "2001:db8::1"),
            ("two hops", &["Forwarded: for=1.1.1.1, for=10.0.0.2"], "1.1.1.1"),
            ("two lines", &["Forwarded: for=1.1.1.1", "Forwarded: for=10.0.0.2"], "1.1.1.1"),
            ("what the client made up", &["Forwarded: for=9.9.9.9, for=1.1.1.1"], "1.1.1.1"),
            ("unknown", &["Forwarded: for=unknown"], "-"),
            ("a hidden name", &["Forwarded: for=1.1.1.1, for=_a"], "-"),
            ("nothing of the client", &["Forwarded: proto=https"], "10.0.0.1"),
            ("the last says nothing", &["Forwarded: for=9.9.9.9, proto=https"], REFUSED),
            ("a quote without an end", &["Forwarded: for=\"9.9.9.9, for=1.1.1.1"], REFUSED),
            ("two quoted", &["Forwarded: for=\"9.9.9.9\";x=\",\", for=1.1.1.1"], "1.1.1.1"),
            ("both agree", &["Forwarded: for=1.1.1.1", "X-Forwarded-For: 1.1.1.1"], "1.1.1.1"),
            ("both differ", &["Forwarded: for=1.1.1.1", "X-Forwarded-For: 2.2.2.2"], REFUSED),
            ("one is unclear", &["Forwarded: for=x", "X-Forwarded-For: 2.2.2.2"], REFUSED),
            ("so is the other", &["Forwarded: for=1.1.1.1", "X-Forwarded-For: x"], REFUSED),
            ("both hide", &["Forwarded: for=_a:_p", "X-Forwarded-For: unknown"], "-"),
            ("one hides", &["Forwarded: for=unknown", "X-Forwarded-For: 2.2.2.2"], REFUSED),
            ("so does the other", &["Forwarded: for=2.2.2.2", "X-Forwarded-For: unknown"], REFUSED),
            ("one is silent", &["Forwarded: proto=x", "X-Forwarded-For: 2.2.2.2"], "2.2.2.2"),
        ] {
            assert_eq!(client(&trusting("10.0.0.0/8"), lines, peer("10.0.0.1")), want, "{rule}");
        }
    }

    // A proxy appends the client's address to the header that it knows, and passes the other on.
    #[test]
    fn a_client_that_spoils_one_header_is_not_believed_in_the_other() {
        let x = "X-Forwarded-For: 6.6.6.6";
        let forwarded = "Forwarded: for=6.6.6.6";
        for (rule, lines, want) in [
            ("no ASCII", &["X-Forwarded-For: \u{ff}, 1.1.1.1", forwarded][..], REFUSED),
            ("not even the address", &["X-Forwarded-For: \u{ff}", forwarded], REFUSED),
            (
                "a good line, then a bad one",
                &["X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: \u{ff}, 1.1.1.1", forwarded],
                REFUSED,
            ),
            (
                "a bad line, then a good one",
                &["X-Forwarded-For: \u{ff}", "X-Forwarded-For: 1.1.1.1", forwarded],
                REFUSED,
            ),
            (
                "a bad line of the client, and a good one of the proxy",
                &["X-Forwarded-For: \u{ff}", "X-Forwarded-For: 1.1.1.1"],
                "1.1.1.1",
            ),
            ("an open quote", &["Forwarded: for=\", for=1.1.1.1", x], REFUSED),
            ("an open quote of another name", &["Forwarded: by=\", for=1.1.1.1", x], REFUSED),
            ("an open quote in a plain value", &["Forwarded: by=a\", for=1.1.1.1", x], REFUSED),
            ("an open quote without a name", &["Forwarded: \", for=1.1.1.1", x], REFUSED),
            ("before a quoted address", &["Forwarded: by=\", for=\"[2001:db8::1]\"", x], REFUSED),
            (
                "and before a host that the client chose",
                &["Forwarded: by=\", for=\"[2001:db8::1]\";host=\"a,for=6.6.6.6;b=c\""],
                REFUSED,
            ),
            ("no ASCII in the standard's", &["Forwarded: by=\u{ff}, for=1.1.1.1", x], REFUSED),
            ("no pair", &["Forwarded: for", x], REFUSED),
            ("no name", &["Forwarded: =a", x], REFUSED),
            ("no value", &["Forwarded: by=", x], REFUSED),
            ("a blank", &["Forwarded: for = 1.1.1.1", x], REFUSED),
            ("a good line, then a bad", &["Forwarded: by=a", "Forwarded: by=\"", x], REFUSED),
            ("a bad line, then a good", &["Forwarded: by=\"", "Forwarded: by=a", x], REFUSED),
            (
                "a bad line of the client, then one of the proxy",
                &["Forwarded: by=\"", "Forwarded: for=1.1.1.1"],
                "1.1.1.1",
            ),
            ("empty pairs and elements", &["Forwarded: ;by=a;, ,", x], "6.6.6.6"),
            ("both are spoilt", &["Forwarded: \u{ff}", "X-Forwarded-For: \u{ff}"], REFUSED),
        ] {
            assert_eq!(client(&trusting("10.0.0.0/8"), lines, peer("10.0.0.1")), want, "{rule}");
        }
    }

    #[test]
    fn the_hosts_by_which_clients_reach_the_server() {
        let (host, x) = ("Host: own:9", "X-Forwarded-Host: a, b");
        for (rule, trusted, lines, want) in [
            ("no proxy", "", &[host][..], &["own:9"][..]),
            ("a client's own words", "", &[host, x], &["own:9"]),
            ("a trusted proxy's", "10.0.0.1", &[host, x], &["a", "b"]),
            ("one that says nothing", "10.0.0.1", &[host], &["own:9"]),
            ("RFC 7239", "10.0.0.1", &[host, "Forwarded: host=\"c:1\";for=x"], &["c:1"]),
            ("no ASCII", "10.0.0.1", &[host, "X-Forwarded-Host: \u{ff}, a"], &["own:9"]),
            ("a bad line", "10.0.0.1", &[host, "X-Forwarded-Host: \u{ff}", x], &["a", "b"]),
            ("an open quote", "10.0.0.1", &[host, "Forwarded: by=\", host=c"], &["own:9"]),
            ("a host and a bad pair", "10.0.0.1", &[host, "Forwarded: host=c;by=\""], &["own:9"]),
            ("RFC 7239, a bad line", "10.0.0.1", &["Forwarded: \"", "Forwarded: host=c"], &["c"]),
            ("no host", "", &[], &[]),
        ] {
            let got = trusting(trusted).hosts(&headers(lines), peer("10.0.0.1"));
            assert_eq!(got, want, "{rule}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_a_mistake() {
        for text in ["", "proxy.example", "10.0.0.0/33", "10.0.0", "10.0.0.1:80", "unix", "*"] {
            let mut proxies = TrustedProxies::default();
            proxies.trust(text);
            assert!(proxies.invalid().is_some(), "{text}");
        }
    }
}
