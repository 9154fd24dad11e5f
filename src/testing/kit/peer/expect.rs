//! What a [`Peer`] expects.

use std::borrow::Borrow;
use std::time::Duration;

use super::super::wire::{Key, RawFrame};
use super::messages::Event;
use super::pattern::{Matching, Pattern};
use super::peer::{Came, Peer, StreamEnd};
use super::report::{difference, quoted};
use crate::io::Deadline;
use crate::proto::message::{Message, MessageKind};
use crate::proto::rules::Role;
use crate::proto::wire::{CLOSE, PING, PONG};

impl Peer {
    /// Expects a text message, and returns it. The message may come in several frames, and
    /// compressed if both ends have agreed on that. A ping before it is answered, a pong before it
    /// is left out.
    ///
    /// # Panics
    /// Something else came, or nothing in time. So do all methods that expect something; the text
    /// of the panic is a report.
    #[track_caller]
    pub fn expect_text(&mut self, pattern: impl Into<Pattern>) -> String {
        let message = self.message(Some(MessageKind::Text), &pattern.into());
        // It is text, and was checked.
        String::from_utf8_lossy(message.as_bytes()).into_owned()
    }

    /// Expects a binary message, and returns it. See [`expect_text`](Self::expect_text).
    #[track_caller]
    pub fn expect_binary(&mut self, pattern: impl Into<Pattern>) -> Vec<u8> {
        self.message(Some(MessageKind::Binary), &pattern.into()).into_bytes()
    }

    /// Expects a message of either kind, and returns it. See [`expect_text`](Self::expect_text).
    #[track_caller]
    pub fn expect_message(&mut self, pattern: impl Into<Pattern>) -> Message {
        self.message(None, &pattern.into())
    }

    /// Expects a message for each pattern, in whatever order they come.
    ///
    /// A message that several patterns take leaves to the others what they need.
    ///
    /// ```
    /// use blocking_ws::Role;
    /// use blocking_ws::testing::{Pattern, Peer};
    ///
    /// let (mut ws, mut peer) = Peer::pair(Role::Client);
    /// ws.send("a")?;
    /// ws.send("b")?;
    /// peer.expect_in_any_order([Pattern::any(), "a".into()]);
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[track_caller]
    pub fn expect_in_any_order<P: Into<Pattern>>(&mut self, patterns: impl IntoIterator<Item = P>) {
        let patterns: Vec<Pattern> = patterns.into_iter().map(Into::into).collect();
        let mut matching = Matching::new(patterns.len());
        while !matching.is_full() {
            let left = matching.free().map(|at| patterns[at].to_string());
            let expected = format!("message {}", left.collect::<Vec<_>>().join(", or "));
            let message = self.next_message(&expected);
            if !matching.add(patterns.iter().map(|pattern| pattern.takes(&message)).collect()) {
                self.fail(&expected, &shown(&message));
            }
        }
    }

    /// Expects a ping, and returns its payload. It is not answered.
    #[track_caller]
    pub fn expect_ping(&mut self) -> Vec<u8> {
        self.control(PING, "ping")
    }

    /// Expects a pong, and returns its payload.
    #[track_caller]
    pub fn expect_pong(&mut self) -> Vec<u8> {
        self.control(PONG, "pong")
    }

    /// Expects a Close frame with this code, and returns its reason. It is not answered.
    #[track_caller]
    pub fn expect_close(&mut self, code: u16) -> String {
        let expected = format!("close {code}");
        self.open_if_asked();
        let deadline = self.deadline();
        loop {
            let came = self.next(deadline);
            match &came {
                Came::Frame(frame) if frame.opcode == CLOSE => {
                    let (came, reason) = close(frame);
                    if came != Some(code) {
                        self.fail(&expected, &shown_close(frame));
                    }
                    return String::from_utf8_lossy(reason).into_owned();
                }
                Came::Frame(frame) if frame.opcode == PING => self.answer_ping(frame, deadline),
                Came::Frame(frame) if frame.opcode == PONG => {}
                _ => self.fail_on(&expected, &came),
            }
        }
    }

