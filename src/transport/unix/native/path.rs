//! The path that names a socket.

use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use socket2::SockAddr;

/// Makes a path an address of the system's.
///
/// An empty path and a NUL mean something else to the system: a name of its own choice, one without
/// a file, or an end before the end.
pub(super) fn address(path: &Path) -> io::Result<SockAddr> {
    let bytes = path.as_os_str().as_bytes();
    if bytes.is_empty() || bytes.contains(&0) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "no path that a file can have"));
    }
    SockAddr::unix(path)
}

/// Device and number of a file, by which a later one at the same path is told from it.
pub(super) fn inode(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Says which path an error is about.
pub(super) fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
