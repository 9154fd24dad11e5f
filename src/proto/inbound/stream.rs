//! Reads a message as a stream: part by part, while it arrives, so that it may be larger than
//! memory.
//!
//! ```text
//! Off --want--> Wanted --it begins--> Within --its last part comes--> Ended --advance--> Off
//!                  |                   |  |                             |
//!               withdraw        withdraw  leave: the rest is judged     leave
//!                  v                   v  v and thrown away             v
//!                 Off                  Off                             Off
//! ```

use super::inbound::{Inbound, Incoming, Ready};
use super::unfinished::{Purpose, StreamState};
use crate::proto::message::MessageKind;

/// A part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub(crate) kind: MessageKind,
    /// The bytes of the part that were not taken yet.
    pub(crate) bytes: &'a [u8],
    /// The message ends with this part.
    pub(crate) is_last: bool,
}

impl Inbound {
    /// Reads one message as a stream from now on: the unfinished message, or else the next.
    /// [`advance`](Self::advance) announces its parts.
    pub(crate) fn want_stream(&mut self) {
        self.stream = StreamState::Wanted;
        let most = self.limits.stream;
        if let Some(message) = self.message.as_mut().filter(|it| it.purpose == Purpose::Whole) {
            message.purpose = Purpose::Stream;
            message.assembly.limit(most);
            self.stream = StreamState::Within { taken: 0 };
        }
    }

    /// Undoes [`want_stream`](Self::want_stream), if no part was seen. Nothing is lost.
    pub(crate) fn withdraw_stream(&mut self) {
        self.stream = StreamState::Off;
        let most = self.limits.message;
        if let Some(message) = self.message.as_mut().filter(|it| it.purpose == Purpose::Stream) {
            message.purpose = Purpose::Whole;
            message.assembly.limit(most as u64);
        }
    }

    /// Discards what is still to arrive of a stream.
    pub(crate) fn leave_stream(&mut self) {
        if let Some(message) = self.message.as_mut().filter(|it| it.purpose == Purpose::Stream) {
            message.purpose = Purpose::Nothing;
            message.assembly.clear();
        }
        if let StreamState::Ended { .. } = self.stream {
            self.recycle();
        }
        self.stream = StreamState::Off;
    }

    /// Returns the part of a stream that has arrived, if any.
    pub(crate) fn part(&self) -> Option<Part<'_>> {
        match (self.stream, &self.message, &self.ready) {
            (StreamState::Within { taken }, Some(message), _) => {
                let text = message.assembly.is_text();
                let kind = if text { MessageKind::Text } else { MessageKind::Binary };
                let bytes = &message.assembly.as_bytes()[taken..];
                Some(Part { kind, bytes, is_last: false })
            }
            (StreamState::Ended { taken }, _, Some(Ready::Assembled(message))) => {
                let message = message.as_message();
                let bytes = &message.as_bytes()[taken..];
                Some(Part { kind: message.kind(), bytes, is_last: true })
            }
            _ => None,
        }
    }

    /// Counts the next `n` bytes of the part as taken.
    pub(crate) fn take_part(&mut self, n: usize) {
        match &mut self.stream {
            StreamState::Within { taken } | StreamState::Ended { taken } => *taken += n,
            StreamState::Off | StreamState::Wanted => {}
        }
    }

    /// Returns `true` if a frame that holds a whole message may stay in the buffer.
    pub(super) fn is_alone(&self) -> bool {
        self.message.is_none() && self.stream != StreamState::Wanted
    }

    /// The purpose of the unfinished message, or else of the next one.
    pub(super) fn purpose(&self) -> Purpose {
        match &self.message {
            Some(message) => message.purpose,
            None if self.stream == StreamState::Wanted => Purpose::Stream,
            None => Purpose::Whole,
        }
    }

    /// Returns what to announce of an unfinished message, or of a message that has just ended.
    pub(super) fn come(&self) -> Option<Incoming> {
        match self.stream {
            StreamState::Ended { .. } => Some(Incoming::Part),
            StreamState::Within { .. } => {
                self.part().is_some_and(|part| !part.bytes.is_empty()).then_some(Incoming::Part)
            }
            StreamState::Off | StreamState::Wanted => {
                self.ready.is_some().then_some(Incoming::Message)
            }
        }
    }

    /// Forgets the last part, and prepares for the next one.
    pub(super) fn next_part(&mut self) {
        self.stream = match self.stream {
            StreamState::Within { .. } => StreamState::Within { taken: 0 },
            StreamState::Ended { .. } | StreamState::Off => StreamState::Off,
            StreamState::Wanted => StreamState::Wanted,
        };
        if let Some(message) = self.message.as_mut().filter(|it| it.purpose == Purpose::Stream) {
            message.assembly.clear();
        }
    }

    /// Notes that a message has begun.
    pub(super) fn began(&mut self, purpose: Purpose) {
        if purpose == Purpose::Stream {
            self.stream = StreamState::Within { taken: 0 };
        }
    }

    /// Notes that a message has ended, which is now `ready`.
    pub(super) fn ended(&mut self, purpose: Purpose) {
        match purpose {
            Purpose::Whole => {}
            Purpose::Stream => self.stream = StreamState::Ended { taken: 0 },
            Purpose::Nothing => self.recycle(),
        }
    }
}
