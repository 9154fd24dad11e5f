//! The timeouts that servers and clients have in common. `driver` and `close` apply them, and the
//! outbox applies the write timeout.

use std::time::Duration;

use super::websocket::WebSocket;
use crate::error::{Error, Result};
use crate::transport::Stream;

/// The timeouts of a server's or client's connections. `None` means no limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// Until a connection is open.
    pub(crate) opening: Option<Duration>,
    pub(crate) write: Option<Duration>,
    pub(crate) close: Option<Duration>,
    pub(crate) stall: Option<Duration>,
    pub(crate) ping_interval: Option<Duration>,
    pub(crate) pong: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            opening: Some(Duration::from_secs(10)),
            write: Some(Duration::from_secs(30)),
            close: Some(Duration::from_secs(5)),
            stall: Some(Duration::from_secs(30)),
            ping_interval: Some(Duration::from_secs(20)),
            pong: Some(Duration::from_secs(20)),
        }
    }
}

impl Timeouts {
    /// A client does not ping: it may receive only now and then, and most servers ping.
    pub(crate) fn of_client() -> Self {
        Self { ping_interval: None, ..Self::default() }
    }

    /// Refuses zero, which no socket accepts.
    pub(crate) fn check(&self) -> Result<()> {
        let Self { opening, write, close, stall, ping_interval, pong } = *self;
        let all = [opening, write, close, stall, ping_interval, pong];
        if all.contains(&Some(Duration::ZERO)) {
            return Err(Error::Invalid("a timeout cannot be zero; None turns it off"));
        }
        Ok(())
    }

    /// Sets the timeouts of an open connection.
    pub(crate) fn apply(&self, websocket: &mut WebSocket<Stream>) -> Result<()> {
        websocket.set_close_timeout(self.close);
        websocket.set_stall_timeout(self.stall);
        websocket.set_ping_interval(self.ping_interval);
        websocket.set_pong_timeout(self.pong);
        websocket.set_write_timeout(self.write)
    }
}
