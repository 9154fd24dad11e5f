//! Unix sockets where there are none: opening one fails, so nothing else is ever called.

use std::io::{self, ErrorKind, IoSlice};
use std::net::Shutdown;
use std::path::Path;
use std::time::Duration;

use crate::net::deadline::Deadline;

/// There is none.
#[derive(Debug)]
pub(crate) enum UnixSocket {}

impl UnixSocket {
    pub(crate) fn connect(path: &Path, _: Deadline) -> io::Result<Self> {
        Err(unsupported(path))
    }

    pub(crate) fn read(&self, _: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }

    pub(crate) fn write(&self, _: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    pub(crate) fn write_vectored(&self, _: &[IoSlice<'_>]) -> io::Result<usize> {
        match *self {}
    }

    pub(crate) fn set_read_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn set_write_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn shutdown(&self, _: Shutdown) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn try_write(&self, _: &[u8]) -> io::Result<usize> {
        match *self {}
    }
}

/// There is none.
#[derive(Debug)]
pub(crate) enum UnixListener {}

impl UnixListener {
    pub(crate) fn bind(path: &Path, _: i32) -> io::Result<Self> {
        Err(unsupported(path))
    }

    pub(crate) fn path(&self) -> &Path {
        match *self {}
    }

    pub(crate) fn accept(&self) -> io::Result<UnixSocket> {
        match *self {}
    }

    pub(crate) fn wake(&self) -> io::Result<()> {
        match *self {}
    }
}

fn unsupported(path: &Path) -> io::Error {
    let text = format!("{}: Unix sockets are not supported on this system", path.display());
    io::Error::new(ErrorKind::Unsupported, text)
}
