//! The path that names a socket.

use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use socket2::SockAddr;

/// Makes a path an address of the system.
///
/// An empty path and a NUL are refused, because the system takes them for a name of its own choice,
/// a name without a file, or the end of the path.
pub(super) fn address(path: &Path) -> io::Result<SockAddr> {
    let bytes = path.as_os_str().as_bytes();
    if bytes.is_empty() || bytes.contains(&0) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is no path of a file"));
    }
    SockAddr::unix(path)
}

/// The device and inode of a file, which a later file at the same path does not share.
pub(super) fn inode(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Adds the path to an error's text.
pub(super) fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
