//! A server at a path, and the file there.
//!
//! The file outlives the socket: a server that was killed leaves it behind. So a server replaces a
//! file at which no server listens, and removes its own file when it ends. It does both while it
//! holds a `BindLock`.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, poll};
use socket2::{Domain, SockAddr, Socket, Type};

use super::bind_lock::BindLock;
use super::path::{address, inode, named};

/// A listening Unix socket. Dropping it removes its file.
#[derive(Debug)]
pub(crate) struct UnixListener {
    // Dropped first: as long as the socket is open, no other file has the same inode.
    file: File,
    socket: Socket,
    /// A pair: shutting down `waker` shows at `woken`, and needs neither a path nor the system's
    /// help.
    waker: UnixStream,
    woken: UnixStream,
}

/// The file of a socket.
#[derive(Debug)]
struct File {
    /// An absolute path, because the program's working directory may change before the file is
    /// removed.
    path: PathBuf,
    inode: (u64, u64),
}

impl UnixListener {
    /// Listens at a path unless another server listens there.
    pub(crate) fn bind(path: &Path, backlog: i32) -> io::Result<Self> {
        Self::take(path, backlog).map_err(|e| named(path, &e))
    }

    fn take(path: &Path, backlog: i32) -> io::Result<Self> {
        let address = address(path)?;
        let from_root = std::path::absolute(path)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        // `poll` waits, not `accept`.
        socket.set_nonblocking(true)?;
        let (waker, woken) = UnixStream::pair()?;
        // Until `listen` has been called, another server takes the file for a stale one.
        let _turn = BindLock::at(path)?;
        match socket.bind(&address) {
            Err(e) if e.kind() == ErrorKind::AddrInUse => {
                remove_stale(path, &address)?;
                socket.bind(&address)?;
            }
            bound => bound?,
        }
        socket.listen(backlog)?;
        let inode = inode(&fs::symlink_metadata(path)?);
        Ok(Self { file: File { path: from_root, inode }, socket, waker, woken })
    }

    /// Returns the path at which it listens.
    pub(crate) fn path(&self) -> &Path {
        &self.file.path
    }

    /// Waits for a client. Returns `InvalidInput` once the socket has been woken.
    pub(crate) fn accept(&self) -> io::Result<Socket> {
        loop {
            let mut ready = [self.socket.as_fd(), self.woken.as_fd()]
                .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN));
            poll(&mut ready, None)?;
            if !ready[1].revents().is_empty() {
                return Err(io::Error::new(
                    ErrorKind::InvalidInput,
                    "it no longer accepts connections",
                ));
            }
            match self.socket.accept() {
                // Some systems drop a client that hung up meanwhile.
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                Err(e) => return Err(e),
                Ok((socket, _)) => return Ok(socket),
            }
        }
    }

    /// Makes a blocked `accept` return, and all later calls, even if the file has been moved or
    /// removed.
    pub(crate) fn wake(&self) -> io::Result<()> {
        self.waker.shutdown(Shutdown::Both)
    }
}

/// Removes the file of a server that has ended. The caller holds the `BindLock`.
fn remove_stale(path: &Path, address: &SockAddr) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        let text = "there is a file that is no socket";
        return Err(io::Error::new(ErrorKind::AlreadyExists, text));
    }
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // Otherwise it would wait for a server with a full queue.
    probe.set_nonblocking(true)?;
    match probe.connect(address) {
        Err(e) if e.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) if e.kind() == ErrorKind::PermissionDenied => Err(e),
        _ => Err(io::Error::new(ErrorKind::AddrInUse, "a server listens there already")),
    }
}

impl File {
    /// Returns `true` if the file at the path is still this one.
    fn is_there(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok_and(|there| inode(&there) == self.inode)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // If the lock or the removal fails, the next server replaces the file.
        if let Ok(_turn) = BindLock::at(&self.path) {
            if self.is_there() {
                let _ = fs::remove_file(&self.path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn place(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("ws-file-{name}-{}", std::process::id()))
    }

    #[test]
    fn only_in_its_turn_a_server_removes_its_file() {
        let path = place("turn");
        let server = UnixListener::bind(&path, 1).unwrap();
        let turn = BindLock::at(&path).unwrap();
        drop(server);
        assert!(path.exists());
        drop(turn);
        drop(UnixListener::bind(&path, 1).unwrap());
        assert!(!path.exists());
    }

    #[test]
    fn it_is_woken_wherever_its_file_is() {
        let path = place("woken");
        let server = UnixListener::bind(&path, 1).unwrap();
        let client = UnixStream::connect(&path).unwrap();
        let accepted = server.accept().unwrap();
        fs::remove_file(&path).unwrap();
        std::thread::scope(|scope| {
            let accepts = scope.spawn(|| server.accept());
            server.wake().unwrap();
            assert_eq!(accepts.join().unwrap().unwrap_err().kind(), ErrorKind::InvalidInput);
        });
        assert_eq!(server.accept().unwrap_err().kind(), ErrorKind::InvalidInput, "ever after");
        drop(client);
        assert_eq!((&accepted).read(&mut [0]).unwrap(), 0);
    }
}
