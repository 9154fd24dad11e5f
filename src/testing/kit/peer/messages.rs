//! How a [`Peer`] makes messages of frames (RFC 6455 §5.4).

use super::super::wire::RawFrame;
use super::compression::{Compression, RSV1};
use super::peer::{Came, Peer, StreamEnd};
use super::report::quoted;
use crate::io::Deadline;
use crate::proto::message::Message;
use crate::proto::wire::{BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, name};

/// What comes, apart from pings and pongs.
pub(super) enum Event {
    Message(Message),
    Close(RawFrame),
    End(StreamEnd),
}

impl Peer {
    /// Receives a message, whatever frames it comes in, or what comes in its place. Pings are
    /// answered, pongs are left out. The end counts only between messages.
    #[track_caller]
    pub(super) fn next_event(&mut self, expected: &str) -> Event {
        let deadline = self.deadline();
        loop {
            let frame = match self.next(deadline) {
                Came::Frame(frame) => frame,
                Came::End(end) if self.begun.is_none() && self.frames.is_empty() => {
                    return Event::End(end);
                }
                came if self.begun.is_some() && self.frames.is_empty() => {
                    self.fail(expected, &format!("{came}, within a message"))
                }
                came => self.fail_on(expected, &came),
            };
            match frame.opcode {
                PING => self.answer_ping(&frame, deadline),
                PONG => {}
                CLOSE => return Event::Close(frame),
                _ => {
                    if let Some(message) = self.joined(frame, expected) {
                        return Event::Message(message);
                    }
                }
            }
        }
    }

    /// Expects a ping or pong between the frames of a message (RFC 6455 §5.4), and returns its
    /// payload. The next message that is expected is the rest of this one.
    #[track_caller]
    pub(crate) fn expect_within_message(&mut self, opcode: u8) -> Vec<u8> {
        self.open_if_asked();
        let expected = format!("{} within a message", name(opcode));
        let deadline = self.deadline();
        loop {
            match self.next(deadline) {
                Came::Frame(frame) if frame.opcode == opcode && self.begun.is_some() => {
                    return frame.payload;
                }
                Came::Frame(frame) if !frame.fin => {
                    self.joined(frame, &expected);
                }
                came => self.fail_on(&expected, &came),
            }
        }
    }

    /// Joins a frame to those of the message before it. Returns the message with its last frame.
    #[track_caller]
    fn joined(&mut self, frame: RawFrame, expected: &str) -> Option<Message> {
        let joined = match (self.begun.take(), frame.opcode) {
            (None, TEXT | BINARY) if frame.rsv == 0 || self.may_be_compressed(&frame) => frame,
            (Some(mut begun), CONTINUATION) if frame.rsv == 0 => {
                begun.fin = frame.fin;
                begun.payload.extend(frame.payload);
                begun
            }
            _ => self.fail(expected, &format!("{frame:?}")),
        };
        if joined.fin {
            return Some(self.whole(joined, expected));
        }
        self.begun = Some(joined);
        None
    }

    /// Makes a message of its frames.
    #[track_caller]
    fn whole(&mut self, mut frame: RawFrame, expected: &str) -> Message {
        match self.compression.as_mut().and_then(Compression::take) {
            Some(Ok(inflated)) => frame.payload = inflated,
            Some(Err(broken)) => self.fail(expected, &format!("{frame:?}, {broken}")),
            None => {}
        }
        if frame.opcode == BINARY {
            return Message::Binary(frame.payload);
        }
        match String::from_utf8(frame.payload) {
            Ok(text) => Message::Text(text),
            Err(e) => {
                let got = format!("text that is not UTF-8: {}", quoted(e.as_bytes()));
                self.fail(expected, &got)
            }
        }
    }

    /// RFC 7692 §6: RSV1 on the first frame, if both ends have agreed on it.
    fn may_be_compressed(&self, frame: &RawFrame) -> bool {
        frame.rsv == RSV1 && self.compression.is_some()
    }

    /// Answers a ping (RFC 6455 §5.5.2), if that can still be done.
    pub(super) fn answer_ping(&mut self, ping: &RawFrame, deadline: Deadline) {
        self.answer_with(&RawFrame::pong(&ping.payload), deadline);
    }
}
