//! [`Stream`]: the stream of servers and clients, a socket with or without TLS, as one type.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::{Duration, Instant};

use super::socket::Socket;
use super::tls::TlsStream;
use crate::io::Duplex;

/// The stream of a [`Server`](crate::Server)'s or [`Client`](crate::Client)'s connection.
///
/// Handles from [`try_clone`](Duplex::try_clone) share one socket and use no further file
/// descriptor.
///
/// ```no_run
/// let ws = blocking_ws::connect("wss://example.com/")?;
/// assert!(ws.get_ref().is_tls());
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Debug)]
pub struct Stream(Inner);

#[derive(Debug)]
enum Inner {
    Plain(Socket),
    Tls(TlsStream<Socket>),
}

/// Calls a method of whichever stream it is.
macro_rules! either {
    ($inner:expr, $method:ident($($argument:expr),*)) => {
        match $inner {
            Inner::Plain(socket) => socket.$method($($argument),*),
            Inner::Tls(stream) => stream.$method($($argument),*),
        }
    };
}

impl Stream {
    pub(crate) fn plain(socket: Socket) -> Self {
        Self(Inner::Plain(socket))
    }

    pub(crate) fn tls(stream: TlsStream<Socket>) -> Self {
        Self(Inner::Tls(stream))
    }

    /// Returns `true` if the connection is encrypted.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        matches!(self.0, Inner::Tls(_))
    }

    /// Returns the address of the peer.
    ///
    /// # Errors
    /// `Unsupported`: the stream is a Unix socket. Any other: the system does not know the address
    /// any more.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket().peer_addr()
    }

    /// Returns the address of this side.
    ///
    /// # Errors
    /// The same as [`peer_addr`](Self::peer_addr).
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket().local_addr()
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
        either!(&mut self.0, read(buf))
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        either!(&mut self.0, write(buf))
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        either!(&mut self.0, write_vectored(bufs))
    }

    fn flush(&mut self) -> io::Result<()> {
        either!(&mut self.0, flush())
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
        either!(&self.0, set_read_timeout(timeout))
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        either!(&self.0, set_write_timeout(timeout))
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        either!(&self.0, shutdown(how))
    }

    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        either!(&mut self.0, write_slices(slices))
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        either!(&mut self.0, try_write(buf))
    }

    fn try_flush(&mut self) -> io::Result<()> {
        either!(&mut self.0, try_flush())
    }

    fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        either!(&mut self.0, try_read(buf))
    }

    fn keeps_sent(&self) -> bool {
        either!(&self.0, keeps_sent())
    }

    fn last_received(&self) -> Option<Instant> {
        match &self.0 {
            // A socket passes on all bytes at once.
            Inner::Plain(_) => None,
            Inner::Tls(stream) => stream.last_received(),
        }
    }
}
