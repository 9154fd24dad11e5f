//! [`Stream`]: a socket with or without TLS, or a stream of the program, as one type.

use std::any::Any;
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::boxed::{Boxed, Half};
use super::socket::Socket;
use super::socket_ref::SocketRef;
use super::tap::{Tap, Tapped, Taps};
use super::tls::{TlsAcceptor, TlsConnector, TlsStream};
use crate::error::{Error, Result};
use crate::io::{Deadline, Duplex, TlsInfo};
use crate::process::next_number;
use crate::proto::rules::Role;

/// The stream of a [`WebSocket`](crate::WebSocket): a socket with or without TLS, or any other
/// [`Duplex`] stream.
///
/// [`Server`](crate::Server) and [`Client`](crate::Client) make streams of their sockets.
/// [`new`](Self::new) makes a `Stream` of a program's own stream. Handles from
/// [`try_clone`](Duplex::try_clone) share one socket and use no further file descriptor.
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
    Other(Boxed),
    Tapped(Tapped<Stream>),
}

/// Calls a method of whichever stream it is.
macro_rules! either {
    ($inner:expr, $method:ident($($argument:expr),*)) => {
        match $inner {
            Inner::Plain(socket) => socket.$method($($argument),*),
            Inner::Tls(stream) => stream.$method($($argument),*),
            Inner::Other(stream) => stream.$method($($argument),*),
            Inner::Tapped(stream) => stream.$method($($argument),*),
        }
    };
}

impl Stream {
    /// Makes a `Stream` of any stream that can be read and written at the same time.
    ///
    /// A [`TcpStream`] or std's `UnixStream` becomes the kind of socket that servers use, also if
    /// it was non-blocking, and sends small messages at once. Any other stream is boxed, and a
    /// `Stream` stays what it is. Timeouts that the stream has are removed.
    ///
    /// ```
    /// use blocking_ws::testing::Pipe;
    /// use blocking_ws::{Duplex, Stream};
    ///
    /// let (near, _far) = Pipe::new(1024);
    /// let stream = Stream::new(near)?;
    /// assert!(stream.is_duplex());
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Errors
    /// The system refuses to change a socket's mode, because the socket is not usable any more.
    pub fn new(stream: impl Duplex + Send + 'static) -> io::Result<Self> {
        let mut stream = Some(stream);
        if let Some(stream) = take::<Self>(&mut stream) {
            return Ok(stream);
        }
        let stream = match take_socket(&mut stream) {
            Some(socket) => Self::plain(Socket::new(socket)?),
            // Only `take` leaves nothing, and then there is a socket.
            None => stream.map(Self::boxed).ok_or_else(|| io::Error::other("no stream"))?,
        };
        // Another server may have left them there.
        if stream.is_duplex() {
            stream.set_read_timeout(None)?;
            stream.set_write_timeout(None)?;
        }
        stream.set_nodelay()?;
        Ok(stream)
    }

    /// Makes a `Stream` of a stream that can only be read and written.
    ///
    /// Such a stream has one handle and no timeouts. So for a connection over it:
    ///
    /// - No other thread can send: it has no [`sender`](crate::WebSocket::sender) and cannot join a
    ///   [`Hub`](crate::Hub).
    /// - No call has a limit of time, [`try_recv`](crate::WebSocket::try_recv) and
    ///   [`close`](crate::WebSocket::close) included. A peer that vanishes or does not read holds
    ///   the thread, and a place in a server's `max_connections`, until the stream fails.
    /// - A shutdown of its server, and [`Connection::close`](crate::Connection::close), cannot wake
    ///   its thread. The thread sends the Close frame itself: at its next call, or when the peer
    ///   sends something. If the peer sends nothing until the deadline of the shutdown, the handler
    ///   is reported as [`running`](crate::ShutdownReport::running).
    ///
    /// Use [`new`](Self::new) if the stream implements [`Duplex`].
    #[must_use]
    pub fn half(stream: impl Read + Write + Send + 'static) -> Self {
        Self::boxed(Half(stream))
    }

