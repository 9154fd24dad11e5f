//! The timeouts that servers and clients have in common.

use std::time::Duration;

use super::stream::Stream;
use super::websocket::WebSocket;
use crate::error::{Error, Result};

/// The timeouts of a server's or client's connections; `None` is for ever.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// Until a connection is open.
    pub(crate) opening: Option<Duration>,
    pub(crate) write: Option<Duration>,
    pub(crate) close: Option<Duration>,
    pub(crate) stall: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            opening: Some(Duration::from_secs(10)),
            write: Some(Duration::from_secs(30)),
            close: Some(Duration::from_secs(5)),
            stall: Some(Duration::from_secs(30)),
        }
    }
}

impl Timeouts {
    /// Refuses zero, which no socket takes.
    pub(crate) fn check(&self) -> Result<()> {
        let all = [self.opening, self.write, self.close, self.stall];
        if all.contains(&Some(Duration::ZERO)) {
            return Err(Error::Invalid("a timeout cannot be zero; None turns it off"));
        }
        Ok(())
    }

    /// Sets those of an open connection.
    pub(crate) fn apply(&self, websocket: &mut WebSocket<Stream>) -> Result<()> {
        websocket.set_close_timeout(self.close);
        websocket.set_stall_timeout(self.stall);
        websocket.set_write_timeout(self.write)
    }
}