    /// Expects exactly this frame. No ping before it is answered, and no pong is left out.
    ///
    /// [`Key::Role`] stands for a mask as the other end's role demands it: any key of a client, and
    /// none of a server.
    ///
    /// ```
    /// use blocking_ws::testing::{Peer, RawFrame};
    /// use blocking_ws::{Error, Role};
    ///
    /// let (mut client, mut peer) = Peer::pair(Role::Client);
    /// client.set_fragment_size(3);
    /// client.send("hello")?;
    /// peer.expect_frame(RawFrame::text("hel").fin(false));
    /// peer.expect_frame(RawFrame::continuation("lo"));
    /// # Ok::<(), Error>(())
    /// ```
    #[track_caller]
    pub fn expect_frame(&mut self, frame: impl Borrow<RawFrame>) {
        let frame = frame.borrow();
        self.open_if_asked();
        match self.next(self.deadline()) {
            Came::Frame(came) if self.is_same(&came, frame) => {}
            came => self.fail_on(&format!("{frame:?}"), &came),
        }
    }

    /// Expects the start of a frame, and leaves all of it to the next expectation.
    ///
    /// This reads 64 KiB at most. So the other end is in the middle of sending a frame that is
    /// larger than that and what fits between the two; [`stop_reading`](Self::stop_reading) says
    /// how much that is.
    ///
    /// ```
    /// use std::thread;
    ///
    /// use blocking_ws::Role;
    /// use blocking_ws::testing::Peer;
    ///
    /// let (mut ws, mut peer) = Peer::pair(Role::Server);
    /// let sender = ws.sender()?;
    /// let sends = thread::spawn(move || sender.send(vec![7; 1 << 20]));
    /// peer.expect_start();
    /// // The thread can write no more, and a ping is answered after the message.
    /// peer.ping("are you there?");
    /// assert!(ws.try_recv().unwrap_err().is_timeout());
    /// peer.expect_binary(vec![7; 1 << 20]);
    /// peer.expect_pong();
    /// # sends.join().unwrap()?;
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[track_caller]
    pub fn expect_start(&mut self) {
        self.open_if_asked();
        if self.frames.is_empty() {
            match self.more(self.deadline()) {
                Came::Bytes => {}
                came => self.fail_on("the start of a frame", &came),
            }
        }
    }

    /// Expects the end of the stream in order, without any further frame: FIN on a socket.
    #[track_caller]
    pub fn expect_end(&mut self) {
        self.open_if_asked();
        match self.next(self.deadline()) {
            Came::End(StreamEnd::Fin) if self.frames.is_empty() => {}
            came => self.fail_on("the end", &came),
        }
    }

    /// Reads what comes and answers nothing, no ping either, until the other end has gone, in whatever
    /// way.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use blocking_ws::testing::MockServer;
    /// use blocking_ws::{Client, Error};
    ///
    /// let mock = MockServer::new()?.on_connection(|peer| peer.stay_silent());
    /// let mut ws = Client::new().connect(&mock.url())?;
    /// ws.set_read_timeout(Duration::from_millis(50));
    /// assert!(matches!(ws.recv(), Err(Error::Timeout)));
    /// drop(ws); // the client gives up
    /// mock.verify();
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Panics
    /// The other end has not gone in the time of [`within`](Self::within).
    #[track_caller]
    pub fn stay_silent(&mut self) {
        self.open_if_asked();
        let deadline = self.deadline();
        loop {
            match self.next(deadline) {
                Came::Frame(_) => {}
                Came::End(_) => return,
                came => self.fail_on("that the other end gives up", &came),
            }
        }
    }

    /// Expects a reset of the connection.
    #[track_caller]
    pub fn expect_reset(&mut self) {
        self.open_if_asked();
        match self.next(self.deadline()) {
            Came::End(StreamEnd::Reset) => {}
            came => self.fail_on("a reset", &came),
        }
    }

