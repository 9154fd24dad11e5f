//! Systems without Unix sockets: opening one fails, so no other function is ever called.

use std::io::{self, ErrorKind};
use std::path::Path;

use socket2::Socket;

use crate::io::Deadline;

pub(crate) fn connect(path: &Path, _: Deadline) -> io::Result<Socket> {
    Err(unsupported(path))
}

/// Has no values.
#[derive(Debug)]
pub(crate) enum UnixListener {}

impl UnixListener {
    pub(crate) fn bind(path: &Path, _: i32) -> io::Result<Self> {
        Err(unsupported(path))
    }

    pub(crate) fn path(&self) -> &Path {
        match *self {}
    }

    pub(crate) fn accept(&self) -> io::Result<Socket> {
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
