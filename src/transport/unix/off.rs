//! Systems without Unix sockets: opening one fails, so a file of one never exists.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, UdpSocket};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags};
use socket2::{SockAddr, Socket};

use crate::io::Deadline;

pub(crate) fn connect(path: &Path, _: Deadline) -> io::Result<Socket> {
    Err(unsupported(path))
}

pub(crate) fn listen(path: &Path, _: i32) -> io::Result<(Socket, SocketFile)> {
    Err(unsupported(path))
}

pub(crate) fn path_of(_: &SockAddr) -> PathBuf {
    PathBuf::new()
}

/// Has no values.
#[derive(Debug)]
pub(crate) enum SocketFile {}

impl SocketFile {
    pub(crate) fn path(&self) -> &Path {
        match *self {}
    }
}

/// Ends a `poll` of another thread: a socket that is connected to itself, so only it can send to
/// it.
#[derive(Debug)]
pub(crate) struct Waker(UdpSocket);

impl Waker {
    pub(crate) fn new() -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(socket.local_addr()?)?;
        Ok(Self(socket))
    }

    /// Returns what `poll` waits for.
    pub(crate) fn poll_fd(&self) -> PollFd<'_> {
        PollFd::new(&self.0, PollFlags::IN)
    }

    /// Makes a `poll` that waits return. No thread reads the byte, so all later calls return too.
    pub(crate) fn wake(&self) -> io::Result<()> {
        self.0.send(&[0]).map(drop)
    }
}

fn unsupported(path: &Path) -> io::Error {
    let text = format!(
        "{}: Unix sockets are not supported on this system; use an IP address and a port",
        path.display()
    );
    io::Error::new(ErrorKind::Unsupported, text)
}
