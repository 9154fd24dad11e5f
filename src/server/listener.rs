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

/// Std's 128 makes clients wait a second for a SYN retry when many come at once.
const BACKLOG: i32 = 4096;

/// A listening socket that is shut down lets go of whoever waits, and accepts nobody any more.
const CAN_BE_SHUT: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// How long one that cannot be shut down is waited for, until it is looked whether it was woken.
const SLICE: Duration = Duration::from_millis(500);

/// Where clients come in.
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
    /// Listens on the first of the addresses that can be had.
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
            Kind::Tcp(door) => {
                let (stream, peer) = door.accept()?;
                (stream.into(), Address::Ip(peer))
            }
            Kind::Unix(listener) => (listener.accept()?, self.address.clone()),
        };
        // It is the client's socket that is of no use, and not this one.
        let left = |e| io::Error::new(ErrorKind::ConnectionAborted, e);
        Ok((Socket::new(socket).map_err(left)?, peer))
    }

    /// Makes a blocked `accept` return, now and ever after.
    pub(crate) fn wake(&self) -> io::Result<()> {
        match &self.kind {
            Kind::Tcp(door) => door.wake(),
            Kind::Unix(listener) => listener.wake(),
        }
    }
}

/// A TCP socket that listens.
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

    /// Waits for a client, or until it is woken: then it is `InvalidInput`.
    fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        if self.can_be_shut {
            return self.listener.accept();
        }
        loop {
            if self.is_woken.load(Ordering::Acquire) {
                return Err(io::Error::new(ErrorKind::InvalidInput, "it accepts nobody any more"));
            }
            let slice = Timespec::try_from(SLICE).ok();
            poll(&mut [PollFd::new(&self.listener, PollFlags::IN)], slice.as_ref())?;
            match self.listener.accept() {
                // Nobody came, or hung up meanwhile.
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                accepted => return accepted,
            }
        }
    }

    fn wake(&self) -> io::Result<()> {
        if self.can_be_shut {
            return match SockRef::from(&self.listener).shutdown(Shutdown::Both) {
                // So it is already.
                Err(e) if e.kind() == ErrorKind::NotConnected => Ok(()),
                shut => shut,
            };
        }
        self.is_woken.store(true, Ordering::Release);
        // So it is noticed at once. Where the queue is full nobody waits, and where something keeps
        // this out, it is noticed after the slice.
        let _ = self.knock();
        Ok(())
    }

    /// Connects as a client does.
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
    // As std does it: on Windows the flag would let two programs share the port.
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

    /// Calls it with a door of each kind that the system can have.
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
                // Or it accepts what wakes it.
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
