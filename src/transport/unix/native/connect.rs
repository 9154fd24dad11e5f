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

/// If the server's queue is full, Linux waits for room, and the timeout is that of a write. A
/// socket that does not wait would fail at once and would never learn that there is room again.
/// Other systems refuse the connection.
fn try_connect(path: &Path, deadline: Deadline) -> io::Result<Socket> {
    let address = address(path)?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    loop {
        let remaining = deadline.remaining()?;
        // A timeout below a microsecond would become none.
        socket.set_write_timeout(remaining.map(|remaining| remaining.max(SHORTEST)))?;
        match socket.connect(&address) {
            Ok(()) => return Ok(socket),
            // No attempt is under way that would go on by itself.
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            // The deadline has passed or is about to pass, which the next turn of the loop finds.
            Err(e) if remaining.is_some() && is_timeout(&e) => {}
            Err(e) => return Err(e),
        }
    }
}
