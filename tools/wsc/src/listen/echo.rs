//! Sends each message back to its client.

use std::sync::Arc;

use blocking_ws::{Result, WebSocket};

use super::visit::Visit;
use crate::session::Talk;

pub(super) fn echo(ws: &mut WebSocket, visit: &Visit, talk: &Arc<Talk>) -> Result<()> {
    let sender = ws.sender()?;
    visit.each(ws, |message| {
        sender.feed(message)?;
        talk.received();
        Ok(())
    })
}
