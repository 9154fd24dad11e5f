//! Connects as the library does, and times the resolver and TCP apart: the library has no hook between
//! the two.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::Destination;

use super::times::Times;

/// When the next address is tried beside a silent one (RFC 8305 §5).
const NEXT: Duration = Duration::from_millis(250);
/// How long one address may take if there is no limit for all.
const PATIENCE: Duration = Duration::from_mins(1);

/// Connects to the first address that answers.
pub(super) fn dial(to: &Destination, times: &Times) -> io::Result<TcpStream> {
    let until = Instant::now() + to.remaining()?.unwrap_or(PATIENCE);
    let (host, port) = (to.host().to_owned(), to.port());
    let addresses = within(until, move || (&host[..], port).to_socket_addrs().map(Vec::from_iter))
        .map_err(|e| named(&to.host(), &e))?;
    times.end("DNS");
    let stream = race(taking_turns(addresses), until)?;
    times.end("TCP");
    Ok(stream)
}

fn named(what: &dyn std::fmt::Display, e: &io::Error) -> io::Error {
    io::Error::new(e.kind(), format!("{what}: {e}"))
}

/// Runs what has no time limit of its own in a thread, which is abandoned when it takes too long.
fn within<T: Send + 'static>(
    until: Instant,
    act: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(act()));
    let left = until.saturating_duration_since(Instant::now());
    told.recv_timeout(left).map_err(|_| ErrorKind::TimedOut)?
}

/// IPv6 and IPv4 in turn, beginning with the family that the resolver prefers (RFC 8305 §4).
fn taking_turns(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let prefers_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == prefers_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut all = Vec::new();
    loop {
        let pair = [first.next(), second.next()];
        if pair.iter().all(Option::is_none) {
            return all;
        }
        all.extend(pair.into_iter().flatten());
    }
}

/// Connects to the first address that answers. If it is silent, or fails, the next one is tried.
fn race(addresses: Vec<SocketAddr>, until: Instant) -> io::Result<TcpStream> {
    let (tell, told) = mpsc::channel();
    let mut failures = Vec::new();
    let mut running = 0;
    let mut waiting = addresses.into_iter();
    loop {
        if let Some(address) = waiting.next() {
            running += 1;
            let tell = tell.clone();
            let left = until.saturating_duration_since(Instant::now());
            thread::spawn(move || {
                let left = left.max(Duration::from_millis(1));
                let connected = TcpStream::connect_timeout(&address, left);
                tell.send(connected.map_err(|e| named(&address, &e)))
            });
        } else if running == 0 {
            break;
        }
        let left = until.saturating_duration_since(Instant::now());
        let next = if waiting.len() > 0 { left.min(NEXT) } else { left };
        match told.recv_timeout(next) {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(e)) => {
                running -= 1;
                failures.push(e);
            }
            Err(RecvTimeoutError::Timeout) if Instant::now() < until => {}
            Err(_) => return Err(ErrorKind::TimedOut.into()),
        }
    }
    let kind = failures.first().map_or(ErrorKind::NotFound, io::Error::kind);
    let texts: Vec<_> = failures.iter().map(ToString::to_string).collect();
    Err(io::Error::new(kind, if texts.is_empty() { "no address".into() } else { texts.join("; ") }))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn families_take_turns() {
        let [a, b, c, d] = ["[::1]:1", "[::2]:1", "127.0.0.1:1", "127.0.0.2:1"]
            .map(|text| text.parse::<SocketAddr>().unwrap());
        assert_eq!(taking_turns(vec![a, b, c, d]), [a, c, b, d]);
        assert_eq!(taking_turns(vec![c, d, a]), [c, a, d]);
        assert_eq!(taking_turns(vec![]), []);
    }

    #[test]
    fn the_second_address_is_tried_and_failures_are_named() {
        let (kept, nobody) = test_support::nobody::nobody();
        let soon = || Instant::now() + PATIENCE;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(race(vec![nobody, listener.local_addr().unwrap()], soon()).is_ok());
        let error = race(vec![nobody, nobody], soon()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(error.to_string().matches(&nobody.to_string()).count(), 2, "{error}");
        assert!(race(vec![], soon()).is_err());
        drop(kept);
    }
}
