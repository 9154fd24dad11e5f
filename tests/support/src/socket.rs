//! Sockets that fail a test rather than hang it.

use std::net::{TcpListener, TcpStream};
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

/// Both ends of a TCP connection. The second, which plays the peer, sends small pieces at once.
pub fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let far = listener.accept().unwrap().0;
    far.set_nodelay(true).unwrap();
    (near, far)
}