    /// Expects that nothing comes for this long, no ping either.
    ///
    /// A client of this library sends pings if it has a
    /// [`ping_interval`](crate::Client::ping_interval), and so does a server, after 20 seconds by
    /// default.
    #[track_caller]
    pub fn expect_nothing(&mut self, time: Duration) {
        self.open_if_asked();
        match self.next(Deadline::after(Some(time))) {
            Came::Nothing if self.frames.is_empty() => {}
            came => self.fail_on("nothing", &came),
        }
    }

    fn is_same(&self, came: &RawFrame, expected: &RawFrame) -> bool {
        let is_masked = match expected.key {
            // A server's frame without a mask has this key, too.
            Key::Role if self.role == Role::Server => matches!(came.key, Key::Fixed(_)),
            key => came.key == key,
        };
        let rest = |frame: &RawFrame| (frame.fin, frame.rsv, frame.opcode, frame.len);
        is_masked && rest(came) == rest(expected) && came.payload == expected.payload
    }

    #[track_caller]
    fn control(&mut self, opcode: u8, name: &str) -> Vec<u8> {
        self.open_if_asked();
        match self.next(self.deadline()) {
            Came::Frame(frame) if frame.opcode == opcode => frame.payload,
            came => self.fail_on(name, &came),
        }
    }

    #[track_caller]
    fn message(&mut self, kind: Option<MessageKind>, pattern: &Pattern) -> Message {
        let of = match kind {
            Some(MessageKind::Text) => "text",
            Some(MessageKind::Binary) => "binary",
            None => "message",
        };
        let expected = format!("{of} {pattern}");
        let message = self.next_message(&expected);
        if kind.is_none_or(|kind| kind == message.kind()) && pattern.takes(&message) {
            return message;
        }
        let got = match pattern.exactly() {
            Some(want) if kind.is_none_or(|kind| kind == message.kind()) => marked(&message, want),
            _ => shown(&message),
        };
        self.fail(&expected, &got)
    }

    /// Receives a message, whatever frames it comes in.
    #[track_caller]
    fn next_message(&mut self, expected: &str) -> Message {
        self.open_if_asked();
        match self.next_event(expected) {
            Event::Message(message) => message,
            Event::Close(frame) => self.fail(expected, &format!("{frame:?}")),
            Event::End(end) => self.fail_on(expected, &Came::End(end)),
        }
    }

    /// Answers a Close frame with its own code (RFC 6455 §5.5.1), unless this peer has sent one
    /// already.
    pub(super) fn answer_close(&mut self, frame: &RawFrame) {
        if self.has_sent_close {
            return;
        }
        let code = close_code(frame).map(u16::to_be_bytes);
        let answer = RawFrame::close_raw(code.as_ref().map_or(&[][..], |code| code));
        self.has_sent_close = true;
        self.answer_with(&answer, self.deadline());
    }
}

/// The code of a Close frame (RFC 6455 §5.5.1), and its reason.
fn close(frame: &RawFrame) -> (Option<u16>, &[u8]) {
    match frame.payload.split_first_chunk() {
        Some((code, reason)) => (Some(u16::from_be_bytes(*code)), reason),
        None => (None, &frame.payload),
    }
}

pub(super) fn close_code(frame: &RawFrame) -> Option<u16> {
    close(frame).0
}

pub(super) fn shown_close(frame: &RawFrame) -> String {
    let (code, reason) = close(frame);
    let code = code.map_or("without a code".to_owned(), |code| code.to_string());
    format!("close {code} {}", quoted(reason))
}

fn kind_of(message: &Message) -> &'static str {
    match message.kind() {
        MessageKind::Text => "text",
        MessageKind::Binary => "binary",
    }
}

pub(super) fn shown(message: &Message) -> String {
    format!("{} {}", kind_of(message), quoted(message.as_bytes()))
}

/// With a mark below the first difference.
fn marked(message: &Message, want: &[u8]) -> String {
    let kind = kind_of(message);
    let (line, mark) = split(&difference(want, message.as_bytes()));
    format!("{kind} {line}\n{}{mark}", " ".repeat(kind.len() + 1))
}

fn split(text: &str) -> (String, String) {
    text.split_once('\n').map_or((text.to_owned(), String::new()), |(a, b)| (a.into(), b.into()))
}
