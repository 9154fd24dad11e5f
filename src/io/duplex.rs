//! What a stream must offer so that one thread can read while another writes.
//!
//! Only the trait and its implementations for the standard library's sockets are here; TLS and
//! the in-memory pipe implement it where they are defined.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

#[cfg(unix)]
use rustix::event::{PollFd, PollFlags, Timespec, poll};
#[cfg(unix)]
use socket2::SockRef;
use socket2::Socket as Raw;

/// A stream that can be read and written at the same time, through two handles.
///
/// The methods mean what they mean on [`TcpStream`]. Reading through one handle must never delay
/// writing through another. A [`WebSocket`](crate::WebSocket) over a `Duplex` stream can be shared
/// between threads with [`sender`](crate::WebSocket::sender) and knows timeouts and deadlines.
pub trait Duplex: Read + Write + Sized {
    /// Opens another handle to the same stream.
    ///
    /// # Errors
    /// The system has no handle left to give.
    fn try_clone(&self) -> io::Result<Self>;

    /// Bounds every single read of all handles, or lifts the bound with `None`.
    ///
    /// # Errors
    /// The duration is zero, or the stream is no longer usable.
    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()>;

    /// Bounds every single write of all handles, or lifts the bound with `None`.
    ///
    /// On Windows a write of std's sockets that ran into it may have sent a part, and nobody knows how
    /// much: nothing should follow.
    ///
    /// # Errors
    /// The duration is zero, or the stream is no longer usable.
    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()>;

    /// Shuts down one or both directions for all handles; a call that is blocked returns.
    ///
    /// # Errors
    /// The stream is not connected any more.
    fn shutdown(&self, how: Shutdown) -> io::Result<()>;

    /// Writes some of `slices`, as [`Write::write_vectored`] does, and raises no signal.
    ///
    /// A write of std's to a socket that the peer has left can raise SIGPIPE, which ends a program
    /// that has this signal at its default. A stream that wraps a socket should hand this on to it.
    /// The provided method writes as [`Write`] has it.
    ///
    /// # Errors
    /// As [`Write::write`]: `BrokenPipe` where the peer is gone.
    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match slices {
            // A plain write costs the system less.
            [only] => self.write(only),
            several => self.write_vectored(several),
        }
    }

    /// Takes as much of `buf` as there is room for, without waiting.
    ///
    /// What is taken may still lie in the stream, as TLS records do, until
    /// [`try_flush`](Self::try_flush) or any later write has sent it. An empty `buf` only tells
    /// whether the stream can do this at all.
    ///
    /// # Errors
    /// `WouldBlock` where there is no room, or another handle is writing. `Unsupported` where the
    /// stream cannot write without waiting: so it is unless this method is defined, and for std's
    /// sockets on Windows, though not for those of a [`Server`](crate::Server) or
    /// [`Client`](crate::Client). A [`Hub`](crate::Hub) gives such a stream a thread while it has
    /// something to send.
    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let _ = buf;
        Err(ErrorKind::Unsupported.into())
    }

    /// Sends what [`try_write`](Self::try_write) has taken, without waiting.
    ///
    /// # Errors
    /// `WouldBlock` where some of it is left.
    fn try_flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Returns when bytes last arrived of which nothing can be read yet, such as of a TLS record
    /// that is not whole.
    ///
    /// They are a sign that the peer lives where a read has timed out. `None` where there were none,
    /// and by default: for a stream that hands on every byte at once. What was returned once may
    /// still be returned after the bytes were read.
    fn last_received(&self) -> Option<Instant> {
        None
    }
}

/// The methods of `Duplex` exist on std's sockets by the same names, but for those that write.
macro_rules! duplex_by_name {
    ($socket:ty) => {
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
                send_quietly(&SockRef::from(&*self), slices, 0)
            }

            #[cfg(unix)]
            fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
                send_at_once(&SockRef::from(&*self), buf)
            }
        }
    };
}

duplex_by_name!(TcpStream);
#[cfg(unix)]
duplex_by_name!(std::os::unix::net::UnixStream);

