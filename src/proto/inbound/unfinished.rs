//! An unfinished data message: what its frames declared, and what has arrived of it (RFC 6455
//! §5.4).

use crate::proto::compression::Inflation;
use crate::proto::frame::{FrameHeader, Opcode, RSV1};
use crate::proto::message::{Allocation, Assembly};
use crate::proto::rules::{Limits, ProtocolError};

/// What happens to a message while it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It is assembled.
    Whole,
    /// It is passed on while it arrives.
    Stream,
    /// Its rest is discarded. The rules are still checked.
    Nothing,
}

/// The state of reading a message as a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum StreamState {
    /// No message is read as a stream.
    #[default]
    Off,
    /// The next message will be read as a stream.
    Wanted,
    /// The unfinished message is a stream. `taken` bytes of the arrived part were taken.
    Within { taken: usize },
    /// The last part is `ready`.
    Ended { taken: usize },
}

/// Where the bytes of the last read went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Target {
    #[default]
    Buffer,
    Message,
}

/// Less of a frame than this goes through the read buffer, with what follows it.
pub(super) const LEAST: usize = 16 << 10;

/// The average size that the frames of a stream may have, in addition to as many shorter frames as
/// any message may have. This limits the work that empty frames cause.
const SHORT_FRAME: u64 = 1 << 10;

/// A streamed message is inflated in pieces of this many bytes. A piece becomes at most a thousand
/// times as large.
const PIECE: usize = 512;

impl Purpose {
    /// Returns how large such a message may be (§10.4).
    pub(crate) fn most(self, limits: &Limits) -> u64 {
        match self {
            Self::Whole => limits.message as u64,
            Self::Stream | Self::Nothing => limits.stream,
        }
    }

    /// Names the limit that such a message has exceeded.
    pub(crate) fn name_limit(self, broken: ProtocolError) -> ProtocolError {
        match (self, broken) {
            (Self::Stream | Self::Nothing, ProtocolError::MessageTooBig(most)) => {
                ProtocolError::StreamTooBig(most)
            }
            (_, broken) => broken,
        }
    }

    /// Returns how many frames such a message may have once `bytes` are declared.
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
    /// The bytes that its frames have declared, arrived or not: at most the limit. `assembly`
    /// counts what is inflated from a compressed message.
    pub(crate) bytes: u64,
    pub(crate) fragments: u64,
}

impl Unfinished {
    /// Makes a message whose first frame has this header. [`begin_frame`](Self::begin_frame) must
    /// follow.
    pub(crate) fn new(first: &FrameHeader, purpose: Purpose, allocation: Allocation) -> Self {
        Self {
            assembly: Assembly::new(first.opcode == Opcode::Text, allocation, 0),
            purpose,
            compressed: first.rsv == RSV1,
            bytes: 0,
            fragments: 0,
        }
    }

    /// Begins the next frame.
    pub(crate) fn begin_frame(&mut self, header: &FrameHeader, limits: &Limits) {
        self.assembly.limit(self.purpose.most(limits));
        self.bytes += header.len;
        self.fragments += 1;
        if !self.compressed && self.purpose == Purpose::Whole {
            self.assembly.expect(self.bytes, header.fin);
        }
    }

    /// Returns how many of the arrived bytes to push at a time.
    pub(crate) fn appetite(&self) -> usize {
        match self.purpose {
            Purpose::Stream | Purpose::Nothing if self.compressed => PIECE,
            Purpose::Whole | Purpose::Stream | Purpose::Nothing => usize::MAX,
        }
    }

    /// Returns how much memory there is into which the next bytes can be read.
    pub(crate) fn unfilled(&self) -> usize {
        if self.compressed || self.purpose != Purpose::Whole { 0 } else { self.assembly.left() }
    }

    /// Adds the next piece, or the last one if `is_last`.
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
