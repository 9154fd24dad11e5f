//! What became of the addresses of a host, told in one error.

use std::fmt::{self, Write as _};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

/// The most addresses that an error names.
const NAMED: usize = 8;

/// An address, and why no connection to it was made. `None`: it was not tried, because the time was
/// up.
pub(super) type Fate = (SocketAddr, Option<io::Error>);

/// An error that names each address, in the order in which they were tried, and its failure.
///
/// One address may be down and another slow, so "the time is up" alone would hide half of that.
pub(super) fn all(tried: &[Fate]) -> io::Error {
    let mut text = String::new();
    for (address, outcome) in tried.iter().take(NAMED) {
        let separator = if text.is_empty() { "" } else { "; " };
        let _ = match outcome {
            Some(e) => write!(text, "{separator}{address}: {e}"),
            None => write!(text, "{separator}{address}: not tried, the time was up"),
        };
    }
    if let more @ 1.. = tried.len().saturating_sub(NAMED) {
        let _ = write!(text, "; and {more} more");
    }
    let outcomes = tried.iter().map(|(_, outcome)| outcome.as_ref().map(io::Error::kind));
    let kinds = outcomes.map(|kind| kind.unwrap_or(ErrorKind::TimedOut));
    // A failure that is not a timeout tells the user more.
    let kind = kinds.reduce(|kind, next| if next == ErrorKind::TimedOut { kind } else { next });
    io::Error::new(kind.unwrap_or(ErrorKind::NotFound), text)
}

pub(super) fn named(what: &impl fmt::Display, e: &io::Error) -> io::Error {
    io::Error::new(e.kind(), format!("{what}: {e}"))
}

pub(super) fn no_address(host: &str) -> io::Error {
    io::Error::new(ErrorKind::NotFound, format!("{host} has no address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_tells_more_than_a_timeout() {
        let refused = || Some(io::Error::from(ErrorKind::ConnectionRefused));
        let late = || Some(io::Error::from(ErrorKind::TimedOut));
        let addresses = ["192.0.2.1:80", "[2001:db8::1]:80"].map(|it| it.parse().unwrap());
        for (rule, outcomes, want) in [
            ("refused, late", [refused(), late()], ErrorKind::ConnectionRefused),
            ("late, refused", [late(), refused()], ErrorKind::ConnectionRefused),
            ("refused, not tried", [refused(), None], ErrorKind::ConnectionRefused),
            ("late, not tried", [late(), None], ErrorKind::TimedOut),
        ] {
            let tried: Vec<Fate> = addresses.into_iter().zip(outcomes).collect();
            assert_eq!(all(&tried).kind(), want, "{rule}");
        }
        assert_eq!(all(&[]).kind(), ErrorKind::NotFound);
    }
}
