//! What a stream must offer so that one thread can read while another writes.
//!
//! Only the trait and its implementations for the standard library's sockets are here; TLS and
//! the in-memory pipe implement it where they are defined.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

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
    /// # Errors
    /// The duration is zero, or the stream is no longer usable.
    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()>;

    /// Shuts down one or both directions for all handles; a call that is blocked returns.
    ///
    /// # Errors
    /// The stream is not connected any more.
    fn shutdown(&self, how: Shutdown) -> io::Result<()>;
}

/// The methods of `Duplex` exist on std's sockets by the same names.
macro_rules! duplex_by_name {
    ($socket:ty) => {
        impl Duplex for $socket {
            fn try_clone(&self) -> io::Result<Self> {
                self.try_clone()
            }

            fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
                self.set_read_timeout(timeout)
            }

            fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
                self.set_write_timeout(timeout)
            }

            fn shutdown(&self, how: Shutdown) -> io::Result<()> {
                self.shutdown(how)
            }
        }
    };
}

duplex_by_name!(TcpStream);
#[cfg(unix)]
duplex_by_name!(std::os::unix::net::UnixStream);

/// The methods of [`Duplex`] for a stream that is known to have them.
///
/// A `WebSocket` works over any `Read + Write`; what it can do beyond that is looked up here, so
/// that one implementation serves both kinds of streams.
pub(crate) struct Controls<S> {
    pub(crate) set_read_timeout: fn(&S, Option<Duration>) -> io::Result<()>,
    pub(crate) set_write_timeout: fn(&S, Option<Duration>) -> io::Result<()>,
    pub(crate) shutdown: fn(&S, Shutdown) -> io::Result<()>,
}

impl<S: Duplex> Controls<S> {
    pub(crate) fn new() -> Self {
        Self {
            set_read_timeout: S::set_read_timeout,
            set_write_timeout: S::set_write_timeout,
            shutdown: S::shutdown,
        }
    }
}

// Derived, these would ask for `S: Clone`.
impl<S> Clone for Controls<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Controls<S> {}
