//! Where a [`Server`] listens.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;

use super::super::listening::{Doors, Listener};
use super::super::server::Server;
use crate::error::Result;

impl Server {
    /// Listens on an address, or on all addresses of a name, such as both of `localhost`. With port
    /// 0 the system chooses a port, the same for all addresses.
    ///
    /// Addresses that the machine does not have are left out, often those of IPv6; the log has a
    /// line at `debug`. If only one address is given, `[::]` takes clients of IPv4 too, where that
    /// is the system's default. Among several addresses it takes clients of IPv6 only, so `[::]`
    /// and `0.0.0.0` can be given together.
    ///
    /// ```
    /// use blocking_ws::Server;
    ///
    /// let server = Server::bind("localhost:0")?;
    /// println!("{} on {:?}", server.url(), server.local_addrs());
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io), whose text names the address and what helps. `AddrInUse`:
    /// another server has the port at one of the addresses; then the server listens on none of
    /// them, because clients of that address would reach the other server. `AddrNotAvailable`: the
    /// machine has none of the addresses. `PermissionDenied`: the program may not use the port.
    /// `InvalidInput`: there is no port, or no address. Any other: often the name cannot be
    /// resolved.
    pub fn bind(address: impl ToSocketAddrs + fmt::Debug) -> Result<Self> {
        Ok(Self::over(Doors::default().and_tcp(address)?))
    }

    /// Creates a server that listens nowhere. The program hands clients to its handle: see
    /// [`ServerHandle::adopt`](crate::ServerHandle::adopt) and
    /// [`ServerHandle::upgrade`](crate::ServerHandle::upgrade), which have examples.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io): the system has no file descriptor left.
    pub fn unbound() -> Result<Self> {
        Ok(Self::over(Doors::none()?))
    }

    /// Listens on a Unix socket at `path`, for programs on the same machine: a proxy, or clients
    /// with [`Client::unix_socket`](crate::Client::unix_socket).
    ///
    /// The file that an ended server left behind is replaced. When this server has ended, it
    /// removes its file, unless another file has replaced it. The permissions of the file and its
    /// directory decide who may connect; those of the file come from the process's umask.
    ///
    /// Of several servers that begin at the same time, one gets the path. For a moment they lock a
    /// file named `.NAME.blocking-ws` in the same directory. Other programs do not know this lock,
    /// so do not share the path with them. Solaris has no such lock.
    ///
    /// ```no_run
    /// use blocking_ws::{Client, Server};
    ///
    /// let server = Server::bind_unix("/run/echo.sock")?.spawn(|ws| {
    ///     while let Some(message) = ws.recv()? {
    ///         ws.send(message)?;
    ///     }
    ///     Ok(())
    /// })?;
    /// let mut ws = Client::new().unix_socket("/run/echo.sock").connect("ws://localhost/")?;
    /// ws.send("hello")?;
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// Another server listens there, the path is a file of another kind, the directory cannot be
    /// written, or its file system has no locks. The text names the path and what helps.
    /// `ResourceBusy`: another program keeps the lock for
    /// two seconds. `Unsupported`: the system, such as Windows, has no Unix sockets.
    pub fn bind_unix(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self::over(Doors::default().and_unix(path.as_ref())?))
    }

    /// Listens on a socket that the program has opened or was given, for example by systemd: the
    /// example `activated_server` shows that.
    ///
    /// The socket's options and queue remain as they are, except that it becomes non-blocking and
    /// loses its timeouts, and so do other handles of it. At the end of the server the socket is
    /// closed and not shut down, so other handles can still accept clients. The file of a Unix
    /// socket is not removed.
    ///
    /// ```
    /// use std::net::TcpListener;
    ///
    /// use blocking_ws::Server;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let server = Server::from_listener(listener)?.spawn(|ws| ws.send("hello"))?;
    /// let mut ws = blocking_ws::connect(server.url())?;
    /// assert_eq!(ws.recv()?, Some("hello".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// The socket does not listen, or the system refuses an option. Not all systems can tell that a
    /// socket does not listen.
    pub fn from_listener(listener: impl Into<Listener>) -> Result<Self> {
        Ok(Self::over(Doors::default().and_given(listener.into())?))
    }

    /// Listens on another address as well, as [`bind`](Self::bind) does. All sockets of a server
    /// share its settings, [`max_connections`](Self::max_connections) and its shutdown.
    ///
    /// An address on which this server listens already changes nothing.
    ///
    /// ```no_run
    /// use blocking_ws::Server;
    ///
    /// let server = Server::bind("127.0.0.1:9001")?.and_bind_unix("/run/echo.sock")?;
    /// let everywhere = Server::bind("0.0.0.0:9002")?.and_bind("[::]:9002")?;
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// The same as [`bind`](Self::bind). The server is dropped then.
    pub fn and_bind(self, address: impl ToSocketAddrs + fmt::Debug) -> Result<Self> {
        let doors = self.doors.and_tcp(address)?;
        self.and(doors)
    }

    /// Listens on a Unix socket as well, as [`bind_unix`](Self::bind_unix) does. See
    /// [`and_bind`](Self::and_bind) for an example.
    ///
    /// # Errors
    /// The same as [`bind_unix`](Self::bind_unix). The server is dropped then.
    pub fn and_bind_unix(self, path: impl AsRef<Path>) -> Result<Self> {
        let doors = self.doors.and_unix(path.as_ref())?;
        self.and(doors)
    }

    /// Listens on another socket of the program as well, as
    /// [`from_listener`](Self::from_listener) does.
    ///
    /// ```
    /// use std::net::TcpListener;
    ///
    /// use blocking_ws::Server;
    ///
    /// let [one, other] = [TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?];
    /// let server = Server::from_listener(one)?.and_listener(other)?;
    /// assert_eq!(server.local_addrs().len(), 2);
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// The same as [`from_listener`](Self::from_listener). The server is dropped then.
    pub fn and_listener(self, listener: impl Into<Listener>) -> Result<Self> {
        let doors = self.doors.and_given(listener.into())?;
        self.and(doors)
    }

    fn and(mut self, doors: Doors) -> Result<Self> {
        self.doors = Arc::new(doors);
        self.handle.lifecycle().listens_at(&self.doors)?;
        Ok(self)
    }

    /// Returns the first address on which the server listens.
    ///
    /// # Errors
    /// `Unsupported`: that address is the path of a Unix socket.
    pub fn local_addr(&self) -> Result<SocketAddr> {
        self.handle.local_addr()
    }

    /// Returns all IP addresses on which the server listens, in the order in which they were given.
    #[must_use]
    pub fn local_addrs(&self) -> Vec<SocketAddr> {
        self.handle.local_addrs()
    }

    /// Returns the URL of the server's first address, such as `ws://127.0.0.1:9001/`. On a Unix
    /// socket it is `ws://localhost/`, for clients that know the path.
    #[must_use]
    pub fn url(&self) -> &str {
        self.handle.url()
    }
}
