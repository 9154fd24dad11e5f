//! [`Assembled`]: a message that is whole, in memory of its own.

use super::message::{Message, MessageRef};
use super::refill::Refill;
use crate::proto::bytes::{FREE, Grant};

/// A message that is this many times smaller than its memory does not need it.
const WASTE: usize = 4;

/// A whole message, and what it takes from the budget.
#[derive(Debug)]
pub(crate) struct Assembled {
    pub(super) content: Whole,
    /// Given back when this is dropped.
    pub(super) _grant: Grant,
}

#[derive(Debug)]
pub(super) enum Whole {
    Text(String),
    Binary(Refill),
}

impl Assembled {
    pub(crate) fn as_message(&self) -> MessageRef<'_> {
        match &self.content {
            Whole::Text(text) => MessageRef::Text(text),
            Whole::Binary(bytes) => MessageRef::Binary(bytes.as_bytes()),
        }
    }

    /// Returns the message for the program: in its memory, unless that is much too large.
    pub(crate) fn into_message(self) -> Message {
        if !self.fits() {
            return self.as_message().into();
        }
        match self.content {
            Whole::Text(text) => Message::Text(text),
            Whole::Binary(bytes) => Message::Binary(bytes.into_bytes()),
        }
    }

    /// Returns `true` if the message needs its memory. The memory of an earlier, larger message may
    /// be much too large.
    pub(super) fn fits(&self) -> bool {
        let (len, capacity) = match &self.content {
            Whole::Text(text) => (text.len(), text.capacity()),
            Whole::Binary(bytes) => (bytes.as_bytes().len(), bytes.capacity()),
        };
        capacity <= FREE || capacity / WASTE <= len
    }

    /// Returns the memory, for another message.
    pub(crate) fn into_memory(self) -> Vec<u8> {
        match self.content {
            Whole::Text(text) => text.into_bytes(),
            Whole::Binary(bytes) => bytes.into_memory(),
        }
    }
}
