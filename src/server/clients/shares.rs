//! [`Shares`]: how much of a server each client address has.
//!
//! Without a bound for requests that are not granted yet, one address could fill the server's
//! places with connections that send nothing. With the same bound as for open connections, the page
//! that opens them would count against them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use super::room::{OPENING, REFUSED_PER_ADDRESS};

/// What counts as one client: an IPv4 address, or the /64 network of an IPv6 address, of which a
/// customer has at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Network(IpAddr);

/// The connections of each client address.
#[derive(Debug, Default)]
pub(crate) struct Shares(HashMap<Network, Share>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Share {
    granted: usize,
    /// Not granted yet.
    opening: usize,
    refused: usize,
}

/// As what a connection is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Granted,
    Opening,
    Refused,
}

impl Network {
    pub(crate) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

impl Shares {
    /// Counts a connection that has been accepted, from an address that may have `most`; by a
    /// server that has room for more unless it `is_full`. Returns `None` if the connection is not
    /// to be answered at all.
    pub(crate) fn enter(&mut self, network: Network, most: usize, is_full: bool) -> Option<Part> {
        let Share { granted, opening, refused } = self.of(network);
        let has_room = granted < most && granted + opening < most.saturating_add(OPENING);
        let part = if has_room && !is_full {
            Part::Opening
        } else if refused < REFUSED_PER_ADDRESS {
            Part::Refused
        } else {
            return None;
        };
        self.add(network, part);
        Some(part)
    }

    /// Counts a connection whose request may be granted, from an address that may have `most`.
    /// Returns `true` if it may.
    pub(crate) fn grant(&mut self, network: Network, most: usize) -> bool {
        let grants = self.of(network).granted < most;
        if grants {
            self.add(network, Part::Granted);
        }
        grants
    }

    pub(crate) fn add(&mut self, network: Network, part: Part) {
        *self.0.entry(network).or_default().count(part) += 1;
    }

    pub(crate) fn remove(&mut self, network: Network, part: Part) {
        if let Some(share) = self.0.get_mut(&network) {
            *share.count(part) -= 1;
            if *share == Share::default() {
                self.0.remove(&network);
            }
        }
    }

    fn of(&self, network: Network) -> Share {
        self.0.get(&network).copied().unwrap_or_default()
    }
}

impl Share {
    fn count(&mut self, part: Part) -> &mut usize {
        match part {
            Part::Granted => &mut self.granted,
            Part::Opening => &mut self.opening,
            Part::Refused => &mut self.refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> Network {
        Network::of(address.parse().unwrap())
    }

    #[test]
    fn what_counts_as_one_client() {
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("::ffff:192.0.2.2", "::ffff:192.0.2.1", false),
            ("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
            ("::1", "127.0.0.1", false),
        ] {
            assert_eq!(network(one) == network(other), same, "{one} and {other}");
        }
    }

    #[test]
    fn an_address_has_its_limit_and_a_few_that_are_opening() {
        let (mut shares, one, other) =
            (Shares::default(), network("192.0.2.1"), network("192.0.2.2"));
        // (how many are granted, how many then are opening, of a limit of 5)
        for (granted, opening) in [(0, 5 + OPENING), (1, 4 + OPENING), (4, 1 + OPENING), (5, 0)] {
            for _ in 0..granted {
                assert!(shares.grant(one, 5));
            }
            for _ in 0..opening {
                assert_eq!(shares.enter(one, 5, false), Some(Part::Opening), "{granted}");
            }
            for _ in 0..REFUSED_PER_ADDRESS {
                assert_eq!(shares.enter(one, 5, false), Some(Part::Refused), "{granted}");
            }
            assert_eq!(shares.enter(one, 5, false), None, "{granted}");
            assert_eq!(shares.enter(other, 5, false), Some(Part::Opening), "{granted}: another");
            shares.remove(other, Part::Opening);
            for (part, count) in [
                (Part::Granted, granted),
                (Part::Opening, opening),
                (Part::Refused, REFUSED_PER_ADDRESS),
            ] {
                (0..count).for_each(|_| shares.remove(one, part));
            }
            assert!(shares.0.is_empty(), "{granted}: nothing is left");
        }
        assert!((0..5).all(|_| shares.grant(one, 5)));
        assert!(!shares.grant(one, 5));
        assert!(shares.grant(other, 5));
    }
}
