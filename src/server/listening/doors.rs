//! The listening socket: opened with a long backlog, and woken out of `accept`.

use std::io::{self, ErrorKind};
use std::net::{
    IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs,
};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::{Domain, Protocol, SockRef, Type};

use super::address::Address;
use crate::transport::Socket;
use crate::transport::unix::UnixListener;

/// With std's 128, clients wait a second for a retry of their SYN when many connect at once.
const BACKLOG: i32 = 4096;

/// On these systems, `shutdown` of a listening socket ends a blocked `accept` and all later calls.
const CAN_BE_SHUT: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// On other systems, how long a wait lasts before `is_woken` is looked at again.
const SLICE: Duration = Duration::from_millis(500);

/// The socket on which a server accepts clients.
#[derive(Debug)]
pub(crate) struct Listener {
    kind: Kind,
    address: Address,
}

#[derive(Debug)]
enum Kind {
    Tcp(TcpDoor),
    Unix(UnixListener),
}

impl Listener {
    /// Listens on the first of the addresses that can be listened on.
    pub(crate) fn tcp(addresses: impl ToSocketAddrs) -> io::Result<Self> {
        let mut last = io::Error::new(ErrorKind::InvalidInput, "no address to listen on");
        for address in addresses.to_socket_addrs()? {
            match TcpDoor::open(address, CAN_BE_SHUT) {
                Ok(door) => {
                    let address = Address::Ip(door.listener.local_addr()?);
                    return Ok(Self { kind: Kind::Tcp(door), address });
                }
                Err(e) => last = e,
            }
        }
        Err(last)
    }

    /// Listens at a path unless another server listens there.
    pub(crate) fn unix(path: &Path) -> io::Result<Self> {
        let listener = UnixListener::bind(path, BACKLOG)?;
        let address = Address::Unix(Arc::from(listener.path()));
        Ok(Self { kind: Kind::Unix(listener), address })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Waits for a client and returns its socket and its address.
    pub(crate) fn accept(&self) -> io::Result<(Socket, Address)> {
        let (socket, peer) = match &self.kind {
            Kind::Tcp(door) => {
                let (stream, peer) = door.accept()?;
                (stream.into(), Address::Ip(peer))
            }
            Kind::Unix(listener) => (listener.accept()?, self.address.clone()),
        };
        // The client's socket is of no use. The listening socket still is.
        let left = |e| io::Error::new(ErrorKind::ConnectionAborted, e);
        Ok((Socket::new(socket).map_err(left)?, peer))
    }

    /// Makes a blocked `accept` return, and all later calls.
    pub(crate) fn wake(&self) -> io::Result<()> {
        match &self.kind {
            Kind::Tcp(door) => door.wake(),
            Kind::Unix(listener) => listener.wake(),
        }
    }
}

/// A listening TCP socket.
#[derive(Debug)]
struct TcpDoor {
    listener: TcpListener,
    can_be_shut: bool,
    is_woken: AtomicBool,
}

impl TcpDoor {
    fn open(address: SocketAddr, can_be_shut: bool) -> io::Result<Self> {
        let listener = listen(address)?;
        listener.set_nonblocking(!can_be_shut)?;
        Ok(Self { listener, can_be_shut, is_woken: AtomicBool::new(false) })
    }

    /// Waits for a client. Returns `InvalidInput` once the socket has been woken.
    fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        if self.can_be_shut {
            return self.listener.accept();
        }
        loop {
            if self.is_woken.load(Ordering::Acquire) {
                return Err(io::Error::new(
                    ErrorKind::InvalidInput,
                    "it no longer accepts connections",
                ));
            }
            let slice = Timespec::try_from(SLICE).ok();
            poll(&mut [PollFd::new(&self.listener, PollFlags::IN)], slice.as_ref())?;
            match self.listener.accept() {
                // No client has come, or it has hung up meanwhile.
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                accepted => return accepted,
            }
        }
    }

    fn wake(&self) -> io::Result<()> {
        if self.can_be_shut {
            return match SockRef::from(&self.listener).shutdown(Shutdown::Both) {
                // It was shut down before.
                Err(e) if e.kind() == ErrorKind::NotConnected => Ok(()),
                shut => shut,
            };
        }
        self.is_woken.store(true, Ordering::Release);
        // A connection wakes `accept` at once. With a full queue `accept` does not wait, and if the
        // connection fails for another reason, `accept` looks at the flag after `SLICE`.
        let _ = self.knock();
        Ok(())
    }

    /// Connects to this socket as a client does.
    fn knock(&self) -> io::Result<()> {
        let mut address = self.listener.local_addr()?;
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
                SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            });
        }
        TcpStream::connect_timeout(&address, SLICE).map(drop)
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket =
        socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // As std does. On Windows the option would let two programs share the port.
    if cfg!(unix) {
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// Calls `test` with a listener of each kind that the system has.
    fn each(test: impl Fn(&str, &TcpDoor)) {
        for can_be_shut in if CAN_BE_SHUT { &[true, false][..] } else { &[false] } {
            for address in ["127.0.0.1:0", "0.0.0.0:0"] {
                let door = TcpDoor::open(address.parse().unwrap(), *can_be_shut).unwrap();
                test(&format!("{address}, can be shut: {can_be_shut}"), &door);
            }
        }
    }

    #[test]
    fn who_accepts_is_woken_now_and_ever_after() {
        each(|name, door| {
            thread::scope(|scope| {
                let accepts = scope.spawn(|| door.accept().map(drop));
                door.wake().unwrap();
                door.wake().unwrap();
                // If it succeeds, it has accepted the connection that wakes it.
                if let Err(e) = accepts.join().unwrap() {
                    assert_eq!(e.kind(), ErrorKind::InvalidInput, "{name}");
                }
            });
            for _ in 0..3 {
                assert_eq!(door.accept().unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
            }
        });
    }

    #[test]
    fn clients_come_in_one_after_the_other() {
        each(|name, door| {
            let port = door.listener.local_addr().unwrap().port();
            thread::scope(|scope| {
                let accepts = scope.spawn(|| [(); 3].map(|()| door.accept().unwrap().1));
                let clients =
                    [(); 3].map(|()| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap());
                let addresses = clients.map(|client| client.local_addr().unwrap());
                assert_eq!(accepts.join().unwrap(), addresses, "{name}");
            });
        });
    }
}
