//! A data message of which something is still to come: what its frames said, and what came of them
//! (RFC 6455 §5.4).

use crate::proto::compression::Inflation;
use crate::proto::frame::{FrameHeader, Opcode, RSV1};
use crate::proto::message::{Allocation, Assembly};
use crate::proto::rules::{Limits, ProtocolError};

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It is assembled.
    Whole,
    /// It is handed on as it comes.
    Stream,
    /// Nobody wants the rest of it. It is judged as ever.
    Nothing,
}

/// How far a stream is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum StreamState {
    /// There is none.
    #[default]
    Off,
    /// The next message is to be one.
    Wanted,
    /// The message under way is one; so much was taken of the part that is there.
    Within { taken: usize },
    /// What is `ready` is the last part.
    Ended { taken: usize },
}

/// Each frame of a stream may be that short on average, beyond those that any message may have: what
/// is bounded is the work that empty ones cause.
const SHORT_FRAME: u64 = 1 << 10;

/// A streamed message is inflated in pieces of so many bytes, which become a thousand times as many
/// at most.
const PIECE: usize = 512;

impl Purpose {
    /// How large such a message may be (§10.4).
    pub(crate) fn most(self, limits: &Limits) -> u64 {
        match self {
            Self::Whole => limits.message as u64,
            Self::Stream | Self::Nothing => limits.stream,
        }
    }

    /// How many frames it may have once `bytes` are declared.
    pub(crate) fn most_fragments(self, limits: &Limits, bytes: u64) -> u64 {
        let fragments = limits.fragments as u64;
        match self {
            Self::Whole => fragments,
            Self::Stream | Self::Nothing => fragments.saturating_add(bytes / SHORT_FRAME),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Unfinished {
    pub(crate) assembly: Assembly,
    pub(crate) purpose: Purpose,
    pub(crate) compressed: bool,
    /// Declared so far, arrived or not: at most the limit. What comes out of a compressed message is
    /// counted by `assembly`.
    pub(crate) bytes: u64,
    pub(crate) fragments: u64,
}

impl Unfinished {
    /// One whose first frame has this header, which is still to be [begun](Self::begin_frame).
    pub(crate) fn new(first: &FrameHeader, purpose: Purpose, allocation: Allocation) -> Self {
        Self {
            assembly: Assembly::new(first.opcode == Opcode::Text, allocation, 0),
            purpose,
            compressed: first.rsv == RSV1,
            bytes: 0,
            fragments: 0,
        }
    }

    /// Begins a frame.
    pub(crate) fn begin_frame(&mut self, header: &FrameHeader, limits: &Limits) {
        self.assembly.limit(self.purpose.most(limits));
        self.bytes += header.len;
        self.fragments += 1;
        if !self.compressed && self.purpose == Purpose::Whole {
            self.assembly.expect(self.bytes, header.fin);
        }
    }

    /// How much of what has arrived is to be added at a time.
    pub(crate) fn appetite(&self) -> usize {
        match self.purpose {
            Purpose::Stream | Purpose::Nothing if self.compressed => PIECE,
            Purpose::Whole | Purpose::Stream | Purpose::Nothing => usize::MAX,
        }
    }

    /// Adds the next piece, or the last one.
    pub(crate) fn push(
        &mut self,
        piece: &[u8],
        is_last: bool,
        inflation: Option<&mut Inflation>,
    ) -> Result<(), ProtocolError> {
        match inflation {
            Some(inflation) if self.compressed && is_last => {
                inflation.finish(piece, &mut self.assembly)?;
            }
            Some(inflation) if self.compressed => inflation.push(piece, &mut self.assembly)?,
            _ => self.assembly.push(piece)?,
        }
        if self.purpose == Purpose::Nothing {
            self.assembly.clear();
        }
        Ok(())
    }
}
