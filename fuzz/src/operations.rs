//! Operations in any order on a connection over a stream that misbehaves.
//!
//! ```text
//! input: settings, the stream's script, then operations with what they take
//! ```
//!
//! One thread does it all but what a hub's does, for which each broadcast is given a moment. The rules
//! are those of [`Model`], and:
//!
//! - where a send or a flush went well, all that was accepted before is out;
//! - where a write failed, nothing is written any more, and no send goes well;
//! - the peer's messages come whole, in order, and once;
//! - the end is told once, and by every later call as `None`; how it ended never changes;
//! - once the stream is well again, all that is owed comes.

use std::io::{Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::LazyLock;
use std::time::Duration;

use blocking_ws::testing::internals::{
    Agreement, Compression, websocket, write_control, write_frames_with,
};
use blocking_ws::{
    AsMessage as _, CloseCode, CloseFrame, CloseStatus, ClosedBy, Deflate, Error, Event, Hub,
    Message, MessageKind, Overflow, Phase, Result, Role, Seat, Sender, WebSocket,
};

use crate::bytes::Bytes;
use crate::deflate::agree;
use crate::model::{Fate, Line, Model};
use crate::wire::{Injected, Wire};

/// Of the process: a thread of a hub stays for a while when nothing is to be done.
static HUBS: LazyLock<[Hub; 3]> = LazyLock::new(|| {
    [
        Hub::new(),
        Hub::new().max_queued_messages(2).overflow(Overflow::DropNewest),
        Hub::new().max_queued_messages(2).overflow(Overflow::DropOldest),
    ]
});
/// Whether operations are told on their way, for those who look into a finding.
static TELLS: LazyLock<bool> = LazyLock::new(|| std::env::var_os("TELL").is_some());
const KEY: [u8; 4] = [1, 2, 3, 4];
const MOST_OPERATIONS: usize = 60;

pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let settings = bytes.byte();
    let script = bytes.counted();
    let mut run = Run::new(settings, script);
    for _ in 0..MOST_OPERATIONS {
        if bytes.is_empty() {
            break;
        }
        run.operation(&mut bytes);
    }
    run.end();
}

struct Run {
    role: Role,
    wire: Wire,
    websocket: Option<WebSocket<Wire>>,
    sender: Option<Sender<Wire>>,
    seat: Option<(Seat, &'static Hub)>,
    model: Model,
    /// The other end.
    peer: Compression,
    compresses: bool,
    sent: Vec<Message>,
    received: usize,
    /// It sent something that is no frame, or a Close frame, and what that said.
    is_junk: bool,
    peer_closed: Option<Option<CloseFrame>>,
    /// A send or flush failed.
    has_failed: bool,
    /// Somebody may have asked for a Close frame on this side.
    asked: bool,
    status: Option<CloseStatus>,
}

/// How a receiving call went.
enum Came {
    Message(Message),
    /// A control frame, or a part of a message.
    Other,
    Nothing,
}

impl Run {
    fn new(settings: u8, script: &[u8]) -> Self {
        let role = if settings & 1 == 0 { Role::Server } else { Role::Client };
        let takeover = settings & 4 != 0;
        let deflate = Deflate::new().min_size(20).send_takeover(takeover).recv_takeover(takeover);
        let [client, server] = agree(&deflate, &deflate);
        let (here, there) = match role {
            Role::Client => (client, server),
            Role::Server => (server, client),
        };
        let compresses = settings & 2 != 0;
        let wire = Wire::new(script, settings & 8 == 0, settings & 16 != 0);
        let agreement: Option<&Agreement> = compresses.then_some(&there);
        Self {
            role,
            websocket: Some(websocket(wire.clone(), role, compresses.then_some(&deflate))),
            wire,
            sender: None,
            seat: None,
            model: Model::new(role, agreement),
            peer: Compression::between(&there, &here),
            compresses,
            sent: Vec::new(),
            received: 0,
            is_junk: false,
            peer_closed: None,
            has_failed: false,
            asked: false,
            status: None,
        }
    }

    fn operation(&mut self, bytes: &mut Bytes<'_>) {
        self.wire.begin();
        let panicked = catch_unwind(AssertUnwindSafe(|| self.one(bytes))).err();
        if let Some(payload) = panicked {
            if !payload.is::<Injected>() {
                resume_unwind(payload);
            }
        }
        self.look();
    }

