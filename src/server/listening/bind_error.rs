//! What a program is told if it cannot listen on an address: what happened, where, and what helps.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{Ipv6Addr, SocketAddr};

use rustix::io::Errno;

/// Why no address, or not all of them, can be listened on.
#[derive(Debug)]
pub(super) enum Failure {
    NoAddress,
    Address {
        address: SocketAddr,
        error: io::Error,
        /// Where this server itself listens, if that is in the way.
        here: Option<SocketAddr>,
    },
}

/// The address as the program wrote it.
#[derive(Debug)]
pub(super) struct Asked(String);

impl Asked {
    pub(super) fn new(addresses: &impl fmt::Debug) -> Self {
        Self(format!("{addresses:?}"))
    }

    /// Fails if there is a port without a host, which Windows would take for this machine's name.
    pub(super) fn check(&self) -> io::Result<()> {
        if self.0.starts_with("\":") {
            return Err(self.unknown(&io::Error::new(ErrorKind::InvalidInput, "no host")));
        }
        Ok(())
    }

    /// What was asked for is no address, or a name that cannot be resolved.
    pub(super) fn unknown(&self, error: &io::Error) -> io::Error {
        if let Some(slip) = self.0.strip_prefix('"').and_then(|it| slip(it.strip_suffix('"')?)) {
            return io::Error::new(error.kind(), format!("cannot listen on {self}: {slip}"));
        }
        let helps = if error.kind() == ErrorKind::InvalidInput {
            "write a host and a port up to 65535, such as \"localhost:9001\"; port 0 means any free \
             port"
        } else {
            "the host must be an IP address of this machine or a name for one; 0.0.0.0 and [::] \
             mean all addresses"
        };
        io::Error::new(error.kind(), format!("cannot listen on {self}: {error}; {helps}"))
    }

    /// What was asked for cannot be listened on.
    pub(super) fn failed(&self, failure: &Failure) -> io::Error {
        let Failure::Address { address, error, here } = failure else {
            let text =
                format!("cannot listen on {self}: there is no address in it; give one at least");
            return io::Error::new(ErrorKind::InvalidInput, text);
        };
        let mut place = address.to_string();
        if self.to_string() != format!("{place:?}") && self.to_string() != place {
            place = format!("{place} (of {self})");
        }
        io::Error::new(error.kind(), describe(&place, *address, error, *here))
    }
}

/// Says what is missing in a text, or too much, if that is plain to see.
fn slip(text: &str) -> Option<String> {
    let is_port = |text: &&str| text.parse::<u16>().is_ok() && !text.starts_with('+');
    if let Some(port) = Some(text.strip_prefix(':').unwrap_or(text)).filter(is_port) {
        return Some(format!(
            "there is no host; 0.0.0.0:{port} means all addresses, 127.0.0.1:{port} only this machine"
        ));
    }
    if let Some((_, rest)) = text.split_once("://") {
        let place = rest.split(['/', '?', '#']).next().filter(|place| !place.contains('@'))?;
        let port = if place.contains(':') { "" } else { ":9001" };
        return Some(format!("it is a URL; write a host and a port, such as \"{place}{port}\""));
    }
    if let Ok(address) = text.trim_matches(['[', ']']).parse::<Ipv6Addr>() {
        return Some(format!(
            "there is no port; write \"[{address}]:9001\"; port 0 means any free port"
        ));
    }
    (!text.is_empty() && !text.contains(':'))
        .then(|| format!("there is no port; write \"{text}:9001\"; port 0 means any free port"))
}

/// As it stands in Rust code.
impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn describe(
    place: &str,
    address: SocketAddr,
    error: &io::Error,
    here: Option<SocketAddr>,
) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => match here {
            Some(here) => format!("{place} is in use: this server listens on {here} already"),
            None => format!(
                "{place} is in use: another server listens there; choose another port, or 0 for \
                 any free port"
            ),
        },
        ErrorKind::PermissionDenied if (1..1024).contains(&address.port()) => format!(
            "cannot listen on {place}: ports below 1024 need a permission that this program does \
             not have (on Linux CAP_NET_BIND_SERVICE); choose a higher port, or let a proxy have \
             that port"
        ),
        ErrorKind::PermissionDenied => format!(
            "cannot listen on {place}: the system does not let this program have that port; \
             choose another port"
        ),
        ErrorKind::AddrNotAvailable => {
            let (own, all) =
                if address.is_ipv4() { ("127.0.0.1", "0.0.0.0") } else { ("[::1]", "[::]") };
            format!(
                "cannot listen on {place}: this machine does not have that address; {own} takes \
                 clients of this machine only, {all} those of all networks"
            )
        }
        _ if is_missing(error) => {
            let family = if address.is_ipv4() { "IPv4" } else { "IPv6" };
            format!("cannot listen on {place}: this machine has no {family}; use another address")
        }
        _ => format!("cannot listen on {place}: {error}"),
    }
}

