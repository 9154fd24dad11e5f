//! The other end of a connection, frame by frame: a peer of the kit that no busy machine makes fail.

use std::time::Duration;

use blocking_ws::testing::Peer;
use blocking_ws::{Duplex, Role, WebSocket};

/// Longer than any machine is busy with something else. A test that hangs is ended by `within`.
const PATIENCE: Duration = Duration::from_secs(100);

/// Opcodes (RFC 6455 §5.2).
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// A connection in memory, and its peer.
pub fn open(role: Role) -> (WebSocket, Peer) {
    let (ws, mut peer) = Peer::pair(role);
    peer.within(PATIENCE);
    (ws, peer)
}

/// The peer of a connection whose role is `role`.
pub fn peer_of(role: Role, stream: impl Duplex + Send + 'static) -> Peer {
    let mut peer = Peer::over(stream, opposite(role)).unwrap();
    peer.within(PATIENCE);
    peer
}

/// A client of a server, on a stream that leads there, with more headers in its request.
pub fn upgraded(stream: impl Duplex + Send + 'static, headers: &[(&str, &str)]) -> Peer {
    let mut peer = Peer::connect_over("ws://localhost/", stream, headers).unwrap();
    peer.within(PATIENCE);
    peer
}

pub fn opposite(role: Role) -> Role {
    match role {
        Role::Client => Role::Server,
        Role::Server => Role::Client,
    }
}

/// Reads a Close frame, before which nothing comes, and returns its code.
#[track_caller]
pub fn close_code(peer: &mut Peer) -> u16 {
    let frame = peer.recv_frame().expect("a Close frame before the end");
    assert_eq!(frame.opcode, CLOSE, "{frame:?}");
    u16::from_be_bytes([frame.payload[0], frame.payload[1]])
}
