//! What a stream must offer so that one thread can read while another writes.
//!
//! Here are the trait and its implementations for std's sockets. TLS and the in-memory pipe
//! implement it in their own files.

use std::borrow::Cow;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[cfg(unix)]
use rustix::event::{PollFd, PollFlags, Timespec, poll};
#[cfg(unix)]
use rustix::net::RecvFlags;
#[cfg(unix)]
use socket2::SockRef;
use socket2::Socket as Raw;

use super::tls::TlsInfo;

/// A stream that one thread can read while another thread writes, through two handles.
///
/// The methods mean the same as on [`TcpStream`]. Reading through one handle must never delay
/// writing through another. Over a `Duplex` stream, a [`WebSocket`](crate::WebSocket) has timeouts
/// and deadlines, and its [`sender`](crate::WebSocket::sender) can send from other threads.
///
/// [`Pipe`](crate::testing::Pipe) and [`Stream`](crate::Stream) implement this trait, and so do
/// [`TcpStream`], std's `UnixStream` and [`TlsStream`](crate::TlsStream). An example with a
/// [`TcpStream`]:
///
/// ```
/// use blocking_ws::Duplex;
/// use std::io::{Read, Write};
///
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let mut client = std::net::TcpStream::connect(listener.local_addr()?)?;
/// let (server, _) = listener.accept()?;
/// let mut reader = Duplex::try_clone(&server)?;
/// client.write_all(b"hello")?;
/// let mut buf = [0; 5];
/// reader.read_exact(&mut buf)?;
/// # std::io::Result::Ok(())
/// ```
pub trait Duplex: Read + Write + Sized {
    /// Opens another handle to the same stream.
    ///
    /// # Errors
    /// The system has no file descriptor left.
    fn try_clone(&self) -> io::Result<Self>;

    /// Limits each single read of all handles. `None` means no limit.
    ///
    /// # Errors
    /// The duration is zero, or the stream is not usable any more.
    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()>;

    /// Limits each single write of all handles. `None` means no limit.
    ///
    /// On Windows, a write of a std socket that timed out may have sent a part of unknown length.
    /// Do not write any more after that.
    ///
    /// # Errors
    /// The duration is zero, or the stream is not usable any more.
    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()>;

    /// Shuts down one or both directions for all handles. Blocked calls return.
    ///
    /// # Errors
    /// The stream is not connected any more.
    fn shutdown(&self, how: Shutdown) -> io::Result<()>;

