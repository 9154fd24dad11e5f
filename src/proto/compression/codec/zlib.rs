//! Inflating and deflating one message after another, on flate2 (RFC 7692 §7.2).
//!
//! A message is a run of DEFLATE blocks that ends on a byte, without the four bytes of [`TAIL`].

use std::fmt;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::proto::message::Assembly;
use crate::proto::rules::ProtocolError;

/// Whether this build can compress.
pub(crate) const AVAILABLE: bool = true;

/// What each message's data ends with, and what is left out when it is sent (§7.2.1): an empty
/// block, but for its first bits.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
/// The same and another empty block. If anything comes out of these, the message was not whole.
const TAIL_AND_MORE: [u8; 9] = [0, 0, 0xff, 0xff, 0, 0, 0, 0xff, 0xff];
/// The same and a last, empty block, where a message that was not whole seldom ends.
const TAIL_AND_END: [u8; 9] = [0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff];

/// How much is inflated at a time.
const CHUNK: usize = 64 << 10;
/// How much room for a message's output is kept.
const KEPT: usize = 4 << 10;
/// Room beyond a message's own size: for the blocks' headers, and for the empty one at its end.
const MIN_ROOM: usize = 64;

/// Inflates messages into assemblies, which bound what may come out.
pub(crate) struct Inflater {
    stream: Decompress,
    /// Room for what comes out; empty but while it is moved on.
    chunk: Vec<u8>,
    /// Room for the last piece of a message and what is put behind it.
    last: Vec<u8>,
    place: Place,
}

/// Where in the data an inflater is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing of a message has come.
    Before,
    Within,
    /// Behind a block that said it is the last.
    Ended,
}

impl Inflater {
    /// Makes one for the largest window: zlib-rs needs no less memory for a smaller one.
    pub(crate) fn new() -> Self {
        Self {
            stream: Decompress::new(false),
            chunk: Vec::new(),
            last: Vec::new(),
            place: Place::Before,
        }
    }

    /// Inflates the next piece of a message.
    pub(crate) fn push(&mut self, piece: &[u8], out: &mut Assembly) -> Result<(), ProtocolError> {
        self.inflate(piece, 0, out)
    }

    /// Inflates the last piece of a message. With `takeover` the next message may refer to this
    /// one; without, all is forgotten.
    pub(crate) fn finish(
        &mut self,
        piece: &[u8],
        takeover: bool,
        out: &mut Assembly,
    ) -> Result<(), ProtocolError> {
        if self.place == Place::Before && piece.is_empty() {
            // Some peers send an empty message like that.
            return Ok(());
        }
        if takeover {
            self.inflate(piece, 0, out)?;
            let before = self.stream.total_out();
            self.inflate(&TAIL_AND_MORE, TAIL_AND_MORE.len(), out)?;
            if self.stream.total_out() != before {
                return Err(ProtocolError::BadDeflate);
            }
            // It belongs to one connection, which may be idle for long.
            self.chunk = Vec::new();
        } else {
            // A second call would take longer than this copy does.
            let mut data = std::mem::take(&mut self.last);
            data.clear();
            data.extend_from_slice(piece);
            data.extend_from_slice(&TAIL_AND_END);
            self.inflate(&data, TAIL_AND_END.len(), out)?;
            self.last = data;
            if self.place != Place::Ended {
                return Err(ProtocolError::BadDeflate);
            }
        }
        if self.place == Place::Ended {
            self.forget();
        }
        self.place = Place::Before;
        Ok(())
    }

