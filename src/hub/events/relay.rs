//! What the thread of a connection does: it hands on what comes.

use std::sync::Arc;
use std::time::Duration;

use super::gate::Gate;
use super::inbox::Inbox;
use super::peer::Peer;
use crate::connection::WebSocket;
use crate::error::Result;
use crate::process::debug;
use crate::proto::close::CloseStatus;
use crate::proto::message::Event;
use crate::proto::rules::CloseCode;

/// How long a program may take for the last messages of a peer that closes, before the Close frame is
/// answered. A program that closes the other end in the thread of its loop waits for so long.
const ANSWERS: Duration = Duration::from_secs(1);

/// What a peer is told if the program has dropped its [`Events`](super::Events).
pub(super) const NOT_TAKEN: &str = "the program takes no more messages";

/// Hands on what comes on a connection, until it has ended.
///
/// # Errors
/// How the connection ended, as from [`WebSocket::recv`]. The last event tells the program.
pub(super) fn relay(inbox: &Inbox, peer: &Peer, websocket: &mut WebSocket) -> Result<()> {
    // That is for a program that does something else meanwhile.
    websocket.set_read_timeout(None);
    let gate = Arc::new(Gate::default());
    let opened = Arc::clone(&gate);
    // A thread without room goes on when this side closes the connection, and at the cut of a
    // shutdown.
    peer.connection().sender().tell_on_close(move || opened.open_for_good());
    if !inbox.enter(peer, &gate) {
        // After what the program has sent to it.
        let closed = peer.close(CloseCode::GoingAway, NOT_TAKEN);
        let ended = closed.and_then(|()| hand_on(inbox, peer, &gate, websocket));
        peer.leave();
        return ended;
    }
    let mut lane = OpenLane { inbox, peer, status: None };
    let ended = hand_on(inbox, peer, &gate, websocket);
    if ended.is_err() {
        // Most errors are an end already. Then this does nothing.
        let _ = websocket.close(CloseCode::Internal, "");
    }
    lane.status = websocket.close_status().cloned();
    ended
}

fn hand_on(inbox: &Inbox, peer: &Peer, gate: &Gate, websocket: &mut WebSocket) -> Result<()> {
    let id = peer.id();
    let mut dropped = 0_u64;
    let ended = loop {
        let has_room = inbox.wait_for_room(id, gate);
        match websocket.recv_event() {
            Ok(Some(Event::Message(message))) if has_room || inbox.has_room(id) => {
                inbox.push(id, message);
            }
            Ok(Some(Event::Message(_))) => dropped += 1,
            // The next call answers it. What the program sends in answer to the last messages goes
            // before.
            Ok(Some(Event::Close(_))) => {
                inbox.wait_until_taken(id, gate, ANSWERS);
                peer.flush(ANSWERS);
            }
            Ok(Some(_)) => {}
            Ok(None) => break Ok(()),
            // The stream may have a timeout of its own.
            Err(e) if e.is_timeout() => {}
            Err(e) => break Err(e),
        }
    };
    if dropped > 0 {
        debug!("#{id} {dropped} messages dropped: they came after the Close frame, without room");
    }
    ended
}

/// The lane of an open connection, which gets its last event when this is dropped, also by a panic.
struct OpenLane<'a> {
    inbox: &'a Inbox,
    peer: &'a Peer,
    status: Option<CloseStatus>,
}

impl Drop for OpenLane<'_> {
    fn drop(&mut self) {
        self.peer.leave();
        let unknown = || CloseStatus::lost("its thread panicked".to_owned());
        self.inbox.close(self.peer.id(), self.status.take().unwrap_or_else(unknown));
    }
}
