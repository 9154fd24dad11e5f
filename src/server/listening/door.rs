//! [`Door`]: one listening socket.

use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags};
use socket2::{Domain, Protocol, Type};

use super::address::Address;
use super::listener::Listener;
use crate::transport::Socket;
use crate::transport::unix::{self, SocketFile};

/// With std's 128, clients wait a second for a retry of their SYN when many connect at once.
const BACKLOG: i32 = 4096;

/// On these systems, `shutdown` of a listening TCP socket ends a blocked `accept` and all later
/// calls.
const CAN_BE_SHUT: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// On these systems, accepted sockets have the option `TCP_NODELAY` of the listening socket, so it is set
/// once and not for each client.
const PASSES_NODELAY_ON: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// A listening socket, and the address of it.
#[derive(Debug)]
pub(super) struct Door {
    // Dropped before the socket, as `SocketFile` demands.
    _file: Option<SocketFile>,
    socket: socket2::Socket,
    address: Address,
    can_be_shut: bool,
    /// Small messages of accepted sockets are sent at once.
    has_nodelay: bool,
}

impl Door {
    /// Listens on an address, and with `only_v6` on no IPv4 address beside it.
    pub(super) fn tcp(address: SocketAddr, only_v6: bool) -> io::Result<Self> {
        let domain = Domain::for_address(address);
        let socket = socket2::Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        // As std does. On Windows the option would let two programs share the port.
        if cfg!(unix) {
            socket.set_reuse_address(true)?;
        }
        if only_v6 && address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let address = address_of(&socket)?;
        let has_nodelay = PASSES_NODELAY_ON && socket.set_tcp_nodelay(true).is_ok();
        Ok(Self { _file: None, socket, address, can_be_shut: CAN_BE_SHUT, has_nodelay })
    }

    /// Listens at a path unless another server listens there.
    pub(super) fn unix(path: &Path) -> io::Result<Self> {
        let (socket, file) = unix::listen(path, BACKLOG)?;
        let address = Address::Unix(Arc::from(file.path()));
        Ok(Self { _file: Some(file), socket, address, can_be_shut: false, has_nodelay: false })
    }

    /// Takes a socket of the program, which may have other handles of it.
    pub(super) fn given(listener: Listener) -> io::Result<Self> {
        let socket = listener.into_socket();
        let address = address_of(&socket)?;
        if !is_listening(&socket)? {
            let text = format!("{address}: this socket does not listen; call `listen` before");
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
        // Linux passes it on to accepted sockets.
        socket.set_read_timeout(None)?;
        // The socket is the program's, and other handles of it may accept clients of other protocols.
        let has_nodelay = false;
        Ok(Self { _file: None, socket, address, can_be_shut: false, has_nodelay })
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// Returns `true` if `shut` works.
    pub(super) fn can_be_shut(&self) -> bool {
        self.can_be_shut
    }

    /// Has `accept` return `WouldBlock` if there is no client.
    pub(super) fn set_nonblocking(&self) -> io::Result<()> {
        self.socket.set_nonblocking(true)
    }

    /// Returns what `poll` waits for.
    pub(super) fn poll_fd(&self) -> PollFd<'_> {
        PollFd::new(&self.socket, PollFlags::IN)
    }

    /// Accepts a client. Returns `InvalidInput` if the socket never accepts again.
    pub(super) fn accept(&self) -> io::Result<(Socket, Address)> {
        let (socket, peer) = loop {
            match self.socket.accept() {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::InvalidInput => {
                    let text = format!("{} accepts no more clients: {e}", self.address);
                    return Err(io::Error::new(e.kind(), text));
                }
                accepted => break accepted?,
            }
        };
        let peer = peer.as_socket();
        // The client's socket is of no use. The listening socket still is.
        let left = |e| io::Error::new(ErrorKind::ConnectionAborted, e);
        let socket = Socket::accepted(socket).map_err(left)?;
        if peer.is_some() && !self.has_nodelay {
            socket.set_tcp_nodelay().map_err(left)?;
        }
        Ok((socket, peer.map_or_else(|| self.address.clone(), Address::Ip)))
    }

    /// Makes a blocked `accept` return, and all later calls.
    pub(super) fn shut(&self) -> io::Result<()> {
        match self.socket.shutdown(Shutdown::Both) {
            // It was shut down before.
            Err(e) if e.kind() == ErrorKind::NotConnected => Ok(()),
            shut => shut,
        }
    }
}

fn address_of(socket: &socket2::Socket) -> io::Result<Address> {
    let address = socket.local_addr()?;
    Ok(match address.as_socket() {
        Some(address) => Address::Ip(address),
        None => Address::Unix(Arc::from(unix::path_of(&address))),
    })
}

/// Returns `false` for a socket that has no clients, such as the connected socket that systemd
/// passes with `Accept=yes`. A server would wait there without end.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn is_listening(socket: &socket2::Socket) -> io::Result<bool> {
    socket.is_listener()
}

/// The other systems do not say.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn is_listening(_: &socket2::Socket) -> io::Result<bool> {
    Ok(true)
}