    /// Shows a tap what passes from now on, as that of an end with this role.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    ///
    /// use blocking_ws::testing::Pipe;
    /// use blocking_ws::{Role, Stream, TapEvent, WebSocket};
    ///
    /// let seen = Arc::new(Mutex::new(String::new()));
    /// let log = Arc::clone(&seen);
    /// let tap = move |_: u64, event: TapEvent<'_>| *log.lock().unwrap() += &format!("{event:?}\n");
    /// let (near, far) = Pipe::new(1024);
    /// let stream = Stream::new(near)?.tap(Role::Server, tap);
    /// WebSocket::from_parts(stream, Role::Server, Vec::new()).send("hi")?;
    /// assert!(seen.lock().unwrap().contains("way: Sent, bytes: [129, 2, 104, 105]"));
    /// # drop(far);
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use]
    pub fn tap(self, role: Role, tap: impl Tap + 'static) -> Self {
        self.tapped(next_number(), role, Arc::new(tap))
    }

    /// Shows each of the taps what passes on the connection with this number, and what another has
    /// received of it before.
    pub(crate) fn seen_by(self, taps: &Taps, id: u64, role: Role, already_read: &[u8]) -> Self {
        taps.now().fold(self, |stream, tap| {
            let tapped = Tapped::new(stream, id, role, tap);
            if !already_read.is_empty() {
                tapped.show_received(already_read);
            }
            Self(Inner::Tapped(tapped))
        })
    }

    /// Shows the tap what passes on the connection with this number.
    pub(crate) fn tapped(self, id: u64, role: Role, tap: Arc<dyn Tap>) -> Self {
        Self(Inner::Tapped(Tapped::new(self, id, role, tap)))
    }

    pub(crate) fn boxed(stream: impl Duplex + Send + 'static) -> Self {
        Self(Inner::Other(Boxed::new(stream)))
    }

    /// Makes a stream of one whose peer passes all on to another peer. So what is known of TLS with the
    /// first peer says nothing of the other.
    pub(crate) fn tunnel(self) -> Self {
        if !self.is_tls() {
            return self;
        }
        let socket = self.shared_socket();
        Self(Inner::Other(Boxed::new(self).over(socket).tunnel()))
    }

    pub(crate) fn plain(socket: Socket) -> Self {
        Self(Inner::Plain(socket))
    }

    /// Returns `true` if the stream is a Unix socket, with or without TLS.
    pub(crate) fn is_unix(&self) -> bool {
        match &self.0 {
            Inner::Plain(socket) => socket.is_unix(),
            Inner::Tls(stream) => stream.socket().is_unix(),
            Inner::Other(_) => false,
            Inner::Tapped(tapped) => tapped.stream().is_unix(),
        }
    }

    /// Disables Nagle's algorithm, if this is a TCP socket.
    pub(crate) fn set_nodelay(&self) -> io::Result<()> {
        match &self.0 {
            Inner::Plain(socket) => socket.set_nodelay(),
            Inner::Tapped(tapped) => tapped.stream().set_nodelay(),
            Inner::Tls(_) | Inner::Other(_) => Ok(()),
        }
    }

    /// Begins TLS as a client, on the connection with this number.
    pub(crate) fn connect_tls(
        self,
        id: u64,
        tls: &TlsConnector,
        host: &str,
        deadline: Deadline,
    ) -> Result<Self> {
        let secured = match self.0 {
            Inner::Plain(socket) => tls.connect_by(id, host, socket, deadline).map(Self::secured),
            other => {
                let stream = Self(other);
                let socket = stream.shared_socket();
                let secured = tls.connect_by(id, host, stream, deadline);
                secured.map(|stream| Self::secured_over(socket, stream))
            }
        };
        secured.map_err(Error::Tls)
    }

    /// Begins TLS as a server, on the connection with this number.
    pub(crate) fn accept_tls(self, id: u64, tls: &TlsAcceptor, deadline: Deadline) -> Result<Self> {
        let secured = match self.0 {
            Inner::Plain(socket) => tls.accept_by(id, socket, deadline).map(Self::secured),
            other => {
                let stream = Self(other);
                let socket = stream.shared_socket();
                let secured = tls.accept_by(id, stream, deadline);
                secured.map(|stream| Self::secured_over(socket, stream))
            }
        };
        secured.map_err(Error::Tls)
    }

    fn secured(stream: TlsStream<Socket>) -> Self {
        Self(Inner::Tls(stream))
    }

    /// Makes a `Stream` of TLS over another `Stream`, under which this socket lies.
    fn secured_over(socket: Option<Socket>, stream: TlsStream<Self>) -> Self {
        Self(Inner::Other(Boxed::new(stream).over(socket)))
    }

    /// Returns `true` if the connection is encrypted.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        either!(&self.0, is_tls())
    }

    /// Returns what is known of the TLS connection and of the peer's certificate. `None` without TLS.
    #[must_use]
    pub fn tls(&self) -> Option<Arc<TlsInfo>> {
        either!(&self.0, tls())
    }

    /// Returns the system's socket under this stream, for its options. It is the same with TLS and through
    /// a proxy. See [`SocketRef`] for an example.
    ///
    /// `None`: there is no socket, or it lies in a stream of the program. A [`TcpStream`] and std's
    /// `UnixStream` that became a `Stream` by [`new`](Self::new) have one.
    #[must_use]
    pub fn socket(&self) -> Option<SocketRef<'_>> {
        self.own_socket().map(Socket::as_ref)
    }

    fn own_socket(&self) -> Option<&Socket> {
        match &self.0 {
            Inner::Plain(socket) => Some(socket),
            Inner::Tls(stream) => Some(stream.socket()),
            Inner::Other(stream) => stream.socket(),
            Inner::Tapped(tapped) => tapped.stream().own_socket(),
        }
    }

    fn shared_socket(&self) -> Option<Socket> {
        self.own_socket().map(Socket::share)
    }

    /// Returns the address of the peer.
    ///
    /// # Errors
    /// `Unsupported`: the stream has no IP addresses, such as a Unix socket. Any other: the system
    /// does not know the address any more.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        either!(&self.0, peer_addr())
    }

    /// Returns the address of this side.
    ///
    /// # Errors
    /// The same as [`peer_addr`](Self::peer_addr).
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        either!(&self.0, local_addr())
    }
}

/// Takes the stream if it is a socket of std.
fn take_socket(stream: &mut dyn Any) -> Option<socket2::Socket> {
    if let Some(stream) = take::<TcpStream>(stream) {
        return Some(stream.into());
    }
    #[cfg(unix)]
    if let Some(stream) = take::<std::os::unix::net::UnixStream>(stream) {
        return Some(stream.into());
    }
    None
}

/// Takes the stream if it is of this type.
fn take<S: 'static>(stream: &mut dyn Any) -> Option<S> {
    stream.downcast_mut::<Option<S>>()?.take()
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
            Inner::Other(stream) => Inner::Other(stream.try_clone()?),
            Inner::Tapped(stream) => Inner::Tapped(stream.try_clone()?),
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
            Inner::Other(stream) => stream.last_received(),
            Inner::Tapped(stream) => stream.last_received(),
        }
    }

    fn is_duplex(&self) -> bool {
        either!(&self.0, is_duplex())
    }

    fn is_tls(&self) -> bool {
        self.is_tls()
    }

    fn tls(&self) -> Option<Arc<TlsInfo>> {
        self.tls()
    }

    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.peer_addr()
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }
}
