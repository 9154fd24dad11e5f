//! The server of this library: what `examples/echo_server.rs` does without its options.

use std::net::SocketAddr;
use std::process::ExitCode;

use blocking_ws::{Hub, Result, Server, WebSocket};

use crate::Outcome;

/// Serves until the process is ended.
pub(crate) fn serve(address: SocketAddr) -> Outcome<ExitCode> {
    let hub = Hub::new();
    Server::bind(address)?.serve(move |ws| match ws.request().uri().path() {
        "/broadcast" => to_all(ws, &hub),
        _ => back(ws),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn back(ws: &mut WebSocket) -> Result<()> {
    let sender = ws.sender()?;
    while let Some(message) = ws.recv_ref()? {
        sender.feed(message)?;
    }
    Ok(())
}

fn to_all(ws: &mut WebSocket, hub: &Hub) -> Result<()> {
    let _seat = hub.join(ws)?;
    while let Some(message) = ws.recv_ref()? {
        hub.broadcast(message)?;
    }
    Ok(())
}