    fn look(&mut self) {
        let state = self.wire.state();
        self.model.look(&state.output, state.delivered);
        drop(state);
        let now = self.websocket.as_ref().and_then(WebSocket::close_status);
        if let Some(status) = &self.status {
            assert!(now.is_none_or(|now| now == status), "{status:?} became {now:?}");
        } else if let Some(status) = now {
            self.status = Some(status.clone());
            self.check_status();
        }
    }

    /// How it ended is what was seen.
    fn check_status(&self) {
        let Some(status) = &self.status else { return };
        match status.by() {
            ClosedBy::Loss => {
                assert_eq!(status.code(), CloseCode::Abnormal);
                assert!(!status.is_clean(), "{status:?}");
            }
            ClosedBy::Remote => {
                let code = |frame: &Option<CloseFrame>| {
                    frame.as_ref().map_or(CloseCode::NoStatus, CloseFrame::code)
                };
                assert_eq!(self.peer_closed.as_ref().map(code), Some(status.code()));
            }
            ClosedBy::Local => {
                assert!(self.asked || self.is_junk, "{status:?}");
                let out = self.model.closed_with();
                assert!(out.is_none_or(|code| code == status.code()), "{out:?} and {status:?}");
            }
        }
        if status.is_clean() {
            assert!(self.model.closed.is_some() && self.peer_closed.is_some(), "{status:?}");
        }
    }

    fn one(&mut self, bytes: &mut Bytes<'_>) {
        let (operation, more) = (bytes.byte(), bytes.byte());
        if *TELLS {
            eprintln!("operation {} with {more}", operation % 32);
        }
        match operation % 32 {
            0 | 1 => self.receive(more),
            2 => self.stream_in(more, bytes.byte()),
            3..=6 => self.send(more, operation & 1 == 0, bytes.byte()),
            7 => self.flush(more),
            8 => self.ping(more),
            9 | 10 => self.stream_out(more, bytes),
            11 => self.sender = self.websocket.as_ref().and_then(|it| it.sender().ok()),
            12 => self.sender = None,
            13 => self.close(more),
            14 => self.close_by_sender(more),
            15 => self.join(more),
            16..=18 => self.broadcast(more, bytes.byte()),
            19 => self.leave(),
            20 => self.set(more),
            21 => {
                self.websocket = None;
                self.asked = true;
            }
            22..=25 => self.peer_sends(more, bytes.byte()),
            26 | 27 => self.peer_pings(),
            28 => self.peer_closes(more, bytes.byte()),
            29 => self.wire.state().has_hung_up = true,
            30 => {
                self.is_junk = true;
                let junk = bytes.take(usize::from(more % 16));
                self.wire.state().input.extend(junk);
            }
            _ => self.settle(),
        }
    }

    // What this end does.

    fn receive(&mut self, how: u8) {
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
        let is_over = self.websocket.as_ref().is_some_and(|it| it.close_status().is_some());
        let was_over = self.status.is_some();
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
            Ok(Came::Nothing) => assert!(is_over, "no end, and nothing more"),
            Err(Error::Timeout) => assert!(!is_over, "an end that is a timeout"),
            Err(e) => {
                assert!(is_over && !was_over, "{e}, and the end was told: {was_over}");
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
                assert_ne!(e.kind(), std::io::ErrorKind::Interrupted, "it is tried again");
            }
            Error::Deadline(Phase::Write | Phase::Close) | Error::Closed => {}
            other => panic!("{other}"),
        }
    }

