//! [`Door`]: where clients come in.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use blocking_ws::{Duplex, Stream, TlsAcceptor};

/// How long TLS may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Where clients come in: a TCP port or a Unix socket, with or without TLS.
#[derive(Debug)]
pub(crate) struct Door {
    at: At,
    tls: Option<TlsAcceptor>,
}

/// A client that has come.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) stream: Stream,
    /// Another handle of its socket, which can reset it.
    pub(super) socket: Option<TcpStream>,
}

#[derive(Debug)]
enum At {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixListener, std::path::PathBuf),
}

impl Door {
    /// Listens on a TCP port.
    ///
    /// # Errors
    /// The address cannot be used.
    pub(crate) fn tcp(address: &str, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        Ok(Self { at: At::Tcp(TcpListener::bind(address)?), tls })
    }

    /// Listens on a Unix socket.
    ///
    /// # Errors
    /// The path cannot be used, or a file is there already.
    #[cfg(unix)]
    pub(crate) fn unix(path: &std::path::Path, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        let listener = std::os::unix::net::UnixListener::bind(path)?;
        Ok(Self { at: At::Unix(listener, path.to_owned()), tls })
    }

    /// Fails: std has Unix sockets on Unix only.
    #[cfg(not(unix))]
    pub(crate) fn unix(_path: &std::path::Path, _tls: Option<TlsAcceptor>) -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "there are no Unix sockets on this system"))
    }

    /// The URL at which clients find it.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "wss" } else { "ws" };
        match &self.at {
            At::Tcp(listener) => match listener.local_addr() {
                Ok(address) => format!("{scheme}://{address}"),
                Err(e) => format!("{scheme}://{e}"),
            },
            #[cfg(unix)]
            At::Unix(..) => format!("{scheme}://localhost"),
        }
    }

    /// Waits for a client. TLS comes later, by [`secure`](Self::secure), because it may take long.
    pub(super) fn accept(&self) -> io::Result<Incoming> {
        match &self.at {
            At::Tcp(listener) => {
                let socket = listener.accept()?.0;
                let handle = socket.try_clone()?;
                Ok(Incoming { stream: Stream::new(socket)?, socket: Some(handle) })
            }
            #[cfg(unix)]
            At::Unix(listener, _) => {
                Ok(Incoming { stream: Stream::new(listener.accept()?.0)?, socket: None })
            }
        }
    }

    /// Returns `true` if its port is not that of the scheme, so that a `Host` needs it (RFC 6455 §4.1).
    pub(super) fn needs_port(&self) -> bool {
        let default = if self.tls.is_some() { 443 } else { 80 };
        match &self.at {
            At::Tcp(listener) => listener.local_addr().is_ok_and(|it| it.port() != default),
            #[cfg(unix)]
            At::Unix(..) => false,
        }
    }

    /// Sets up TLS, if this door has it.
    pub(super) fn secure(&self, stream: Stream) -> io::Result<Stream> {
        let Some(tls) = &self.tls else { return Ok(stream) };
        stream.set_read_timeout(Some(HANDSHAKE))?;
        stream.set_write_timeout(Some(HANDSHAKE))?;
        Stream::new(tls.accept(stream).map_err(io::Error::other)?)
    }

    /// Makes [`accept`](Self::accept) return, by a client that says nothing. Returns `false` if the door
    /// is not found any more, because somebody has removed the socket.
    pub(super) fn knock(&self) -> bool {
        match &self.at {
            At::Tcp(listener) => listener.local_addr().is_ok_and(|mut address| {
                if address.ip().is_unspecified() {
                    address = local(address);
                }
                TcpStream::connect(address).is_ok()
            }),
            #[cfg(unix)]
            At::Unix(_, path) => std::os::unix::net::UnixStream::connect(path).is_ok(),
        }
    }
}

/// The address of this machine at which a listener on all addresses is found.
fn local(address: SocketAddr) -> SocketAddr {
    if address.is_ipv4() {
        (std::net::Ipv4Addr::LOCALHOST, address.port()).into()
    } else {
        (std::net::Ipv6Addr::LOCALHOST, address.port()).into()
    }
}

#[cfg(unix)]
impl Drop for Door {
    fn drop(&mut self) {
        if let At::Unix(_, path) = &self.at {
            // It may have been removed already.
            let _ = std::fs::remove_file(path);
        }
    }
}
