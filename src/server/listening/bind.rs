//! Listening on all addresses of a name.
//!
//! A client tries the addresses of a name in an order of its own. So an address that is left out
//! must not lead a client to another server: it is left out only if the machine does not have it.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};

use super::bind_error::{Asked, Failure, is_missing};
use super::door::Door;
use crate::process::debug;

/// How often other ports are tried if the system's choice for the first address is taken at
/// another.
const TRIES: usize = 20;

/// Listens on all addresses, except on those `here`, where this server listens already.
pub(super) fn bind(
    addresses: impl ToSocketAddrs + fmt::Debug,
    here: &[SocketAddr],
) -> io::Result<Vec<Door>> {
    let asked = Asked::new(&addresses);
    asked.check()?;
    let addresses: Vec<_> = addresses.to_socket_addrs().map_err(|e| asked.unknown(&e))?.collect();
    // The system's default lets a lone IPv6 socket have the IPv4 addresses too.
    let only_v6 = here.len() + addresses.len() > 1;
    let open = |address| {
        let door = Door::tcp(address, only_v6)?;
        let ip = door.address().ip()?;
        Ok((door, ip))
    };
    open_all(&addresses, here, open).map_err(|failure| asked.failed(&failure))
}

/// Calls `open` for all addresses. If it cannot open one of them, none remains open.
fn open_all<T>(
    addresses: &[SocketAddr],
    here: &[SocketAddr],
    open: impl Fn(SocketAddr) -> io::Result<(T, SocketAddr)>,
) -> Result<Vec<T>, Failure> {
    let Some(first) = addresses.first() else { return Err(Failure::NoAddress) };
    let mut tries = if first.port() == 0 { TRIES } else { 1 };
    loop {
        tries -= 1;
        match open_once(addresses, first.port(), here, &open) {
            Err(Failure::Address { error, .. }) if tries > 0 && is_taken(&error) => {}
            opened => return opened,
        }
    }
}

/// `port` is for addresses that have none. If it is zero too, it becomes that of the first which
/// is opened.
fn open_once<T>(
    addresses: &[SocketAddr],
    mut port: u16,
    here: &[SocketAddr],
    open: impl Fn(SocketAddr) -> io::Result<(T, SocketAddr)>,
) -> Result<Vec<T>, Failure> {
    let (mut opened, mut here, mut missing) = (Vec::new(), here.to_vec(), None);
    for mut address in addresses.iter().copied() {
        if address.port() == 0 {
            address.set_port(port);
        }
        // A name may give an address more than once.
        if here.contains(&address) {
            continue;
        }
        match open(address) {
            Ok((door, at)) => {
                opened.push(door);
                here.push(at);
                port = if port == 0 { at.port() } else { port };
            }
            Err(error) if is_missing(&error) => {
                debug!("does not listen on {address}, which this machine does not have: {error}");
                missing.get_or_insert(Failure::Address { address, error, here: None });
            }
            Err(error) => {
                let here = here.into_iter().find(|here| overlap(*here, address));
                return Err(Failure::Address { address, error, here });
            }
        }
    }
    match missing {
        Some(missing) if opened.is_empty() => Err(missing),
        _ => Ok(opened),
    }
}

/// Returns `true` if a socket at one address may be in the way of a socket at the other.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let all = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && (all || one.ip() == other.ip())
}