    /// Inflates data whose last `tail` bytes were not sent: none, or [`TAIL`] and more.
    fn inflate(
        &mut self,
        mut data: &[u8],
        tail: usize,
        out: &mut Assembly,
    ) -> Result<(), ProtocolError> {
        let mut is_full = false;
        while is_full || !data.is_empty() {
            if self.place == Place::Ended {
                if data.len() > tail {
                    // §7.2.3.4: blocks may follow a last one. They are a stream of their own.
                    self.forget();
                } else if data.len() == tail || data.len() + TAIL.len() == tail {
                    // A message may end with its last block, be it before the tail or an empty
                    // one of which the tail is the end.
                    break;
                } else {
                    return Err(ProtocolError::BadDeflate);
                }
            }
            self.chunk.reserve_exact(CHUNK);
            let before = self.stream.total_in();
            let inflated = self.stream.decompress_vec(data, &mut self.chunk, FlushDecompress::None);
            let Ok(status) = inflated else {
                // What came before it is judged first, wherever the data was cut.
                out.push(&self.chunk)?;
                return Err(ProtocolError::BadDeflate);
            };
            let taken = usize::try_from(self.stream.total_in() - before).unwrap_or(data.len());
            data = &data[taken..];
            let ended = status == Status::StreamEnd;
            self.place = if ended { Place::Ended } else { Place::Within };
            is_full = !ended && self.chunk.len() == self.chunk.capacity();
            if !is_full && !ended && !data.is_empty() {
                // It always takes all there is. If ever not, it must not be asked for ever.
                return Err(ProtocolError::BadDeflate);
            }
            out.push(&self.chunk)?;
            self.chunk.clear();
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.stream.reset(false);
    }
}

/// Deflates messages.
pub(crate) struct Deflater {
    stream: Compress,
    level: u32,
    window_bits: u8,
    output: Vec<u8>,
}

impl Deflater {
    /// Makes one that refers back up to `2^window_bits` bytes.
    pub(crate) fn new(level: u32, window_bits: u8) -> Self {
        let stream = Compress::new_with_window_bits(Compression::new(level), false, window_bits);
        Self { stream, level, window_bits, output: Vec::new() }
    }

    /// Returns `true` if it was made for these.
    pub(crate) fn is(&self, level: u32, window_bits: u8) -> bool {
        (self.level, self.window_bits) == (level, window_bits)
    }

    /// Deflates a message into [`output`](Self::output). If it fails, the deflater is of no use
    /// any more; so it is with the other ways.
    pub(crate) fn deflate(&mut self, message: &[u8]) -> bool {
        self.output.clear();
        let deflated = self.compress(message, FlushCompress::Sync);
        self.strip_tail();
        deflated
    }

    /// Deflates a piece of a message behind the [`output`](Self::output), which may still lack its
    /// end.
    pub(crate) fn push(&mut self, piece: &[u8]) -> bool {
        self.compress(piece, FlushCompress::None)
    }

    /// Brings the output to where the peer can inflate all that was pushed.
    pub(crate) fn flush(&mut self) -> bool {
        self.compress(&[], FlushCompress::Sync)
    }

    /// Ends a message of which all pieces were pushed.
    pub(crate) fn finish(&mut self) -> bool {
        let flushed = self.flush();
        self.strip_tail();
        flushed
    }

    fn compress(&mut self, mut piece: &[u8], flush: FlushCompress) -> bool {
        // Most messages fit at the first go.
        let mut room = piece.len().min(CHUNK);
        loop {
            self.output.reserve(room + MIN_ROOM);
            let before = self.stream.total_in();
            if self.stream.compress_vec(piece, &mut self.output, flush).is_err() {
                return false;
            }
            let taken = usize::try_from(self.stream.total_in() - before).unwrap_or(piece.len());
            piece = &piece[taken..];
            // Room that is left means that all has been written, the tail too.
            if piece.is_empty() && self.output.len() < self.output.capacity() {
                return true;
            }
            room = self.output.len();
        }
    }

    fn strip_tail(&mut self) {
        self.output.truncate(self.output.len().saturating_sub(TAIL.len()));
        if self.output.is_empty() {
            // §7.2.3.6: there was nothing to flush.
            self.output.push(0);
        }
    }

    /// What is to be sent.
    pub(crate) fn output(&self) -> &[u8] {
        &self.output
    }

    /// Forgets the output, which was sent.
    pub(crate) fn clear(&mut self) {
        self.output.clear();
    }

    /// Forgets all that the next message could refer to.
    pub(crate) fn forget(&mut self) {
        self.stream.reset();
    }

    /// Gives the room of a large message back.
    pub(crate) fn rest(&mut self) {
        self.output.clear();
        self.output.shrink_to(KEPT);
    }
}

/// What passed through a codec is nobody's business.
impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").field("stream", &self.stream).finish_non_exhaustive()
    }
}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater")
            .field("level", &self.level)
            .field("window_bits", &self.window_bits)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
