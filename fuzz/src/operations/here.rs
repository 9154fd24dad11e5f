//! What this end does.

use std::io::{ErrorKind, Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use blocking_ws::{
    AsMessage as _, Error, Event, Message, MessageKind, Phase, Result, Sender, WebSocket,
};

use super::{HUBS, Run};
use crate::bytes::Bytes;
use crate::model::{Fate, Line};
use crate::wire::Wire;

/// How a receiving call went.
enum Came {
    Message(Message),
    /// A control frame, or a part of a message.
    Other,
    Nothing,
}

impl Run {
    pub(super) fn receive(&mut self, how: u8) {
        let Some(websocket) = &mut self.websocket else { return };
        let came = match how % 5 {
            0 => websocket.recv().map(|it| it.map_or(Came::Nothing, Came::Message)),
            1 => websocket
                .recv_ref()
                .map(|it| it.map_or(Came::Nothing, |message| Came::Message(message.into()))),
            2 => websocket.try_recv().map(|it| it.map_or(Came::Nothing, Came::Message)),
            3 => websocket.recv_event().map(|it| match it {
                None => Came::Nothing,
                Some(Event::Message(message)) => Came::Message(message),
                Some(_) => Came::Other,
            }),
            _ => {
                let item = websocket.messages().next();
                item.transpose().map(|it| it.map_or(Came::Nothing, Came::Message))
            }
        };
        self.received(came);
    }

    fn received(&mut self, came: Result<Came>) {
        let has_status = self.websocket.as_ref().is_some_and(|it| it.close_status().is_some());
        let was_over = self.is_over;
        match came {
            Ok(Came::Message(message)) => {
                assert!(!was_over, "a message behind the end");
                if !self.is_junk || self.received < self.sent.len() {
                    let want = self.sent.get(self.received);
                    assert_eq!(Some(&message), want, "message {}", self.received);
                }
                self.received += 1;
            }
            Ok(Came::Other) => assert!(!was_over, "a frame behind the end"),
            Ok(Came::Nothing) => {
                assert!(has_status, "no end, and nothing more");
                self.is_over = true;
            }
            Err(Error::Timeout) => {
                assert!(!was_over && (!has_status || self.has_failed), "an end that is a timeout");
            }
            Err(e) => {
                assert!(has_status && !was_over, "{e}, and the end was told: {was_over}");
                self.is_over = true;
                self.told(&e);
            }
        }
    }

    /// What an error says must be so.
    fn told(&mut self, error: &Error) {
        match error {
            Error::Protocol(broken) => {
                assert!(self.is_junk, "the other end breaks no rule: {broken}");
                self.asked = true;
            }
            Error::Lost(e) => {
                assert_ne!(e.kind(), ErrorKind::Interrupted, "it is tried again");
            }
            Error::Deadline(Phase::Write | Phase::Close) | Error::Closed => {}
            other => panic!("{other}"),
        }
    }

    pub(super) fn stream_in(&mut self, most: u8, size: u8) {
        let Some(websocket) = &mut self.websocket else { return };
        let (mut content, number) = (Vec::new(), self.received);
        let begun = &mut self.received;
        let came = read_stream(websocket, usize::from(most) * 4, size, begun, &mut content);
        let want = self.sent.get(number).map_or(&[][..], Message::as_bytes);
        assert!(self.is_junk || want.starts_with(&content), "not the bytes of the message");
        match came {
            // It cannot go on behind a Close frame, or a loss that was told.
            Err(Error::Closed) => assert!(self.peer_closed.is_some() || self.is_junk),
            came => self.received(came),
        }
    }

    /// Hands an operation to the connection or to a sender.
    fn by(
        &mut self,
        sender: bool,
        own: impl FnOnce(&mut WebSocket<Wire>) -> Result<()>,
        other: impl FnOnce(&Sender<Wire>) -> Result<()>,
    ) -> Option<Result<()>> {
        match (&mut self.websocket, &self.sender) {
            (_, Some(one)) if sender => Some(other(one)),
            (Some(websocket), _) => Some(own(websocket)),
            (None, Some(one)) => Some(other(one)),
            (None, None) => None,
        }
    }

    pub(super) fn send(&mut self, how: u8, feeds: bool, size: u8) {
        let size = match how >> 4 {
            15 => 66_000,
            14 => 17_000,
            12 | 13 => usize::from(size) * 8,
            _ => usize::from(size % 40),
        };
        let (number, message) = self.model.compose(Line::Own, how & 1 == 0, size);
        let message = &*message;
        let done = if feeds {
            self.by(how & 2 != 0, |it| it.feed(message), |it| it.feed(message))
        } else {
            self.by(how & 2 != 0, |it| it.send(message), |it| it.send(message))
        };
        let Some(done) = done else { return };
        self.model.note(Line::Own, number, fate(&done));
        self.wrote(&done, !feeds);
    }

    /// Notes how a write went; where it is `out`, all is that was accepted.
    pub(super) fn wrote(&mut self, done: &Result<()>, out: bool) {
        match done {
            Ok(()) => {
                assert!(!self.has_failed, "it went well behind a write that failed");
                if out {
                    self.look();
                    self.model.assert_all(Line::Own, "a send or a flush");
                    self.model.assert_all(Line::Ping, "a send or a flush");
                }
            }
            Err(Error::Closed) => {}
            Err(e) => {
                self.told(e);
                self.has_failed = true;
                let mut state = self.wire.state();
                let len = state.output.len();
                state.torn.get_or_insert(len);
            }
        }
    }

    pub(super) fn flush(&mut self, how: u8) {
        let done = self.by(how & 1 != 0, WebSocket::flush, Sender::flush);
        if let Some(done) = done {
            self.wrote(&done, true);
        }
    }

    pub(super) fn ping(&mut self, how: u8) {
        let (number, message) = self.model.compose(Line::Ping, false, 3);
        let payload = message.as_bytes();
        let done = self.by(how & 1 != 0, |it| it.ping(payload), |it| it.ping(payload));
        let Some(done) = done else { return };
        self.model.note(Line::Ping, number, fate(&done));
        self.wrote(&done, true);
    }

    /// A message as a stream, in parts, with what may go on meanwhile.
    pub(super) fn stream_out(&mut self, how: u8, bytes: &mut Bytes<'_>) {
        let size = [10, 300, 70_000, 140_000][usize::from(how >> 6)];
        let (number, message) = self.model.compose(Line::Own, how & 1 == 0, size);
        let kind = if how & 1 == 0 { MessageKind::Text } else { MessageKind::Binary };
        let sender = self.sender.clone().filter(|_| how & 2 != 0);
        let mut own = self.websocket.take();
        let mut stream = match (&sender, &mut own) {
            (Some(sender), _) => sender.send_stream(kind),
            (None, Some(websocket)) => websocket.send_stream(kind),
            (None, None) => return self.model.note(Line::Own, number, Fate::Refused),
        };
        let content = message.as_bytes();
        let cut = content.len() * usize::from(bytes.byte()) / 255;
        let flushes = how & 4 != 0;
        let gives_up = how & 8 != 0;
        let between = |run: &mut Self| {
            if how & 16 != 0 {
                run.peer_pings();
            }
            if how & 32 != 0 && run.seat.is_some() {
                run.broadcast(how, how);
            }
        };
        let written = catch_unwind(AssertUnwindSafe(|| -> Result<()> {
            stream.write_all(&content[..cut])?;
            if flushes {
                stream.flush()?;
            }
            between(self);
            stream.write_all(&content[cut..])?;
            if gives_up {
                drop(stream);
                return Err(Error::Closed);
            }
            stream.finish()
        }));
        self.websocket = own;
        match written {
            Ok(done) if gives_up => {
                // Closed where a part was sent; nothing has happened where none was.
                self.model.note(Line::Own, number, Fate::Refused);
                self.asked = true;
                if !matches!(done, Err(Error::Closed)) {
                    self.wrote(&done, false);
                }
            }
            Ok(done) => {
                self.model.note(Line::Own, number, fate(&done));
                self.asked |= done.is_err();
                self.wrote(&done, true);
            }
            Err(payload) => {
                self.asked = true;
                resume_unwind(payload)
            }
        }
    }

    pub(super) fn close(&mut self, code: u8) {
        let Some(websocket) = &mut self.websocket else { return };
        // Without this it would wait for the peer as long as the stream lets it.
        websocket.set_close_timeout(Duration::from_millis(1));
        self.asked |= self.status.is_none();
        let closed = websocket.close(3000 + u16::from(code), "bye");
        assert!(websocket.close_status().is_some(), "it is over in any case");
        let was_over = std::mem::replace(&mut self.is_over, true);
        if let Err(e) = closed {
            assert!(!was_over, "nothing happens behind the end");
            self.told(&e);
        }
    }

    pub(super) fn close_by_sender(&mut self, code: u8) {
        let Some(sender) = &self.sender else { return };
        self.asked |= self.status.is_none();
        if let Err(e) = sender.close(4000 + u16::from(code), "bye") {
            self.told(&e);
        }
    }

    pub(super) fn join(&mut self, how: u8) {
        self.leave();
        let Some(websocket) = &self.websocket else { return };
        let hub = &HUBS[usize::from(how) % HUBS.len()];
        self.seat = hub.join(websocket).ok().map(|seat| (seat, hub));
    }

    pub(super) fn leave(&mut self) {
        if self.seat.take().is_some() {
            self.model.give_up(Line::Hub);
        }
    }

    pub(super) fn broadcast(&mut self, how: u8, size: u8) {
        let Some((_, hub)) = &self.seat else { return };
        let hub = *hub;
        let size = if how >> 5 == 7 { 20_000 } else { usize::from(size) };
        let (number, message) = self.model.compose(Line::Hub, how & 1 == 0, size);
        let known = hub.broadcast(message.as_message()).expect("there is room");
        self.asked |= known.disconnected > 0;
        if known.dropped > 0 && known.reached > 0 {
            // Older ones were dropped, or are out by now.
            self.model.give_up(Line::Hub);
        }
        if known.disconnected > 0 {
            self.model.give_up(Line::Hub);
        }
        let fate = if known.reached > 0 { Fate::Accepted } else { Fate::Refused };
        self.model.note(Line::Hub, number, fate);
        if how & 2 == 0 {
            let _ = hub.flush(Duration::from_millis(3));
        }
    }

    pub(super) fn set(&mut self, how: u8) {
        let Some(websocket) = &mut self.websocket else { return };
        let time = (how & 8 == 0).then_some(Duration::from_millis(1));
        match how % 8 {
            0 => websocket.set_read_timeout(time),
            1 => drop(websocket.set_write_timeout(time)),
            2 => websocket.set_fragment_size(usize::from(how) + 1),
            3 => websocket.set_fragment_size(None),
            4 => websocket.set_ping_interval(None),
            _ => websocket.set_stall_timeout(Duration::from_secs(30)),
        }
    }
}

/// Reads a message as a stream, `most` of it. It has `begun` where whatever is left is thrown away.
fn read_stream(
    websocket: &mut WebSocket<Wire>,
    most: usize,
    size: u8,
    begun: &mut usize,
    content: &mut Vec<u8>,
) -> Result<Came> {
    let Some(mut stream) = websocket.recv_stream()? else { return Ok(Came::Nothing) };
    *begun += 1;
    let mut buf = [0; 256];
    while content.len() < most {
        let n = stream.read(&mut buf[..usize::from(size).max(1)])?;
        if n == 0 {
            break;
        }
        content.extend_from_slice(&buf[..n]);
    }
    Ok(Came::Other)
}

/// What a send's outcome says of the message.
fn fate(done: &Result<()>) -> Fate {
    match done {
        Ok(()) => Fate::Accepted,
        Err(Error::Closed) => Fate::Refused,
        Err(_) => Fate::Unsure,
    }
}
