//! A message that is read as a stream: part by part, as it comes, so that it may be larger than memory.
//!
//! ```text
//! wanted --a message begins--> Purpose::Stream --its last part is taken--> (nothing)
//!    |                          |          |
//!    |                     withdraw        leave
//!    v                          v          v
//! (nothing)          Purpose::Whole      Purpose::Nothing, judged to its end
//! ```

use super::{Inbound, Incoming, Ready};
use crate::proto::message::MessageKind;
use crate::proto::unfinished::Purpose;

/// What is known of a stream besides its message.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The next message is to be read as one.
    is_wanted: bool,
    /// What is `ready` is the last part of one.
    is_last: bool,
    /// How much of the part that is there was taken.
    taken: usize,
}

/// A part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub(crate) kind: MessageKind,
    /// What of it was not taken yet.
    pub(crate) bytes: &'a [u8],
    /// Nothing follows.
    pub(crate) is_last: bool,
}

impl Inbound {
    /// Reads one message as a stream, the next one or one that has begun: from now on
    /// [`advance`](Self::advance) announces its parts.
    pub(crate) fn want_stream(&mut self) {
        self.stream.is_wanted = true;
        let most = self.limits.stream;
        if let Some(message) = self.message.as_mut().filter(|it| it.purpose == Purpose::Whole) {
            message.purpose = Purpose::Stream;
            message.assembly.limit(most);
            self.stream.is_wanted = false;
        }
    }

    /// Takes that back, of which nobody has seen a part. Nothing is lost.
    pub(crate) fn withdraw_stream(&mut self) {
        self.stream.is_wanted = false;
        let most = self.limits.message;
        if let Some(message) = self.message.as_mut().filter(|it| it.purpose == Purpose::Stream) {
            message.purpose = Purpose::Whole;
            message.assembly.limit(most as u64);
        }
    }

    /// Throws away what is still to come of a stream.
    pub(crate) fn leave_stream(&mut self) {
        if let Some(message) = self.message.as_mut().filter(|it| it.purpose == Purpose::Stream) {
            message.purpose = Purpose::Nothing;
            message.assembly.clear();
        }
        if self.stream.is_last {
            self.recycle();
        }
    }

    /// The part of a stream that is there, if there is one.
    pub(crate) fn part(&self) -> Option<Part<'_>> {
        let (kind, bytes, is_last) = match (&self.message, &self.ready) {
            (Some(message), _) if message.purpose == Purpose::Stream => {
                let text = message.assembly.is_text();
                let kind = if text { MessageKind::Text } else { MessageKind::Binary };
                (kind, message.assembly.as_bytes(), false)
            }
            (None, Some(Ready::Assembled(message, _))) if self.stream.is_last => {
                (message.kind(), message.as_bytes(), true)
            }
            _ => return None,
        };
        Some(Part { kind, bytes: &bytes[self.stream.taken..], is_last })
    }

    /// Counts the next `n` bytes of the part as taken.
    pub(crate) fn take_part(&mut self, n: usize) {
        self.stream.taken += n;
    }

    /// What becomes of the message that is under way, or of the next one.
    pub(super) fn purpose(&self) -> Purpose {
        match &self.message {
            Some(message) => message.purpose,
            None if self.stream.is_wanted => Purpose::Stream,
            None => Purpose::Whole,
        }
    }

    /// Tells whether a frame that holds a whole message may be left where it lies.
    pub(super) fn is_alone(&self) -> bool {
        self.message.is_none() && !self.stream.is_wanted
    }

    /// What is to be announced of a message under way, or of one that has just ended.
    pub(super) fn come(&self) -> Option<Incoming> {
        match (&self.message, &self.ready) {
            (_, Some(_)) if self.stream.is_last => Some(Incoming::Part),
            (_, Some(_)) => Some(Incoming::Message),
            (Some(message), None) => {
                let is_part = message.purpose == Purpose::Stream;
                (is_part && !message.assembly.as_bytes().is_empty()).then_some(Incoming::Part)
            }
            (None, None) => None,
        }
    }

    /// Forgets the part that was there, and makes room for the next one.
    pub(super) fn next_part(&mut self) {
        (self.stream.is_last, self.stream.taken) = (false, 0);
        if let Some(message) = self.message.as_mut().filter(|it| it.purpose == Purpose::Stream) {
            message.assembly.clear();
        }
    }
}

impl State {
    /// Notes that a message has begun, or ended.
    pub(super) fn began(&mut self) {
        self.is_wanted = false;
    }

    pub(super) fn ended(&mut self, purpose: Purpose) {
        self.is_last = purpose == Purpose::Stream;
    }
}
