//! Connecting to a server: by TCP to the first address that answers, or to a Unix socket.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::sync::mpsc;

use super::fates::{all, named, no_address};
use super::race::first;
use super::terms::Terms;
use crate::error::{Error, Phase, Result};
use crate::io::Deadline;
use crate::transport::{Socket, unix};

/// Connects to the first address of a host that answers.
pub(super) fn tcp(host: &str, port: u16, terms: &Terms<'_>) -> Result<Socket> {
    let addresses = resolve(host, port, terms.deadline)?;
    reach(host, addresses, terms)
}

/// Connects to the server that listens at a path.
pub(super) fn unix(path: &Path, deadline: Deadline) -> Result<Socket> {
    let connected = unix::connect(path, deadline).and_then(Socket::new);
    connected.map_err(|e| failed(e, deadline))
}

fn reach(host: &str, addresses: Vec<SocketAddr>, terms: &Terms<'_>) -> Result<Socket> {
    let tried = match first(addresses, terms) {
        Ok(socket) => return Ok(socket),
        Err(tried) => tried,
    };
    Err(match <[_; 1]>::try_from(tried) {
        Ok([(_, None)]) => Error::Deadline(Phase::Connect),
        Ok([(address, Some(e))]) => failed(named(&address, &e), terms.deadline),
        Err(tried) if tried.is_empty() => Error::Connect(no_address(host)),
        Err(tried) => Error::Connect(all(&tried)),
    })
}

/// Returns the deadline as the error if the time is up.
pub(super) fn failed(e: io::Error, deadline: Deadline) -> Error {
    if deadline.has_caused(&e) { Error::Deadline(Phase::Connect) } else { Error::Connect(e) }
}

/// Resolves a host name.
pub(super) fn resolve(host: &str, port: u16, deadline: Deadline) -> Result<Vec<SocketAddr>> {
    match host.parse::<IpAddr>() {
        Ok(address) => Ok(vec![(address, port).into()]),
        Err(_) => ask(host, port, deadline).map_err(|e| failed(e, deadline)),
    }
}

/// The system's resolver has no deadline. So if there is a deadline, the resolver runs in a thread
/// of its own, and that thread is abandoned when it takes too long.
fn ask(host: &str, port: u16, deadline: Deadline) -> io::Result<Vec<SocketAddr>> {
    let host = host.to_owned();
    let resolve = move || {
        let addresses = (&host[..], port).to_socket_addrs();
        addresses.map(Vec::from_iter).map_err(|e| named(&host, &e))
    };
    let Some(remaining) = deadline.remaining()? else {
        return resolve();
    };
    let (done, result) = mpsc::channel();
    std::thread::Builder::new().name("ws resolver".into()).spawn(move || {
        // The receiver is gone if this took too long.
        let _ = done.send(resolve());
    })?;
    result.recv_timeout(remaining).map_err(|_| ErrorKind::TimedOut)?
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use super::*;

    /// Addresses at which no server listens as long as the sockets are kept.
    fn nobody(count: usize) -> (Vec<socket2::Socket>, Vec<SocketAddr>) {
        let bound = (0..count).map(|_| {
            let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
            let socket = socket.unwrap();
            socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
            let address = socket.local_addr().unwrap().as_socket().unwrap();
            (socket, address)
        });
        bound.unzip()
    }

    fn text(addresses: &[SocketAddr], deadline: Deadline) -> String {
        match reach("h", addresses.to_vec(), &Terms::of(1, deadline)) {
            Err(Error::Connect(e)) => e.to_string(),
            outcome => panic!("{:?}", outcome.map(|_| ())),
        }
    }

    #[test]
    fn every_address_is_named_and_what_became_of_it() {
        let (_kept, nobody) = nobody(11);
        let later = Deadline::after(Some(Duration::from_secs(60)));
        assert_eq!(text(&[], later), "h has no address");
        let one = text(&nobody[..1], later);
        let refused = one.strip_prefix(&format!("{}: ", nobody[0])).unwrap();
        for (count, more) in [(2, ""), (8, ""), (9, "; and 1 more"), (11, "; and 3 more")] {
            for deadline in [later, Deadline::NEVER] {
                let each = nobody[..count.min(8)].iter().map(|at| format!("{at}: {refused}"));
                let want = each.collect::<Vec<_>>().join("; ") + more;
                assert_eq!(text(&nobody[..count], deadline), want);
            }
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let some = [nobody[0], listener.local_addr().unwrap()];
        assert!(reach("h", some.to_vec(), &Terms::of(1, later)).is_ok(), "the second one answers");
    }

    /// Other systems refuse a client when the queue is full.
    #[cfg(target_os = "linux")]
    #[test]
    fn one_that_is_silent_is_named_beside_the_others() {
        let (kept, nobody) = nobody(2);
        kept[0].listen(0).unwrap();
        let mut queue = Vec::new();
        while let Ok(waits) =
            std::net::TcpStream::connect_timeout(&nobody[0], Duration::from_millis(200))
        {
            queue.push(waits);
        }
        for (order, passes) in [([0, 1], false), ([1, 0], true), ([0, 0], true)] {
            let deadline = Deadline::after(Some(Duration::from_millis(300)));
            let text = text(&order.map(|at| nobody[at]), deadline);
            let named = order.map(|at| text.contains(&format!("{}: ", nobody[at])));
            assert_eq!(named, [true; 2], "{text}");
            assert_eq!(
                text.matches("timed out").count(),
                order.iter().filter(|at| **at == 0).count()
            );
            assert!(!passes || deadline.has_passed(), "{text}");
        }
        let soon = Deadline::after(Some(Duration::from_millis(50)));
        let outcome = reach("h", nobody[..1].to_vec(), &Terms::of(1, soon)).map(|_| ());
        assert!(matches!(outcome, Err(Error::Deadline(Phase::Connect))), "{outcome:?}");
    }

    #[test]
    fn what_there_is_no_time_for_is_named_as_well() {
        let (_kept, nobody) = nobody(2);
        let passed = Deadline::after(Some(Duration::ZERO));
        let not_tried = |at: SocketAddr| format!("{at}: not tried, the time was up");
        assert_eq!(
            text(&nobody, passed),
            format!("{}; {}", not_tried(nobody[0]), not_tried(nobody[1]))
        );
        let outcome = reach("h", nobody[..1].to_vec(), &Terms::of(1, passed)).map(|_| ());
        assert!(matches!(outcome, Err(Error::Deadline(Phase::Connect))), "{outcome:?}");
    }
}