    /// Writes some of `slices` as [`Write::write_vectored`] does, without raising a signal. May
    /// block.
    ///
    /// If the peer has left, a write of a std socket can raise SIGPIPE, whose default action ends
    /// the program. A stream that wraps a socket should call this method of the socket. The
    /// provided method only calls the methods of [`Write`], with 64 KiB at most: many streams
    /// return only when they have taken all, and the write timeout is for each 64 KiB.
    ///
    /// # Errors
    /// The same as [`Write::write`]. `BrokenPipe`: the peer has left.
    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match &*front(slices) {
            // A plain write is cheaper for the system.
            [only] => self.write(only),
            several => self.write_vectored(several),
        }
    }

    /// Writes the part of `buf` that fits into the stream at this moment. Never blocks.
    ///
    /// The part may still be inside the stream, as TLS records may be, until
    /// [`try_flush`](Self::try_flush) or any later write sends it. An empty `buf` tests whether the
    /// stream supports this method: any answer but `Unsupported` says that it does, and a stream
    /// may answer with zero, or with an error as if `buf` were not empty.
    ///
    /// # Errors
    /// * `WouldBlock`: the stream is full, or another handle is writing. Try again later.
    /// * `Unsupported`: the stream cannot write without waiting. The provided method returns this,
    ///   and so do std's sockets on Windows; the streams of a [`Server`](crate::Server) or
    ///   [`Client`](crate::Client) do not. A [`Hub`](crate::Hub) uses a thread to write to such a
    ///   stream.
    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let _ = buf;
        Err(ErrorKind::Unsupported.into())
    }

    /// Sends what [`try_write`](Self::try_write) left inside the stream. Never blocks.
    ///
    /// # Errors
    /// `WouldBlock`: some of it is still there. Try again later.
    fn try_flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Reads bytes that have arrived, as [`Read::read`] does. Never blocks.
    ///
    /// An empty `buf` tests whether the stream supports this method: any answer but `Unsupported`
    /// says that it does. A stream may answer with zero, or with an error as if `buf` were not
    /// empty: on Linux a read of no bytes that does not wait is `WouldBlock` if nothing has arrived.
    ///
    /// # Errors
    /// * `WouldBlock`: nothing has arrived, or another handle is reading. Try again later.
    /// * `Unsupported`: the stream cannot read without waiting. The provided method returns this,
    ///   and so do std's sockets on Windows; the streams of a [`Server`](crate::Server) or
    ///   [`Client`](crate::Client) do not. On such a stream,
    ///   [`try_recv`](crate::WebSocket::try_recv) waits for a few milliseconds.
    fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let _ = buf;
        Err(ErrorKind::Unsupported.into())
    }

    /// Returns `true` if what was sent arrives even if this end is dropped with unread input.
    ///
    /// A socket that is closed with unread input resets the connection, and the reset can destroy
    /// what was sent last. So at its end, a [`WebSocket`](crate::WebSocket) reads on until the peer
    /// hangs up, for two seconds at most. If this method returns `true`, it does not. The provided
    /// method returns `false`; a [`Pipe`](crate::testing::Pipe) returns `true`.
    fn keeps_sent(&self) -> bool {
        false
    }

    /// Returns when the stream last received bytes from which nothing can be read yet, such as a
    /// part of a TLS record.
    ///
    /// When a read has timed out, such bytes show that the peer is alive. `None` if there were
    /// none. The provided method returns `None`, for a stream that passes on every byte at once. A
    /// moment may still be returned after its bytes have been read.
    fn last_received(&self) -> Option<Instant> {
        None
    }

    /// Returns `true` if the stream can do all that this trait promises. The provided method does.
    ///
    /// A [`Stream::half`](crate::Stream::half) returns `false`: it has one handle and no timeouts.
    fn is_duplex(&self) -> bool {
        true
    }

    /// Returns `true` if the stream encrypts. The provided method returns `true` if
    /// [`tls`](Self::tls) returns `Some`.
    fn is_tls(&self) -> bool {
        self.tls().is_some()
    }

    /// Returns what is known of the TLS connection and of the peer's certificate. The provided
    /// method returns `None`. A stream that wraps another stream should return what that one returns.
    fn tls(&self) -> Option<Arc<TlsInfo>> {
        None
    }

    /// Returns the address of the peer.
    ///
    /// # Errors
    /// `Unsupported`: the stream has no IP addresses. The provided method returns this. Any other:
    /// the system does not know the address any more.
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Err(no_address())
    }

    /// Returns the address of this side.
    ///
    /// # Errors
    /// As [`peer_addr`](Self::peer_addr).
    fn local_addr(&self) -> io::Result<SocketAddr> {
        Err(no_address())
    }
}

/// The error for streams such as Unix sockets and those in memory.
pub(crate) fn no_address() -> io::Error {
    io::Error::new(ErrorKind::Unsupported, "this stream has no IP addresses")
}

/// The most that is written at once to a stream that may return only when it has taken all.
const AT_ONCE: usize = 64 << 10;

/// Returns the first [`AT_ONCE`] bytes of `slices`.
fn front<'a>(slices: &'a [IoSlice<'a>]) -> Cow<'a, [IoSlice<'a>]> {
    let mut left = AT_ONCE;
    let beyond = slices.iter().position(|slice| {
        let is_beyond = slice.len() > left;
        left = left.saturating_sub(slice.len());
        is_beyond
    });
    let Some(at) = beyond else { return slices.into() };
    let before: usize = slices[..at].iter().map(|slice| slice.len()).sum();
    let last = IoSlice::new(&slices[at][..AT_ONCE - before]);
    slices[..at].iter().copied().chain([last]).collect::<Vec<_>>().into()
}

/// Std's sockets have the methods of `Duplex` by the same names, except for those that write.
macro_rules! duplex_by_name {
    ($socket:ty $(, $($method:item)+)?) => {
        impl Duplex for $socket {
            fn try_clone(&self) -> io::Result<Self> {
                self.try_clone()
            }

            fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
                if_up(timeout, self.set_read_timeout(timeout))
            }

            fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
                if_up(timeout, self.set_write_timeout(timeout))
            }

            fn shutdown(&self, how: Shutdown) -> io::Result<()> {
                self.shutdown(how)
            }

            #[cfg(unix)]
            fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
                send_quietly(&SockRef::from(&*self), &front(slices), 0)
            }

            #[cfg(unix)]
            fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
                send_at_once(&SockRef::from(&*self), buf)
            }

            #[cfg(unix)]
            fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
                receive_at_once(&SockRef::from(&*self), buf)
            }

            $($($method)+)?
        }
    };
}

duplex_by_name! {
    TcpStream,
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.peer_addr()
    }
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }
}
#[cfg(unix)]
duplex_by_name!(std::os::unix::net::UnixStream);