    fn stream_in(&mut self, most: u8, size: u8) {
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

    fn send(&mut self, how: u8, feeds: bool, size: u8) {
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
    fn wrote(&mut self, done: &Result<()>, out: bool) {
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

    fn flush(&mut self, how: u8) {
        let done = self.by(how & 1 != 0, WebSocket::flush, Sender::flush);
        if let Some(done) = done {
            self.wrote(&done, true);
        }
    }

    fn ping(&mut self, how: u8) {
        let (number, message) = self.model.compose(Line::Ping, false, 3);
        let payload = message.as_bytes();
        let done = self.by(how & 1 != 0, |it| it.ping(payload), |it| it.ping(payload));
        let Some(done) = done else { return };
        self.model.note(Line::Ping, number, fate(&done));
        self.wrote(&done, true);
    }

    /// A message as a stream, in parts, with what may go on meanwhile.
    fn stream_out(&mut self, how: u8, bytes: &mut Bytes<'_>) {
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

    fn close(&mut self, code: u8) {
        let Some(websocket) = &mut self.websocket else { return };
        // Without this it would wait for the peer as long as the stream lets it.
        websocket.set_close_timeout(Duration::from_millis(1));
        self.asked |= self.status.is_none();
        let closed = websocket.close(3000 + u16::from(code), "bye");
        assert!(websocket.close_status().is_some(), "it is over in any case");
        if let Err(e) = closed {
            assert!(self.status.is_none(), "nothing happens behind the end");
            self.told(&e);
        }
    }

    fn close_by_sender(&mut self, code: u8) {
        let Some(sender) = &self.sender else { return };
        self.asked |= self.status.is_none();
        if let Err(e) = sender.close(4000 + u16::from(code), "bye") {
            self.told(&e);
        }
    }

    fn join(&mut self, how: u8) {
        self.leave();
        let Some(websocket) = &self.websocket else { return };
        let hub = &HUBS[usize::from(how) % HUBS.len()];
        self.seat = hub.join(websocket).ok().map(|seat| (seat, hub));
    }

    fn leave(&mut self) {
        if self.seat.take().is_some() {
            self.model.give_up(Line::Hub);
        }
    }

    fn broadcast(&mut self, how: u8, size: u8) {
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

    fn set(&mut self, how: u8) {
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

    // What the other end does.

    fn key(&self) -> Option<[u8; 4]> {
        (self.role == Role::Server).then_some(KEY)
    }

    /// Tells whether it still speaks.
    fn peer_may(&self) -> bool {
        self.peer_closed.is_none() && !self.is_junk && !self.wire.state().has_hung_up
    }

    fn peer_sends(&mut self, how: u8, size: u8) {
        if !self.peer_may() {
            return;
        }
        let filler = "from there ".repeat(usize::from(size) * if how & 8 != 0 { 30 } else { 1 });
        let content = format!("{} {filler}", self.sent.len());
        let message = match how & 1 {
            0 => Message::Text(content),
            _ => Message::Binary(content.into_bytes()),
        };
        let most = if how & 2 == 0 { usize::MAX } else { 1 + content_len(&message) / 3 };
        let compression = Some(&mut self.peer).filter(|_| self.compresses);
        let (mut out, key) = (Vec::new(), (self.role == Role::Server).then_some(KEY));
        write_frames_with(message.as_message(), most, key, compression, &mut out, |_| ());
        self.wire.state().input.extend(out);
        self.sent.push(message);
    }

    fn peer_pings(&mut self) {
        if self.peer_may() {
            let ping = Event::Ping(self.model.pings.to_be_bytes().to_vec());
            self.model.pings += 1;
            self.peer_control(&ping);
        }
    }

    fn peer_closes(&mut self, how: u8, code: u8) {
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

    // The end.

    /// All is well from now on, so all that is owed comes.
    fn settle(&mut self) {
        self.wire.state().calm();
        let fails = {
            let state = self.wire.state();
            state.torn.is_some() || state.is_shut || state.read_failed || state.has_blocked
        };
        let over = self.has_failed || self.asked || self.status.is_some();
        if let Some((_, hub)) = &self.seat {
            let flushed = hub.flush(Duration::from_secs(3));
            assert!(flushed || fails, "a hub does not come to rest");
        }
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

    fn end(&mut self) {
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
        self.websocket = None;
        self.look();
        if closes {
            assert!(self.model.closed.is_some(), "an end without a Close frame");
        }
        if let Some(sender) = self.sender.take() {
            let lost = self.status.as_ref().is_some_and(|it| it.by() == ClosedBy::Loss);
            assert!(lost || sender.send("late").is_err(), "the connection is over");
        }
        self.look();
        let state = self.wire.state();
        if well && !self.has_failed {
            assert!(self.model.is_whole(&state.output), "half a frame at the end");
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

fn content_len(message: &Message) -> usize {
    message.as_bytes().len()
}

/// What a send's outcome says of the message.
fn fate(done: &Result<()>) -> Fate {
    match done {
        Ok(()) => Fate::Accepted,
        Err(Error::Closed) => Fate::Refused,
        Err(_) => Fate::Unsure,
    }
}
