//! Calls that wait for a peer which is silent and does not read, each for `MILLIS` milliseconds.

use std::time::Duration;

use blocking_ws::{Duplex, Error, WebSocket};

/// More than the buffers of a socket take.
pub const ENDLESS: usize = 16 << 20;

/// Such a call, and the error with which it ends.
pub type Call<S> = fn(&mut WebSocket<S>) -> Error;

pub fn waits<S: Duplex, const MILLIS: u64>() -> [(&'static str, Call<S>); 6] {
    [
        ("recv_timeout", |ws| ws.recv_timeout(Duration::from_millis(MILLIS)).unwrap_err()),
        ("read timeout", |ws| {
            ws.set_read_timeout(Duration::from_millis(MILLIS));
            ws.recv_ref().unwrap_err()
        }),
        ("pong", |ws| {
            ws.set_ping_interval(Duration::from_millis(MILLIS / 2));
            ws.set_pong_timeout(Duration::from_millis(MILLIS / 2));
            ws.recv().unwrap_err()
        }),
        ("close", |ws| {
            ws.set_close_timeout(Duration::from_millis(MILLIS));
            ws.close(1000, "").unwrap_err()
        }),
        ("another thread's close", |ws| {
            ws.set_close_timeout(Duration::from_millis(MILLIS));
            ws.sender().unwrap().close(1000, "").unwrap();
            ws.recv().unwrap_err()
        }),
        ("send", |ws| {
            ws.set_write_timeout(Duration::from_millis(MILLIS)).unwrap();
            ws.send(vec![0; ENDLESS]).unwrap_err()
        }),
    ]
}
