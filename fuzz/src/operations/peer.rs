//! What the other end does: it keeps to the rules, but for junk.

use blocking_ws::testing::internals::{write_control, write_frames_with};
use blocking_ws::{AsMessage as _, CloseFrame, Event, Message, Role};

use super::Run;

const KEY: [u8; 4] = [1, 2, 3, 4];

impl Run {
    fn key(&self) -> Option<[u8; 4]> {
        (self.role == Role::Server).then_some(KEY)
    }

    /// Tells whether it still speaks.
    pub(super) fn peer_may(&self) -> bool {
        self.peer_closed.is_none() && !self.is_junk && !self.wire.state().has_hung_up
    }

    pub(super) fn peer_sends(&mut self, how: u8, size: u8) {
        if !self.peer_may() {
            return;
        }
        let filler = "from there ".repeat(usize::from(size) * if how & 8 != 0 { 30 } else { 1 });
        let content = format!("{} {filler}", self.sent.len());
        let message = match how & 1 {
            0 => Message::Text(content),
            _ => Message::Binary(content.into_bytes()),
        };
        let most = if how & 2 == 0 { usize::MAX } else { 1 + message.as_bytes().len() / 3 };
        let compression = Some(&mut self.peer).filter(|_| self.compresses);
        let (mut out, key) = (Vec::new(), (self.role == Role::Server).then_some(KEY));
        write_frames_with(message.as_message(), most, key, compression, &mut out, |_| ());
        self.wire.state().input.extend(out);
        self.sent.push(message);
    }

    pub(super) fn peer_pings(&mut self) {
        if self.peer_may() {
            let ping = Event::Ping(self.model.pings.to_be_bytes().to_vec());
            self.model.pings += 1;
            self.peer_control(&ping);
        }
    }

    pub(super) fn peer_closes(&mut self, how: u8, code: u8) {
        if self.peer_may() {
            let frame = match how & 1 {
                0 => None,
                _ => CloseFrame::new(3000 + u16::from(code), "over"),
            };
            self.peer_control(&Event::Close(frame.clone()));
            self.peer_closed = Some(frame);
        }
    }

    fn peer_control(&mut self, event: &Event) {
        let mut out = Vec::new();
        assert!(write_control(event, self.key(), &mut out));
        self.wire.state().input.extend(out);
    }
}
