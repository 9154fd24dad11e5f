//! One connection over a Unix socket.

use std::io::{self, ErrorKind, IoSlice, Read};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use super::path::{address, named};
use crate::net::deadline::{Deadline, SHORTEST, is_timeout};
use crate::net::duplex::{self, NO_SIGNAL};

/// A connected Unix socket.
#[derive(Debug)]
pub(crate) struct UnixSocket(UnixStream);

impl UnixSocket {
    pub(super) fn new(socket: Socket) -> Self {
        Self(OwnedFd::from(socket).into())
    }

    /// Connects to the server at a path.
    pub(crate) fn connect(path: &Path, deadline: Deadline) -> io::Result<Self> {
        connect(path, deadline).map_err(|e| named(path, &e))
    }

    pub(crate) fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        (&self.0).read(buf)
    }

    /// Without SIGPIPE, which std's own write could raise for long where it is not ignored.
    pub(crate) fn write(&self, buf: &[u8]) -> io::Result<usize> {
        SockRef::from(&self.0).send_with_flags(buf, NO_SIGNAL)
    }

    pub(crate) fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        SockRef::from(&self.0).send_vectored_with_flags(bufs, NO_SIGNAL)
    }

    pub(crate) fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.set_read_timeout(timeout)
    }

    pub(crate) fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.set_write_timeout(timeout)
    }

    pub(crate) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.0.shutdown(how)
    }

    pub(crate) fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        duplex::try_write(&self.0, buf)
    }
}

/// Where a server's queue is full, Linux waits for room as a write does, and by a write's timeout; a
/// socket that does not wait would be told so at once, and never when there is room again. Other
/// systems refuse.
fn connect(path: &Path, deadline: Deadline) -> io::Result<UnixSocket> {
    let address = address(path)?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    loop {
        let remaining = deadline.remaining()?;
        // Less than a microsecond would be for ever.
        socket.set_write_timeout(remaining.map(|remaining| remaining.max(SHORTEST)))?;
        match socket.connect(&address) {
            Ok(()) => return Ok(UnixSocket::new(socket)),
            // Nothing has begun that would go on by itself.
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            // The deadline has passed, or will have in a moment.
            Err(e) if remaining.is_some() && is_timeout(&e) => {}
            Err(e) => return Err(e),
        }
    }
}
