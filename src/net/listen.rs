//! The listening socket: opened with a long backlog, and woken out of `accept`.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;

use socket2::{Domain, Protocol, Type};

use super::address::Address;
use super::socket::Socket;
use super::unix::UnixListener;

/// Std's 128 makes clients wait a second for a SYN retry when many come at once.
const BACKLOG: i32 = 4096;

/// Where clients come in.
#[derive(Debug)]
pub(crate) struct Listener {
    kind: Kind,
    address: Address,
}

#[derive(Debug)]
enum Kind {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    /// Listens on the first of the addresses that can be had.
    pub(crate) fn tcp(addresses: impl ToSocketAddrs) -> io::Result<Self> {
        let mut last = io::Error::new(ErrorKind::InvalidInput, "no address to listen on");
        for address in addresses.to_socket_addrs()? {
            match listen(address) {
                Ok(listener) => {
                    let address = Address::Ip(listener.local_addr()?);
                    return Ok(Self { kind: Kind::Tcp(listener), address });
                }
                Err(e) => last = e,
            }
        }
        Err(last)
    }

    /// Listens at a path, where nobody else does.
    pub(crate) fn unix(path: &Path) -> io::Result<Self> {
        let listener = UnixListener::bind(path, BACKLOG)?;
        let address = Address::Unix(Arc::from(listener.path()));
        Ok(Self { kind: Kind::Unix(listener), address })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Waits for a client; tells how to call it.
    pub(crate) fn accept(&self) -> io::Result<(Socket, Address)> {
        let (socket, peer) = match &self.kind {
            Kind::Tcp(listener) => {
                let (stream, peer) = listener.accept()?;
                (stream.into(), Address::Ip(peer))
            }
            Kind::Unix(listener) => (listener.accept()?, self.address.clone()),
        };
        // It is the client's socket that is of no use, and not this one.
        let left = |e| io::Error::new(ErrorKind::ConnectionAborted, e);
        Ok((Socket::new(socket).map_err(left)?, peer))
    }

    /// Makes a blocked `accept` return: now and ever after, but for TCP outside of Linux once.
    pub(crate) fn wake(&self) -> io::Result<()> {
        match &self.kind {
            Kind::Tcp(listener) => wake(listener),
            Kind::Unix(listener) => listener.wake(),
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket =
        socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // As std does it: on Windows the flag would let two programs share the port.
    if cfg!(unix) {
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Makes a blocked `accept` return, now and ever after.
#[cfg(target_os = "linux")]
fn wake(listener: &TcpListener) -> io::Result<()> {
    socket2::SockRef::from(listener).shutdown(std::net::Shutdown::Both)
}

/// Makes a blocked `accept` return once, with a connection from here.
#[cfg(not(target_os = "linux"))]
fn wake(listener: &TcpListener) -> io::Result<()> {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpStream};
    use std::time::Duration;

    let mut address = listener.local_addr()?;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    TcpStream::connect_timeout(&address, Duration::from_secs(1)).map(drop)
}
