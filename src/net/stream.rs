//! [`Stream`]: what servers and clients talk over, TCP or TLS over TCP, as one type.

use std::fmt;
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use super::duplex::{self, Duplex};
use super::tls::TlsStream;

/// The stream of a [`Server`](crate::Server)'s or [`Client`](crate::Client)'s connection.
///
/// Clones share one socket; no file descriptor is used for them.
#[derive(Debug)]
pub struct Stream(Inner);

#[derive(Debug)]
enum Inner {
    Tcp(Socket),
    Tls(TlsStream<Socket>),
}

/// A TCP socket whose handles are counted instead of duplicated.
pub(crate) struct Socket(Arc<TcpStream>);

impl Socket {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self(Arc::new(stream))
    }

    /// Sends each write at once: a frame that waits for an acknowledgement waits 40 ms.
    pub(crate) fn set_nodelay(&self) -> io::Result<()> {
        self.0.set_nodelay(true)
    }

    /// Another handle.
    pub(crate) fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl Stream {
    pub(crate) fn tcp(socket: Socket) -> Self {
        Self(Inner::Tcp(socket))
    }

    pub(crate) fn tls(stream: TlsStream<Socket>) -> Self {
        Self(Inner::Tls(stream))
    }

    /// Tells whether the connection is encrypted.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        matches!(self.0, Inner::Tls(_))
    }

    /// Returns the address of the peer.
    ///
    /// # Errors
    /// The system does not know it any more.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket().0.peer_addr()
    }

    /// Returns the address of this side.
    ///
    /// # Errors
    /// The system does not know it any more.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket().0.local_addr()
    }

    fn socket(&self) -> &Socket {
        match &self.0 {
            Inner::Tcp(socket) => socket,
            Inner::Tls(stream) => stream.socket(),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Tcp(socket) => socket.read(buf),
            Inner::Tls(stream) => stream.read(buf),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Tcp(socket) => socket.write(buf),
            Inner::Tls(stream) => stream.write(buf),
        }
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Tcp(socket) => socket.write_vectored(bufs),
            Inner::Tls(stream) => stream.write_vectored(bufs),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Inner::Tcp(socket) => socket.flush(),
            Inner::Tls(stream) => stream.flush(),
        }
    }
}

impl Duplex for Stream {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(Self(match &self.0 {
            Inner::Tcp(socket) => Inner::Tcp(socket.share()),
            Inner::Tls(stream) => Inner::Tls(stream.try_clone()?),
        }))
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        match &self.0 {
            Inner::Tcp(socket) => socket.set_read_timeout(timeout),
            Inner::Tls(stream) => stream.set_read_timeout(timeout),
        }
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        match &self.0 {
            Inner::Tcp(socket) => socket.set_write_timeout(timeout),
            Inner::Tls(stream) => stream.set_write_timeout(timeout),
        }
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match &self.0 {
            Inner::Tcp(socket) => socket.shutdown(how),
            Inner::Tls(stream) => stream.shutdown(how),
        }
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Tcp(socket) => socket.try_write(buf),
            Inner::Tls(stream) => stream.try_write(buf),
        }
    }

    fn try_flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Inner::Tcp(socket) => socket.try_flush(),
            Inner::Tls(stream) => stream.try_flush(),
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buf)
    }
}

impl Write for Socket {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&*self.0).write(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        (&*self.0).write_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Duplex for Socket {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(self.share())
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.set_read_timeout(timeout)
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.set_write_timeout(timeout)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.0.shutdown(how)
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        duplex::try_write(&*self.0, buf)
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
