//! A server at a path, and the file there.
//!
//! The file outlives the socket: a server that was killed leaves it behind. So one that nobody
//! listens at is replaced, and a server that ends takes its own away, each in its `turn`.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};

use super::path::{address, inode, named};
use super::socket::UnixSocket;
use super::turn::Turn;

/// A listening Unix socket; its file is removed when it is dropped.
#[derive(Debug)]
pub(crate) struct UnixListener {
    // Goes first: as long as the socket is there, no other file has this one's number.
    file: File,
    socket: Socket,
}

/// The file of a socket.
#[derive(Debug)]
struct File {
    /// From the root: the program may work elsewhere when it is removed.
    path: PathBuf,
    inode: (u64, u64),
}

impl UnixListener {
    /// Listens at a path, where nobody else does.
    pub(crate) fn bind(path: &Path, backlog: i32) -> io::Result<Self> {
        Self::take(path, backlog).map_err(|e| named(path, &e))
    }

    fn take(path: &Path, backlog: i32) -> io::Result<Self> {
        let address = address(path)?;
        let from_root = std::path::absolute(path)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        // Until it listens, it looks stale.
        let _turn = Turn::at(path)?;
        match socket.bind(&address) {
            Err(e) if e.kind() == ErrorKind::AddrInUse => {
                remove_stale(path, &address)?;
                socket.bind(&address)?;
            }
            bound => bound?,
        }
        socket.listen(backlog)?;
        let inode = inode(&fs::symlink_metadata(path)?);
        Ok(Self { file: File { path: from_root, inode }, socket })
    }

    /// Where it listens.
    pub(crate) fn path(&self) -> &Path {
        &self.file.path
    }

    pub(crate) fn accept(&self) -> io::Result<UnixSocket> {
        self.socket.accept().map(|(socket, _)| UnixSocket::new(socket))
    }

    /// Makes a blocked `accept` return, now and ever after.
    #[cfg(target_os = "linux")]
    pub(crate) fn wake(&self) -> io::Result<()> {
        self.socket.shutdown(std::net::Shutdown::Both)
    }

    /// Makes a blocked `accept` return once, with a connection from here.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn wake(&self) -> io::Result<()> {
        use std::time::Duration;

        use crate::net::deadline::Deadline;

        if !self.file.is_there() {
            return Err(io::Error::new(ErrorKind::NotFound, "its file is gone"));
        }
        let deadline = Deadline::after(Some(Duration::from_secs(1)));
        UnixSocket::connect(&self.file.path, deadline).map(drop)
    }
}

/// Removes the file of a server that is gone, in our turn.
fn remove_stale(path: &Path, address: &SockAddr) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        let text = "there is a file that is no socket";
        return Err(io::Error::new(ErrorKind::AlreadyExists, text));
    }
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // A server with a full queue would let it wait.
    probe.set_nonblocking(true)?;
    match probe.connect(address) {
        Err(e) if e.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) if e.kind() == ErrorKind::PermissionDenied => Err(e),
        _ => Err(io::Error::new(ErrorKind::AddrInUse, "a server listens there already")),
    }
}

impl File {
    /// Tells whether it is still there, and no other in its place.
    fn is_there(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok_and(|there| inode(&there) == self.inode)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // Whoever may not remove it, or has no turn, leaves it to the next server.
        if let Ok(_turn) = Turn::at(&self.path) {
            if self.is_there() {
                let _ = fs::remove_file(&self.path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("ws-file-{name}-{}", std::process::id()))
    }

    #[test]
    fn only_in_its_turn_a_server_removes_its_file() {
        let path = place("turn");
        let server = UnixListener::bind(&path, 1).unwrap();
        let turn = Turn::at(&path).unwrap();
        drop(server);
        assert!(path.exists());
        drop(turn);
        drop(UnixListener::bind(&path, 1).unwrap());
        assert!(!path.exists());
    }
}
