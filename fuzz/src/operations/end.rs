//! What holds once the stream is well again, and in the end.

use std::time::Duration;

use blocking_ws::{CloseCode, ClosedBy};

use super::{HUBS, Run};
use crate::model::Line;

impl Run {
    /// All is well from now on, so all that is owed comes.
    pub(super) fn settle(&mut self) {
        self.wire.state().calm();
        let fails = {
            let state = self.wire.state();
            state.torn.is_some() || state.is_shut || state.read_failed || state.has_blocked
        };
        let over = self.has_failed || self.asked || self.status.is_some();
        self.rest(fails);
        self.look();
        let Some(websocket) = &mut self.websocket else { return };
        websocket.set_read_timeout(None);
        if fails || over || self.peer_closed.is_some() {
            return;
        }
        let done = websocket.flush();
        self.wrote(&done, true);
        if self.has_failed {
            // An earlier write found no room, and nothing waited for it.
            return;
        }
        self.model.assert_all(Line::Hub, "its flush");
        while self.received < self.sent.len() && self.status.is_none() {
            self.wire.begin();
            let before = self.received;
            self.receive(0);
            self.look();
            assert!(self.received > before || self.is_junk || self.status.is_some());
            if self.is_junk && self.received == before {
                break;
            }
        }
        if self.status.is_some() || self.is_junk {
            return;
        }
        // Nothing is there any more, and what this end owes is written before it waits.
        self.wire.begin();
        self.receive(0);
        self.look();
        if self.status.is_none() {
            assert_eq!(self.model.pong, self.model.pings.checked_sub(1), "the latest ping");
            let state = self.wire.state();
            assert!(self.model.is_whole(&state.output) && state.delivered == state.output.len());
        }
    }

    /// Waits for the threads of hubs, of which one may be at a visit to a member that has left.
    fn rest(&self, fails: bool) {
        for hub in HUBS.iter() {
            let flushed = hub.flush(Duration::from_secs(3));
            assert!(flushed || fails, "a hub does not come to rest");
        }
    }

    pub(super) fn end(&mut self) {
        self.wire.begin();
        self.settle();
        self.wire.begin();
        let well = {
            let state = self.wire.state();
            state.torn.is_none() && !state.is_shut && !state.read_failed && !state.has_blocked
        };
        let closes = well && !self.has_failed && self.status.is_none() && self.websocket.is_some();
        if closes && self.peer_may() && !self.asked {
            self.peer_closes(1, 0);
            let ours = CloseCode::from(4999);
            self.asked = true;
            let websocket = self.websocket.as_mut().expect("it is open");
            websocket.set_close_timeout(Duration::from_secs(5));
            websocket.close(ours, "the end").expect("the peer has answered");
            self.look();
            let status = self.status.clone().expect("an end");
            assert!(status.is_clean() && status.code() == ours, "{status:?}");
        }
        self.leave();
        // Whoever is still at a visit would keep the last words from going out.
        self.rest(!well);
        self.websocket = None;
        self.look();
        if closes {
            assert!(self.model.closed.is_some(), "an end without a Close frame");
        }
        if let Some(sender) = self.sender.take() {
            assert!(sender.send("late").is_err(), "the connection is over");
        }
        self.look();
        let state = self.wire.state();
        let lost = self.status.as_ref().is_some_and(|it| it.by() == ClosedBy::Loss);
        if well && !self.has_failed && !lost {
            assert!(self.model.is_whole(&state.output), "half a frame at the end");
        }
    }
}
