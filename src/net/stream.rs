//! [`Stream`]: what servers and clients talk over, a TCP or Unix socket with or without TLS, as one
//! type.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::duplex::{self, Duplex};
use super::tls::TlsStream;
use super::unix::UnixSocket;

/// The stream of a [`Server`](crate::Server)'s or [`Client`](crate::Client)'s connection.
///
/// Clones share one socket; no file descriptor is used for them.
#[derive(Debug)]
pub struct Stream(Inner);

#[derive(Debug)]
enum Inner {
    Plain(Socket),
    Tls(TlsStream<Socket>),
}

/// A socket whose handles are counted instead of duplicated.
pub(crate) struct Socket(Arc<Kind>);

enum Kind {
    Tcp(TcpStream),
    Unix(UnixSocket),
}

impl Socket {
    pub(crate) fn tcp(stream: TcpStream) -> Self {
        Self(Arc::new(Kind::Tcp(stream)))
    }

    pub(crate) fn unix(socket: UnixSocket) -> Self {
        Self(Arc::new(Kind::Unix(socket)))
    }

    /// Sends each write at once: a frame that waits for an acknowledgement waits 40 ms. A Unix
    /// socket never waits for one.
    pub(crate) fn set_nodelay(&self) -> io::Result<()> {
        match &*self.0 {
            Kind::Tcp(stream) => stream.set_nodelay(true),
            Kind::Unix(_) => Ok(()),
        }
    }

    fn as_tcp(&self) -> io::Result<&TcpStream> {
        match &*self.0 {
            Kind::Tcp(stream) => Ok(stream),
            Kind::Unix(_) => Err(io::Error::new(
                ErrorKind::Unsupported,
                "a connection over a Unix socket has no IP addresses",
            )),
        }
    }

    /// Another handle.
    pub(crate) fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl Stream {
    pub(crate) fn plain(socket: Socket) -> Self {
        Self(Inner::Plain(socket))
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
    /// `Unsupported` on a Unix socket; otherwise the system does not know it any more.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket().as_tcp()?.peer_addr()
    }

    /// Returns the address of this side.
    ///
    /// # Errors
    /// As [`peer_addr`](Self::peer_addr).
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket().as_tcp()?.local_addr()
    }

    fn socket(&self) -> &Socket {
        match &self.0 {
            Inner::Plain(socket) => socket,
            Inner::Tls(stream) => stream.socket(),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Plain(socket) => socket.read(buf),
            Inner::Tls(stream) => stream.read(buf),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Plain(socket) => socket.write(buf),
            Inner::Tls(stream) => stream.write(buf),
        }
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Plain(socket) => socket.write_vectored(bufs),
            Inner::Tls(stream) => stream.write_vectored(bufs),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Inner::Plain(socket) => socket.flush(),
            Inner::Tls(stream) => stream.flush(),
        }
    }
}

impl Duplex for Stream {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(Self(match &self.0 {
            Inner::Plain(socket) => Inner::Plain(socket.share()),
            Inner::Tls(stream) => Inner::Tls(stream.try_clone()?),
        }))
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        match &self.0 {
            Inner::Plain(socket) => socket.set_read_timeout(timeout),
            Inner::Tls(stream) => stream.set_read_timeout(timeout),
        }
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        match &self.0 {
            Inner::Plain(socket) => socket.set_write_timeout(timeout),
            Inner::Tls(stream) => stream.set_write_timeout(timeout),
        }
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match &self.0 {
            Inner::Plain(socket) => socket.shutdown(how),
            Inner::Tls(stream) => stream.shutdown(how),
        }
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Plain(socket) => socket.try_write(buf),
            Inner::Tls(stream) => stream.try_write(buf),
        }
    }

    fn try_flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Inner::Plain(socket) => socket.try_flush(),
            Inner::Tls(stream) => stream.try_flush(),
        }
    }

    fn last_received(&self) -> Option<Instant> {
        match &self.0 {
            // A socket keeps nothing back.
            Inner::Plain(_) => None,
            Inner::Tls(stream) => stream.last_received(),
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match &*self.0 {
            Kind::Tcp(stream) => (&*stream).read(buf),
            Kind::Unix(socket) => socket.read(buf),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match &*self.0 {
            Kind::Tcp(stream) => (&*stream).write(buf),
            Kind::Unix(socket) => socket.write(buf),
        }
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        match &*self.0 {
            Kind::Tcp(stream) => (&*stream).write_vectored(bufs),
            Kind::Unix(socket) => socket.write_vectored(bufs),
        }
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
        match &*self.0 {
            Kind::Tcp(stream) => stream.set_read_timeout(timeout),
            Kind::Unix(socket) => socket.set_read_timeout(timeout),
        }
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        match &*self.0 {
            Kind::Tcp(stream) => stream.set_write_timeout(timeout),
            Kind::Unix(socket) => socket.set_write_timeout(timeout),
        }
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match &*self.0 {
            Kind::Tcp(stream) => stream.shutdown(how),
            Kind::Unix(socket) => socket.shutdown(how),
        }
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match &*self.0 {
            Kind::Tcp(stream) => duplex::try_write(stream, buf),
            Kind::Unix(socket) => socket.try_write(buf),
        }
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Tcp(stream) => stream.fmt(f),
            Kind::Unix(socket) => socket.fmt(f),
        }
    }
}
