//! A server at a path, and the file there.
//!
//! The file outlives the socket: a server that was killed leaves it behind. So a server replaces a
//! file at which no server listens, and removes its own file when it ends. It does both while it
//! holds a `BindLock`.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};

use super::bind_lock::BindLock;
use super::path::{address, inode, named};

/// The file of a listening socket. Dropping it removes the file.
///
/// It is dropped before the socket is: as long as the socket is open, no other file has the same
/// inode.
#[derive(Debug)]
pub(crate) struct SocketFile {
    /// An absolute path, because the program's working directory may change before the file is
    /// removed.
    path: PathBuf,
    inode: (u64, u64),
}

/// Listens at a path unless another server listens there.
pub(crate) fn listen(path: &Path, backlog: i32) -> io::Result<(Socket, SocketFile)> {
    take(path, backlog).map_err(|e| named(path, &e))
}

fn take(path: &Path, backlog: i32) -> io::Result<(Socket, SocketFile)> {
    let address = address(path)?;
    let from_root = std::path::absolute(path)?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // Until `listen` has been called, another server takes the file for a stale one.
    let _turn = BindLock::at(path).map_err(|e| of_folder(&from_root, e))?;
    match socket.bind(&address) {
        Err(e) if e.kind() == ErrorKind::AddrInUse => {
            remove_stale(path, &address)?;
            socket.bind(&address)?;
        }
        bound => bound?,
    }
    socket.listen(backlog)?;
    let inode = inode(&fs::symlink_metadata(path)?);
    Ok((socket, SocketFile { path: from_root, inode }))
}

/// Says what is wrong with the folder of a file that cannot be created.
fn of_folder(path: &Path, error: io::Error) -> io::Error {
    let folder = path.parent().unwrap_or(path).display();
    let text = match error.kind() {
        ErrorKind::NotFound => {
            format!("there is no directory {folder}; create it, or choose another path")
        }
        ErrorKind::NotADirectory => format!("{folder} is no directory; choose another path"),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => format!(
            "this program may not create files in {folder}; give it the right to, or choose \
             another path"
        ),
        _ => return error,
    };
    io::Error::new(error.kind(), text)
}

/// Removes the file of a server that has ended. The caller holds the `BindLock`.
fn remove_stale(path: &Path, address: &SockAddr) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        let text = "there is a file that is no socket; choose another path, or remove the file";
        return Err(io::Error::new(ErrorKind::AlreadyExists, text));
    }
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // Otherwise it would wait for a server with a full queue.
    probe.set_nonblocking(true)?;
    match probe.connect(address) {
        Err(e) if e.kind() == ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(|e| of_folder(path, e))
        }
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) if e.kind() == ErrorKind::PermissionDenied => {
            let text =
                "there is a socket to which this program may not connect; choose another path";
            Err(io::Error::new(e.kind(), text))
        }
        _ => {
            let text = "a server listens there already; stop it, or choose another path";
            Err(io::Error::new(ErrorKind::AddrInUse, text))
        }
    }
}

impl SocketFile {
    /// Returns the path at which the server listens.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns `true` if the file at the path is still this one.
    fn is_there(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok_and(|there| inode(&there) == self.inode)
    }
}

impl Drop for SocketFile {
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
    use super::*;

    #[test]
    fn only_in_its_turn_a_server_removes_its_file() {
        let name = format!("ws-file-turn-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let (socket, file) = listen(&path, 1).unwrap();
        let turn = BindLock::at(&path).unwrap();
        drop((file, socket));
        assert!(path.exists());
        drop(turn);
        let (_socket, file) = listen(&path, 1).unwrap();
        drop(file);
        assert!(!path.exists());
    }
}
