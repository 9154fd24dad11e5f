//! The handler of most tests.

use blocking_ws::{Result, WebSocket};

/// Sends every message back, until the client closes.
pub fn echo(ws: &mut WebSocket) -> Result<()> {
    while let Some(message) = ws.recv()? {
        ws.send(message)?;
    }
    Ok(())
}