/// Writes to a socket that the library may not have opened.
#[cfg(unix)]
fn send_quietly(socket: &Raw, slices: &[IoSlice<'_>], flags: i32) -> io::Result<usize> {
    // It is not known whether this socket has the option. A socket that is shut down takes none.
    #[cfg(target_vendor = "apple")]
    socket.set_nosigpipe(true).map_err(|e| io::Error::new(ErrorKind::BrokenPipe, e))?;
    send_slices(socket, slices, flags | NO_SIGNAL)
}

/// Writes to a socket without waiting, whether the socket is non-blocking or not.
///
/// Only Linux respects the flag on every kind of socket. On other systems no more is written than
/// must fit once `poll` has found room.
#[cfg(unix)]
fn send_at_once(socket: &Raw, mut buf: &[u8]) -> io::Result<usize> {
    if buf.is_empty() {
        return Ok(0);
    }
    if !FLAG_IS_RELIABLE {
        if !is_ready(socket, PollFlags::OUT)? {
            return Err(ErrorKind::WouldBlock.into());
        }
        buf = &buf[..buf.len().min(LOW_WATER)];
    }
    send_quietly(socket, &[IoSlice::new(buf)], NO_WAIT)
}

/// Reads a socket without waiting, whether the socket is non-blocking or not.
///
/// Only Linux respects the flag on every kind of socket. On other systems a read follows only once
/// `poll` has found something to read.
#[cfg(unix)]
fn receive_at_once(socket: &Raw, buf: &mut [u8]) -> io::Result<usize> {
    if buf.is_empty() {
        return Ok(0);
    }
    if !FLAG_IS_RELIABLE && !is_ready(socket, PollFlags::IN)? {
        return Err(ErrorKind::WouldBlock.into());
    }
    receive_slice(socket, buf)
}

#[cfg(unix)]
const FLAG_IS_RELIABLE: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// Returns `true` if `poll` finds the event now.
#[cfg(unix)]
fn is_ready(socket: &Raw, event: PollFlags) -> io::Result<bool> {
    Ok(poll(&mut [PollFd::new(socket, event)], Some(&Timespec::default()))? > 0)
}

/// When less room than this is left, no system reports that there is room.
#[cfg(unix)]
const LOW_WATER: usize = 2 << 10;

/// With this flag, a write to a socket whose peer has left is an error and raises no SIGPIPE.
#[cfg(all(unix, not(target_vendor = "apple")))]
pub(crate) const NO_SIGNAL: i32 = libc::MSG_NOSIGNAL;
/// Apple's systems have a socket option instead, and Windows has no such signal.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
pub(crate) const NO_SIGNAL: i32 = 0;

/// Makes a write take what fits without waiting.
#[cfg(unix)]
pub(crate) const NO_WAIT: i32 = libc::MSG_DONTWAIT;
/// Windows has no such flag, only sockets that never wait.
#[cfg(not(unix))]
pub(crate) const NO_WAIT: i32 = 0;

/// Writes to a socket. No other function does.
#[cfg(unix)]
pub(crate) fn send_slices(socket: &Raw, slices: &[IoSlice<'_>], flags: i32) -> io::Result<usize> {
    match slices {
        // A plain write is cheaper for the system.
        [only] => socket.send_with_flags(only, flags),
        several => socket.send_vectored_with_flags(several, flags),
    }
}

/// Writes to a socket. No other function does.
///
/// If there is any room, Windows takes all that it is given, however much that is. So it is given
/// less.
#[cfg(not(unix))]
pub(crate) fn send_slices(socket: &Raw, slices: &[IoSlice<'_>], flags: i32) -> io::Result<usize> {
    const MOST: usize = 64 << 10;

    if slices.iter().map(|slice| slice.len()).sum::<usize>() <= MOST {
        return socket.send_vectored_with_flags(slices, flags);
    }
    let first = slices.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |first| first);
    socket.send_with_flags(&first[..first.len().min(MOST)], flags)
}

/// Reads what a socket has received, without waiting.
#[cfg(unix)]
pub(crate) fn receive_slice(socket: &Raw, buf: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::net::recv(socket, buf, RecvFlags::DONTWAIT)?.1)
}

/// Reads what a socket has received. The socket must be one that never waits: Windows has no flag
/// for that.
#[cfg(not(unix))]
pub(crate) fn receive_slice(mut socket: &Raw, buf: &mut [u8]) -> io::Result<usize> {
    socket.read(buf)
}

/// Ignores that macOS refuses options on a socket that is shut down. No call waits on such a
/// socket, and what it has received can still be read.
pub(crate) fn if_up(timeout: Option<Duration>, set: io::Result<()>) -> io::Result<()> {
    let is_legal = timeout != Some(Duration::ZERO);
    match set {
        Err(e)
            if cfg!(target_vendor = "apple") && is_legal && e.kind() == ErrorKind::InvalidInput =>
        {
            Ok(())
        }
        set => set,
    }
}
