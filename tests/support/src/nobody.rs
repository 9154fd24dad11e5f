//! An address where nobody listens.

use std::net::SocketAddr;

use socket2::{Domain, Socket, Type};

/// Takes a port, so that no other test gets it, without listening on it.
pub fn nobody() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any_port.into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}