/// Writes to a socket that somebody else has opened.
#[cfg(unix)]
fn send_quietly(socket: &Raw, slices: &[IoSlice<'_>], flags: i32) -> io::Result<usize> {
    // Nobody knows whether this one has it. One that is down takes no option.
    #[cfg(target_vendor = "apple")]
    socket.set_nosigpipe(true).map_err(|e| io::Error::new(ErrorKind::BrokenPipe, e))?;
    send_slices(socket, slices, flags | NO_SIGNAL)
}

/// Writes to a socket without waiting, whatever its own mode is.
///
/// Only Linux heeds the flag for it on every kind of socket. Where it may not be heeded, no more is
/// written than there must be room for.
#[cfg(unix)]
fn send_at_once(socket: &Raw, mut buf: &[u8]) -> io::Result<usize> {
    if buf.is_empty() {
        return Ok(0);
    }
    if cfg!(not(any(target_os = "linux", target_os = "android"))) {
        let mut ready = [PollFd::new(socket, PollFlags::OUT)];
        if poll(&mut ready, Some(&Timespec::default()))? == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        buf = &buf[..buf.len().min(LOW_WATER)];
    }
    send_quietly(socket, &[IoSlice::new(buf)], NO_WAIT)
}

/// With less room than this, no system says that there is any.
#[cfg(unix)]
const LOW_WATER: usize = 2 << 10;

/// So that a socket whose peer is gone is an error even where SIGPIPE is not ignored.
#[cfg(all(unix, not(target_vendor = "apple")))]
pub(crate) const NO_SIGNAL: i32 = libc::MSG_NOSIGNAL;
/// Apple's systems have an option of the socket for it, and Windows no such signal.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
pub(crate) const NO_SIGNAL: i32 = 0;

/// So that a write takes what there is room for.
#[cfg(unix)]
pub(crate) const NO_WAIT: i32 = libc::MSG_DONTWAIT;
/// Windows knows no single call that does not wait, only sockets that never do.
#[cfg(not(unix))]
pub(crate) const NO_WAIT: i32 = 0;

/// Writes to a socket: the only function that does.
#[cfg(unix)]
pub(crate) fn send_slices(socket: &Raw, slices: &[IoSlice<'_>], flags: i32) -> io::Result<usize> {
    match slices {
        // A plain write costs the system less.
        [only] => socket.send_with_flags(only, flags),
        several => socket.send_vectored_with_flags(several, flags),
    }
}

/// Writes to a socket: the only function that does.
///
/// Windows takes all it is given where there is any room, however much that is, so it is given less.
#[cfg(not(unix))]
pub(crate) fn send_slices(socket: &Raw, slices: &[IoSlice<'_>], flags: i32) -> io::Result<usize> {
    const MOST: usize = 64 << 10;

    if slices.iter().map(|slice| slice.len()).sum::<usize>() <= MOST {
        return socket.send_vectored_with_flags(slices, flags);
    }
    let first = slices.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |first| first);
    socket.send_with_flags(&first[..first.len().min(MOST)], flags)
}

/// Takes it for no failure that macOS has no options on a socket that is down: nothing waits on such a
/// socket, and what lies there can still be read.
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

/// The methods of [`Duplex`] for a stream that is known to have them.
///
/// A `WebSocket` works over any `Read + Write`; what it can do beyond that is looked up here, so
/// that one implementation serves both kinds of streams.
///
/// It is handed on with each write, so it is one pointer, to what makes the table.
pub(crate) struct Controls<S>(fn() -> Table<S>);

struct Table<S> {
    set_read_timeout: fn(&S, Option<Duration>) -> io::Result<()>,
    set_write_timeout: fn(&S, Option<Duration>) -> io::Result<()>,
    shutdown: fn(&S, Shutdown) -> io::Result<()>,
    write_slices: fn(&mut S, &[IoSlice<'_>]) -> io::Result<usize>,
    try_write: fn(&mut S, &[u8]) -> io::Result<usize>,
    try_flush: fn(&mut S) -> io::Result<()>,
    last_received: fn(&S) -> Option<Instant>,
}

impl<S: Duplex> Controls<S> {
    pub(crate) fn new() -> Self {
        Self(|| Table {
            set_read_timeout: S::set_read_timeout,
            set_write_timeout: S::set_write_timeout,
            shutdown: S::shutdown,
            write_slices: S::write_slices,
            try_write: S::try_write,
            try_flush: S::try_flush,
            last_received: S::last_received,
        })
    }
}

impl<S> Controls<S> {
    pub(crate) fn set_read_timeout(self, stream: &S, time: Option<Duration>) -> io::Result<()> {
        ((self.0)().set_read_timeout)(stream, time)
    }

    pub(crate) fn set_write_timeout(self, stream: &S, time: Option<Duration>) -> io::Result<()> {
        ((self.0)().set_write_timeout)(stream, time)
    }

    pub(crate) fn shutdown(self, stream: &S, how: Shutdown) -> io::Result<()> {
        ((self.0)().shutdown)(stream, how)
    }

    pub(crate) fn write_slices(self, stream: &mut S, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        ((self.0)().write_slices)(stream, slices)
    }

    pub(crate) fn try_write(self, stream: &mut S, buf: &[u8]) -> io::Result<usize> {
        ((self.0)().try_write)(stream, buf)
    }

    pub(crate) fn try_flush(self, stream: &mut S) -> io::Result<()> {
        ((self.0)().try_flush)(stream)
    }

    pub(crate) fn last_received(self, stream: &S) -> Option<Instant> {
        ((self.0)().last_received)(stream)
    }
}

// Derived, these would ask for `S: Clone`.
impl<S> Clone for Controls<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Controls<S> {}

impl<S> fmt::Debug for Controls<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controls").finish_non_exhaustive()
    }
}
