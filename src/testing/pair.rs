//! [`pair`]: two ends of a connection that never leaves the process.

use super::pipe::Pipe;
use crate::net::websocket::WebSocket;
use crate::proto::role::Role;

/// What each direction of a [`pair`] holds before a write waits.
const CAPACITY: usize = 64 << 10;

/// Opens a connection in memory and returns the client's end and the server's.
///
/// Both have a deadline of five seconds for closing. They may be used from different threads. One
/// thread can use both as long as what was sent and not yet received, with up to 14 bytes of header
/// for each message, fits into the 64 KiB that a pipe holds; and as `close` waits for the other
/// end, it needs another thread there, or [`Sender::close`](crate::Sender::close).
///
/// ```
/// let (mut client, mut server) = blocking_ws::testing::pair();
/// client.send("ping")?;
/// assert_eq!(server.recv()?, Some("ping".into()));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[must_use]
pub fn pair() -> (WebSocket<Pipe>, WebSocket<Pipe>) {
    let (client, server) = Pipe::new(CAPACITY);
    (end(client, Role::Client), end(server, Role::Server))
}

fn end(stream: Pipe, role: Role) -> WebSocket<Pipe> {
    let mut websocket = WebSocket::from_parts(stream, role, Vec::new());
    websocket.set_close_timeout(std::time::Duration::from_secs(5));
    websocket
}
