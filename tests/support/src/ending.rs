//! A connection in memory, its scripted peer, and what is left when it is over.

use std::time::Duration;

use blocking_ws::testing::Pipe;
use blocking_ws::{ClosedBy, Role, Stream, WebSocket};

use crate::wire::Peer;

pub const CLOSE: u8 = 0x88;
pub const ROLES: [Role; 2] = [Role::Client, Role::Server];

/// A connection and its peer.
pub fn open(role: Role) -> (WebSocket, Peer<Pipe>) {
    let (near, far) = Pipe::new(64 << 10);
    let near = Stream::new(near).unwrap();
    let mut ws = WebSocket::from_parts(near, role, Vec::new());
    ws.set_close_timeout(Duration::from_secs(5));
    (ws, Peer::of(role, far))
}

/// The payload of a Close frame; 0 stands for none.
pub fn close(code: u16, reason: &str) -> Vec<u8> {
    match code {
        0 => Vec::new(),
        code => [&code.to_be_bytes()[..], reason.as_bytes()].concat(),
    }
}

/// Who ended it, with what number, and whether in order.
pub fn status(ws: &WebSocket) -> (ClosedBy, u16, bool) {
    let status = ws.close_status().expect("it is closed");
    (status.by(), status.code().into(), status.is_clean())
}

/// What holds for every connection that is over, however it ended.
#[track_caller]
pub fn is_over(ws: &mut WebSocket, rule: &str) {
    let status = ws.close_status().cloned();
    assert_eq!(ws.recv().unwrap(), None, "{rule}: None stays");
    assert_eq!(ws.try_recv().unwrap(), None, "{rule}: None stays");
    assert_eq!(ws.recv_event().unwrap(), None, "{rule}: None stays");
    assert!(ws.send("late").is_err(), "{rule}: nothing can be sent");
    assert!(ws.sender().unwrap().feed("late").is_err(), "{rule}: nothing can be fed");
    ws.close(4999, "late").unwrap();
    assert_eq!(ws.close_status().cloned(), status, "{rule}: the status stays");
}
