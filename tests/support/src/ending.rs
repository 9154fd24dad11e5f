//! What is left of a connection when it is over.

use blocking_ws::{ClosedBy, Role, WebSocket};

pub const ROLES: [Role; 2] = [Role::Client, Role::Server];

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
