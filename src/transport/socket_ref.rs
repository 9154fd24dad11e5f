//! [`SocketRef`]: the system's socket of a stream, lent.

use std::fmt;
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(windows)]
use std::os::windows::io::{AsSocket, BorrowedSocket};

/// The system's socket of a [`Stream`](crate::Stream), for its options; from
/// [`Stream::socket`](crate::Stream::socket).
///
/// It implements `AsFd` on Unix and `AsSocket` on Windows. So the crate `socket2` takes it, which has
/// methods for all options: keepalive, sizes of buffers, type of service.
///
/// Change options only. The library relies on its socket's mode (blocking or not) and timeouts, and
/// reading or writing it would break the connection.
///
/// ```
/// use blocking_ws::{Client, Server};
/// use socket2::{SockRef, TcpKeepalive};
/// use std::time::Duration;
///
/// let server = Server::bind("127.0.0.1:0")?.spawn(|ws| ws.send("hello"))?;
/// let ws = Client::new().connect(server.url())?;
/// if let Some(socket) = ws.get_ref().socket() {
///     let socket = SockRef::from(&socket);
///     socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(Duration::from_secs(60)))?;
///     socket.set_send_buffer_size(64 << 10)?;
/// }
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct SocketRef<'a>(&'a socket2::Socket);

impl<'a> SocketRef<'a> {
    pub(super) const fn new(socket: &'a socket2::Socket) -> Self {
        Self(socket)
    }
}

#[cfg(unix)]
impl AsFd for SocketRef<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(windows)]
impl AsSocket for SocketRef<'_> {
    fn as_socket(&self) -> BorrowedSocket<'_> {
        self.0.as_socket()
    }
}

impl fmt::Debug for SocketRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketRef").finish_non_exhaustive()
    }
}