/// Returns `true` if another program has the port, or the system keeps it.
fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// The system's port for an address with port 0.
    const CHOSEN: u16 = 40_000;

    fn parsed(addresses: &[&str]) -> Vec<SocketAddr> {
        addresses.iter().map(|address| address.parse().unwrap()).collect()
    }

    /// Opens the addresses on a machine where some cannot be opened. Returns those that are opened.
    fn opened(
        addresses: &[&str],
        here: &[&str],
        refused: &[(&str, ErrorKind)],
    ) -> Result<Vec<SocketAddr>, String> {
        let open = |mut address: SocketAddr| {
            for (refused, kind) in refused {
                if refused.parse() == Ok(address) {
                    return Err(io::Error::from(*kind));
                }
            }
            if address.port() == 0 {
                address.set_port(CHOSEN);
            }
            Ok((address, address))
        };
        open_all(&parsed(addresses), &parsed(here), open).map_err(|failure| match failure {
            Failure::NoAddress => "no address".to_owned(),
            Failure::Address { address, here: Some(here), .. } => format!("{address}, {here}"),
            Failure::Address { address, .. } => address.to_string(),
        })
    }

    #[test]
    fn all_or_none_of_what_the_machine_has() {
        const USED: ErrorKind = ErrorKind::AddrInUse;
        const MISSING: ErrorKind = ErrorKind::AddrNotAvailable;
        let both = &["[::1]:9001", "127.0.0.1:9001"][..];
        let any = &["[::1]:0", "127.0.0.1:0"][..];
        let fixed = &["127.0.0.1:0", "[::1]:9001", "[::2]:0"][..];
        let v4 = &["127.0.0.1:9001"][..];
        let (none, no) = (&[][..], &[][..]);
        for (rule, addresses, here, refused, outcome) in [
            ("none", none, none, no, Err("no address")),
            ("both", both, none, no, Ok(both)),
            ("one port", any, none, no, Ok(&["[::1]:40000", "127.0.0.1:40000"][..])),
            (
                "a port of its own",
                fixed,
                none,
                no,
                Ok(&["127.0.0.1:40000", "[::1]:9001", "[::2]:40000"]),
            ),
            ("the first's port", &["[::1]:9001", "127.0.0.1:0"], none, no, Ok(both)),
            ("twice the same", &["127.0.0.1:0", "127.0.0.1:0"], none, no, Ok(&["127.0.0.1:40000"])),
            ("here already", both, v4, no, Ok(&["[::1]:9001"])),
            ("all here already", v4, v4, no, Ok(&[])),
            ("no IPv6", both, none, &[("[::1]:9001", MISSING)], Ok(v4)),
            ("no IPv6, any port", any, none, &[("[::1]:0", MISSING)], Ok(&["127.0.0.1:40000"])),
            ("no address", v4, none, &[("127.0.0.1:9001", MISSING)], Err("127.0.0.1:9001")),
            ("half in use", both, none, &[("127.0.0.1:9001", USED)], Err("127.0.0.1:9001")),
            (
                "half refused",
                both,
                none,
                &[("[::1]:9001", ErrorKind::PermissionDenied)],
                Err("[::1]:9001"),
            ),
            (
                "in our own way",
                v4,
                &["0.0.0.0:9001"],
                &[("127.0.0.1:9001", USED)],
                Err("127.0.0.1:9001, 0.0.0.0:9001"),
            ),
            (
                "elsewhere we are in no way",
                v4,
                &["[::1]:9001", "0.0.0.0:9002"],
                &[("127.0.0.1:9001", USED)],
                Err("127.0.0.1:9001"),
            ),
        ] {
            let outcome = outcome.map(parsed).map_err(str::to_owned);
            assert_eq!(opened(addresses, here, refused), outcome, "{rule}");
        }
    }

    #[test]
    fn another_port_is_tried_if_the_systems_choice_is_taken_elsewhere() {
        for (taken, outcome) in [(1, Some(2)), (TRIES - 1, Some(TRIES)), (TRIES, None)] {
            let tries = Cell::new(0);
            let open = |address: SocketAddr| {
                if address.is_ipv6() && tries.get() <= taken {
                    return Err(io::Error::from(ErrorKind::AddrInUse));
                }
                if address.is_ipv4() {
                    tries.set(tries.get() + 1);
                }
                Ok((tries.get(), SocketAddr::new(address.ip(), CHOSEN)))
            };
            let opened = open_all(&parsed(&["127.0.0.1:0", "[::1]:0"]), &[], open).ok();
            assert_eq!(opened, outcome.map(|tries| vec![tries, tries]), "{taken}");
            assert_eq!(tries.get(), outcome.unwrap_or(TRIES), "{taken}");
        }
    }
}
