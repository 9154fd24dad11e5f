//! Connecting to a Unix socket.

use std::io::{self, ErrorKind};
use std::path::Path;

use socket2::{Domain, Socket, Type};

use super::path::{address, named};
use crate::io::{Deadline, SHORTEST, is_timeout};

/// Connects to the server at a path.
pub(crate) fn connect(path: &Path, deadline: Deadline) -> io::Result<Socket> {
    try_connect(path, deadline).map_err(|e| named(path, &e))
}

/// Where a server's queue is full, Linux waits for room as a write does, and by a write's timeout; a
/// socket that does not wait would be told so at once, and never when there is room again. Other
/// systems refuse.
fn try_connect(path: &Path, deadline: Deadline) -> io::Result<Socket> {
    let address = address(path)?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    loop {
        let remaining = deadline.remaining()?;
        // Less than a microsecond would be for ever.
        socket.set_write_timeout(remaining.map(|remaining| remaining.max(SHORTEST)))?;
        match socket.connect(&address) {
            Ok(()) => return Ok(socket),
            // Nothing has begun that would go on by itself.
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            // The deadline has passed, or will have in a moment.
            Err(e) if remaining.is_some() && is_timeout(&e) => {}
            Err(e) => return Err(e),
        }
    }
}
