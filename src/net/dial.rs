//! Reaching a server: by TCP the first of its host's addresses that answers, or by a path.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::mpsc;

use super::deadline::Deadline;
use super::stream::Socket;
use super::unix::UnixSocket;

/// Connects to the first address of a host that answers.
pub(crate) fn tcp(host: &str, port: u16, deadline: Deadline) -> io::Result<Socket> {
    let addresses = resolve(host, port, deadline)?;
    let mut last = no_address(host);
    for (address, deadline) in in_turn(addresses, deadline) {
        let tried = match deadline.remaining()? {
            Some(remaining) => TcpStream::connect_timeout(&address, remaining),
            None => TcpStream::connect(address),
        };
        match tried {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(Socket::tcp(stream));
            }
            Err(e) => last = io::Error::new(e.kind(), format!("{address}: {e}")),
        }
    }
    Err(last)
}

/// Connects to the server that listens at a path.
pub(crate) fn unix(path: &Path, deadline: Deadline) -> io::Result<Socket> {
    UnixSocket::connect(path, deadline).map(Socket::unix)
}

/// Each address with its share of the time: one that does not answer leaves some for the others.
fn in_turn(
    addresses: Vec<SocketAddr>,
    deadline: Deadline,
) -> impl Iterator<Item = (SocketAddr, Deadline)> {
    let left = (1..=addresses.len()).rev();
    addresses.into_iter().zip(left).map(move |(address, left)| (address, deadline.share(left)))
}

pub(crate) fn no_address(host: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("{host} has no address"))
}

/// Resolves a host name. The system's resolver has no deadline, so with one it runs in a thread
/// of its own, which is left behind when it takes too long.
pub(crate) fn resolve(host: &str, port: u16, deadline: Deadline) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![(address, port).into()]);
    }
    let host = host.to_owned();
    let named = |e: io::Error, host: &str| io::Error::new(e.kind(), format!("{host}: {e}"));
    let Some(remaining) = deadline.remaining()? else {
        return Ok((&host[..], port).to_socket_addrs().map_err(|e| named(e, &host))?.collect());
    };
    let (done, result) = mpsc::channel();
    std::thread::Builder::new().name("ws resolver".into()).spawn(move || {
        let addresses = (&host[..], port).to_socket_addrs().map_err(|e| named(e, &host));
        // Nobody listens any more if it took too long.
        let _ = done.send(addresses.map(Vec::from_iter));
    })?;
    result.recv_timeout(remaining).map_err(|_| io::ErrorKind::TimedOut)?
}
