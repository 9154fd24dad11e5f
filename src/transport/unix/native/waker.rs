//! Ends a `poll` of another thread.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags};

/// A pair of sockets: shutting down one shows at the other. It needs no network and no path.
#[derive(Debug)]
pub(crate) struct Waker {
    waker: UnixStream,
    woken: UnixStream,
}

impl Waker {
    pub(crate) fn new() -> io::Result<Self> {
        let (waker, woken) = UnixStream::pair()?;
        Ok(Self { waker, woken })
    }

    /// Returns what `poll` waits for.
    pub(crate) fn poll_fd(&self) -> PollFd<'_> {
        PollFd::new(&self.woken, PollFlags::IN)
    }

    /// Makes a `poll` that waits return, and all later calls.
    pub(crate) fn wake(&self) -> io::Result<()> {
        self.waker.shutdown(Shutdown::Both)
    }
}