/// Returns `true` if the machine has no such address, or none of its family.
pub(super) fn is_missing(error: &io::Error) -> bool {
    let no_family = Errno::from_io_error(error) == Some(Errno::AFNOSUPPORT);
    error.kind() == ErrorKind::AddrNotAvailable || no_family
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name, its address, the system's error, and the text.
    const TABLE: &[(&str, &str, Errno, &str)] = &[
        (
            "127.0.0.1:9001",
            "127.0.0.1:9001",
            Errno::ADDRINUSE,
            "127.0.0.1:9001 is in use: another server listens there; choose another port, or 0 for any free port",
        ),
        (
            "localhost:9001",
            "[::1]:9001",
            Errno::ADDRINUSE,
            "[::1]:9001 (of \"localhost:9001\") is in use: another server listens there; choose another port, or 0 for any free port",
        ),
        (
            "localhost:80",
            "127.0.0.1:80",
            Errno::ACCESS,
            "cannot listen on 127.0.0.1:80 (of \"localhost:80\"): ports below 1024 need a permission that this program does not have (on Linux CAP_NET_BIND_SERVICE); choose a higher port, or let a proxy have that port",
        ),
        (
            "127.0.0.1:50000",
            "127.0.0.1:50000",
            Errno::ACCESS,
            "cannot listen on 127.0.0.1:50000: the system does not let this program have that port; choose another port",
        ),
        (
            "192.0.2.1:9001",
            "192.0.2.1:9001",
            Errno::ADDRNOTAVAIL,
            "cannot listen on 192.0.2.1:9001: this machine does not have that address; 127.0.0.1 takes clients of this machine only, 0.0.0.0 those of all networks",
        ),
        (
            "[2001:db8::1]:9001",
            "[2001:db8::1]:9001",
            Errno::ADDRNOTAVAIL,
            "cannot listen on [2001:db8::1]:9001: this machine does not have that address; [::1] takes clients of this machine only, [::] those of all networks",
        ),
        (
            "[::1]:9001",
            "[::1]:9001",
            Errno::AFNOSUPPORT,
            "cannot listen on [::1]:9001: this machine has no IPv6; use another address",
        ),
    ];

    #[test]
    fn what_is_no_address_is_told_what_to_write() {
        let told = |asked: &dyn fmt::Debug| {
            let error = io::Error::new(ErrorKind::InvalidInput, "as std says");
            Asked::new(&asked).unknown(&error).to_string()
        };
        for (asked, helps) in [
            (":9001", "there is no host; 0.0.0.0:9001 means all addresses, 127.0.0.1:9001 only "),
            ("9001", "there is no host; 0.0.0.0:9001 means all addresses, 127.0.0.1:9001 only "),
            ("localhost", "there is no port; write \"localhost:9001\"; port 0 means any free port"),
            ("127.0.0.1", "there is no port; write \"127.0.0.1:9001\"; port 0 means any free port"),
            ("::1", "there is no port; write \"[::1]:9001\"; port 0 means any free port"),
            ("[::1]", "there is no port; write \"[::1]:9001\"; port 0 means any free port"),
            ("ws://h:81/", "it is a URL; write a host and a port, such as \"h:81\""),
            ("https://h", "it is a URL; write a host and a port, such as \"h:9001\""),
            ("", "as std says; write a host and a port up to 65535"),
            ("h:70000", "as std says; write a host and a port up to 65535"),
            (":70000", "as std says; write a host and a port up to 65535"),
        ] {
            let text = told(&asked);
            let (_, got) = text.split_once(&format!("cannot listen on {asked:?}: ")).expect(&text);
            assert!(got.starts_with(helps), "{text}");
        }
        let text = told(&("", 9001));
        assert!(text.starts_with("cannot listen on (\"\", 9001): as std says; "), "{text}");
    }

    #[test]
    fn each_says_what_happened_where_and_what_helps() {
        for &(name, address, error, text) in TABLE {
            let error = io::Error::from(error);
            let kind = error.kind();
            let address = address.parse().unwrap();
            let failure = Failure::Address { address, error, here: None };
            let told = Asked::new(&name).failed(&failure);
            assert_eq!((told.kind(), told.to_string()), (kind, text.to_owned()), "{name}");
        }
        let address = "127.0.0.1:9001".parse().unwrap();
        let here = Some("0.0.0.0:9001".parse().unwrap());
        let error = io::Error::from(ErrorKind::AddrInUse);
        let told = Asked::new(&address).failed(&Failure::Address { address, error, here });
        assert_eq!(
            told.to_string(),
            "127.0.0.1:9001 is in use: this server listens on 0.0.0.0:9001 already"
        );
    }
}
