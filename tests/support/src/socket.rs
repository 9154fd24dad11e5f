//! Sockets that fail a test rather than hang it.

use std::net::TcpStream;
use std::time::Duration;

/// The longest a peer waits before its test has failed.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Bounds every read and write, and sends small pieces at once.
pub fn patient(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}
