//! How a client opens its connection.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::Outcome;

/// How long the opening may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many connections come from one address of the loopback. An address has fewer than 30,000 ports for
/// them, and the system finds a free port faster while most are free.
const EACH_SOURCE: usize = 4000;

/// Connects, and does the opening handshake. `index` is the number of this client. The stream never waits.
pub(super) fn open(address: SocketAddr, path: &str, index: usize) -> Outcome<mio::net::TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // Only Linux and Windows have all of 127.0.0.0/8.
    if cfg!(any(target_os = "linux", windows)) {
        let source = Ipv4Addr::new(127, 0, 0, u8::try_from(1 + index / EACH_SOURCE)?);
        socket.bind(&SocketAddr::from((IpAddr::V4(source), 0)).into())?;
    }
    socket.connect_timeout(&address.into(), PATIENCE)?;
    // Otherwise each connection would occupy a port for a minute after its end.
    socket.set_linger(Some(Duration::ZERO))?;
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let (ws, _) = tungstenite::client(format!("ws://{address}{path}"), stream)
        .map_err(|error| format!("the opening handshake failed: {error}"))?;
    let stream = ws.into_inner();
    stream.set_nonblocking(true)?;
    Ok(mio::net::TcpStream::from_std(stream))
}
