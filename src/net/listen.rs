//! The listening socket: opened with a long backlog, and woken out of `accept`.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use socket2::{Domain, Protocol, Socket, Type};

/// Std's 128 makes clients wait a second for a SYN retry when many come at once.
const BACKLOG: i32 = 4096;

/// Listens on the first of the addresses that can be had.
pub(crate) fn bind(addresses: impl ToSocketAddrs) -> io::Result<TcpListener> {
    let mut last = io::Error::new(ErrorKind::InvalidInput, "no address to listen on");
    for address in addresses.to_socket_addrs()? {
        match listen(address) {
            Ok(listener) => return Ok(listener),
            Err(e) => last = e,
        }
    }
    Err(last)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
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
pub(crate) fn wake(listener: &TcpListener) -> io::Result<()> {
    socket2::SockRef::from(listener).shutdown(std::net::Shutdown::Both)
}

/// Makes a blocked `accept` return once, with a connection from here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn wake(listener: &TcpListener) -> io::Result<()> {
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
