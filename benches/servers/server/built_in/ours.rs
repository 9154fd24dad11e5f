//! The server of this library: what `examples/echo_server.rs` does without its options.

use std::net::SocketAddr;

use blocking_ws::{Hub, Result, Server, WebSocket};

use super::{BROADCAST, LARGEST};
use crate::Outcome;

/// Serves until the process is ended.
pub(super) fn serve(address: SocketAddr) -> Outcome<()> {
    let hub = Hub::new();
    let server = Server::bind(address)?.max_message_size(LARGEST);
    server.serve(move |ws| match ws.request().uri().path() {
        BROADCAST => to_all(ws, &hub),
        _ => back(ws),
    })?;
    Ok(())
}

// Both have a frame of their own: a thread that waits in one needs no stack for the other.
#[inline(never)]
fn back(ws: &mut WebSocket) -> Result<()> {
    let sender = ws.sender()?;
    while let Some(message) = ws.recv_ref()? {
        sender.feed(message)?;
    }
    Ok(())
}

#[inline(never)]
fn to_all(ws: &mut WebSocket, hub: &Hub) -> Result<()> {
    let _seat = hub.join(ws)?;
    while let Some(message) = ws.recv_ref()? {
        hub.broadcast(message)?;
    }
    Ok(())
}
