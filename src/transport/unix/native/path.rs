//! The path that names a socket.

use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::mem::offset_of;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use socket2::SockAddr;

/// The longest path that an address has room for; a NUL follows it.
const LONGEST: usize = size_of::<libc::sockaddr_un>() - offset_of!(libc::sockaddr_un, sun_path) - 1;

/// Makes a path an address of the system.
///
/// An empty path and a NUL are refused, because the system takes them for a name of its own choice,
/// a name without a file, or the end of the path.
pub(super) fn address(path: &Path) -> io::Result<SockAddr> {
    let bytes = path.as_os_str().as_bytes();
    if bytes.is_empty() || bytes.contains(&0) {
        return Err(no_file());
    }
    if bytes.len() > LONGEST {
        let text = format!(
            "the path of a Unix socket has at most {LONGEST} bytes, and this has {}; choose a \
             shorter path, such as one in /run or /tmp",
            bytes.len()
        );
        return Err(io::Error::new(ErrorKind::InvalidInput, text));
    }
    SockAddr::unix(path)
}

/// Returns the path in an address of the system. A name without a file begins with `@`, as the
/// tools of Linux show it.
pub(crate) fn path_of(address: &SockAddr) -> PathBuf {
    match (address.as_pathname(), address.as_abstract_namespace()) {
        (Some(path), _) => path.to_owned(),
        (None, Some(name)) => format!("@{}", String::from_utf8_lossy(name)).into(),
        (None, None) => PathBuf::new(),
    }
}

/// The device and inode of a file, which a later file at the same path does not share.
pub(super) fn inode(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// The error for a path that cannot be that of a socket.
pub(super) fn no_file() -> io::Error {
    let text = "it is no path of a file; write a path such as /run/chat.sock";
    io::Error::new(ErrorKind::InvalidInput, text)
}

/// Adds the path to an error's text.
pub(super) fn named(path: &Path, error: &io::Error) -> io::Error {
    let shown = if path.as_os_str().is_empty() { Path::new("\"\"") } else { path };
    io::Error::new(error.kind(), format!("{}: {error}", shown.display()))
}
