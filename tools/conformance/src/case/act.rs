//! [`Act`]: one thing that a case does.

use std::time::Duration;

use blocking_ws::MessageKind;
use blocking_ws::testing::{Key, Len};

use super::payload::Payload;

/// A step of a case, in the order in which they are done. A step waits for nothing, but for those
/// that say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Sends a frame, legal or not.
    Frame(Frame),
    /// Sends the same frame again and again.
    Repeated {
        /// The frame.
        frame: Frame,
        /// How many times it is sent.
        count: usize,
    },
    /// Sends bytes that are no whole frame.
    Bytes(Payload),
    /// Sends a message in fragments of `fragment` bytes. If its length is an exact multiple of that
    /// and greater, an empty frame ends it.
    Message {
        /// Text or binary.
        kind: MessageKind,
        /// What it says.
        payload: Payload,
        /// The most bytes of a fragment. `None` is a single frame.
        fragment: Option<usize>,
    },
    /// Sends the header of a frame that says `len`, and of its payload only these bytes.
    Begin {
        /// Whether it is the last frame of its message.
        fin: bool,
        /// The opcode.
        opcode: u8,
        /// The length that the header gives.
        len: usize,
        /// The part of the payload that is sent now.
        payload: Payload,
    },
    /// Sends more of the payload of the frame that was begun.
    More(Payload),
    /// Sends a Close frame with this payload and waits for the answer at the end of the acts. The
    /// first of a case begins the closing handshake.
    Close(Payload),
    /// Reads nothing for this time, so that what the peer sends stays on the way.
    Idle(Duration),
    /// Ends this suite's direction of TCP (FIN), without a Close frame.
    Fin,
    /// Waits. Notes `timeout(tag)` afterwards, if the connection is open then; else the case is over.
    Pause {
        /// What the note says, or nothing.
        tag: Option<&'static str>,
        /// The wait ends at the latest then.
        most: Duration,
        /// What ends the wait before.
        until: Until,
    },
}

/// What ends a pause before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// A pong.
    Pong,
    /// The peer has had the time to answer, as its round trips show.
    Answered,
    /// The peer's Close frame, or its end.
    Closed,
}

/// A frame of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Whether it is the last of its message.
    pub fin: bool,
    /// The three reserved bits: 4 is RSV1, 2 is RSV2 and 1 is RSV3.
    pub rsv: u8,
    /// The opcode.
    pub opcode: u8,
    /// The payload, unmasked.
    pub payload: Payload,
    /// How it is masked.
    pub key: Key,
    /// How the header gives the length. It may lie.
    pub len: Len,
    /// In which writes it leaves.
    pub writes: Writes,
}

/// In which writes a frame leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// In any: with the frames around it, if these leave together.
    Together,
    /// In a write of its own.
    Alone,
    /// In writes of this many bytes.
    Chopped(usize),
    /// Its header byte by byte, and then its payload in one write.
    ChoppedHeader,
}

impl Frame {
    /// Makes a legal final frame.
    #[must_use]
    pub fn of(opcode: u8, payload: impl Into<Payload>) -> Self {
        let payload = payload.into();
        Self {
            fin: true,
            rsv: 0,
            opcode,
            payload,
            key: Key::Role,
            len: Len::Minimal,
            writes: Writes::Together,
        }
    }

    /// Makes it a frame that is not the last of its message.
    #[must_use]
    pub fn not_fin(self) -> Self {
        Self { fin: false, ..self }
    }

    /// Sets the reserved bits.
    #[must_use]
    pub fn rsv(self, rsv: u8) -> Self {
        Self { rsv, ..self }
    }

    /// Sets how it is masked.
    #[must_use]
    pub fn key(self, key: Key) -> Self {
        Self { key, ..self }
    }

    /// Sets how its header gives the length.
    #[must_use]
    pub fn len(self, len: Len) -> Self {
        Self { len, ..self }
    }

    /// Sets in which writes it leaves.
    #[must_use]
    pub fn writes(self, writes: Writes) -> Self {
        Self { writes, ..self }
    }
}
