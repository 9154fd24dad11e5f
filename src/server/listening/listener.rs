//! [`Listener`]: a listening socket that the program has opened itself.

use std::net::TcpListener;
#[cfg(unix)]
use std::os::unix::net::UnixListener;

/// A listening socket for [`Server::from_listener`](crate::Server::from_listener): a
/// [`TcpListener`] or, where the system has them, a `std::os::unix::net::UnixListener`.
///
/// ```
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let server = blocking_ws::Server::from_listener(listener)?;
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Debug)]
pub struct Listener(socket2::Socket);

impl Listener {
    pub(super) fn into_socket(self) -> socket2::Socket {
        self.0
    }
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self(listener.into())
    }
}

#[cfg(unix)]
impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Self(listener.into())
    }
}
