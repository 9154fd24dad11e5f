//! A server at a path, and the file there.
//!
//! The file outlives the socket: a server that was killed leaves it behind. So one that nobody
//! listens at is replaced, and a server that ends takes its own away, each in its `turn`.

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

/// A listening Unix socket; its file is removed when it is dropped.
#[derive(Debug)]
pub(crate) struct UnixListener {
    // Goes first: as long as the socket is there, no other file has this one's number.
    file: File,
    socket: Socket,
    /// Two ends: what ends one shows at the other, and needs neither a path nor the system's help.
    waker: UnixStream,
    woken: UnixStream,
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
        // `accept` waits elsewhere.
        socket.set_nonblocking(true)?;
        let (waker, woken) = UnixStream::pair()?;
        // Until it listens, it looks stale.
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

    /// Where it listens.
    pub(crate) fn path(&self) -> &Path {
        &self.file.path
    }

    /// Waits for a client, or until it is woken: then it is `InvalidInput`.
    pub(crate) fn accept(&self) -> io::Result<Socket> {
        loop {
            let mut ready = [self.socket.as_fd(), self.woken.as_fd()]
                .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN));
            poll(&mut ready, None)?;
            if !ready[1].revents().is_empty() {
                return Err(io::Error::new(ErrorKind::InvalidInput, "it accepts nobody any more"));
            }
            match self.socket.accept() {
                // Some systems forget a client that hung up meanwhile.
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                Err(e) => return Err(e),
                Ok((socket, _)) => return Ok(socket),
            }
        }
    }

    /// Makes a blocked `accept` return, now and ever after, wherever its file is.
    pub(crate) fn wake(&self) -> io::Result<()> {
        self.waker.shutdown(Shutdown::Both)
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
    /// Returns `true` if it is still there, and no other in its place.
    fn is_there(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok_and(|there| inode(&there) == self.inode)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // Whoever may not remove it, or has no turn, leaves it to the next server.
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
