//! Inflates and deflates one message after another, with flate2 (RFC 7692 §7.2).
//!
//! The data of a message are DEFLATE blocks that end on a byte boundary, without the four bytes of
//! [`TAIL`].

use std::fmt;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::proto::message::Assembly;
use crate::proto::rules::ProtocolError;

/// `true` if this build can compress.
pub(crate) const AVAILABLE: bool = true;

/// The end of each message's data, which is not sent (§7.2.1): an empty block without its first
/// bits.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
/// The same, and another empty block. If these inflate to anything, the message was not whole.
const TAIL_AND_MORE: [u8; 9] = [0, 0, 0xff, 0xff, 0, 0, 0, 0xff, 0xff];
/// The same, and an empty block that is marked as the last. If the message was not whole, the
/// inflater seldom ends there.
const TAIL_AND_END: [u8; 9] = [0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff];

/// How many bytes are inflated at a time.
const CHUNK: usize = 64 << 10;
/// How many bytes of an output buffer are kept after a message.
const KEPT: usize = 4 << 10;
/// Bytes beyond a message's own size: for the headers of blocks, and for the empty block at its
/// end.
const MIN_ROOM: usize = 64;

/// Inflates messages into assemblies. The assembly limits the size.
pub(crate) struct Inflater {
    stream: Decompress,
    /// Receives the inflated bytes, until they are moved into the assembly.
    chunk: Vec<u8>,
    /// Holds the last piece of a message and the tail behind it.
    last: Vec<u8>,
    place: Place,
}

/// The place of an inflater in the data of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing of the message has arrived.
    Before,
    Within,
    /// After a block that is marked as the last.
    Ended,
}

impl Inflater {
    /// Makes an inflater for the largest window: zlib-rs needs no less memory for a smaller window.
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
    /// one. Otherwise everything is forgotten.
    pub(crate) fn finish(
        &mut self,
        piece: &[u8],
        takeover: bool,
        out: &mut Assembly,
    ) -> Result<(), ProtocolError> {
        if self.place == Place::Before && piece.is_empty() {
            // Some peers send an empty message in this way.
            return Ok(());
        }
        if takeover {
            self.inflate(piece, 0, out)?;
            let before = self.stream.total_out();
            self.inflate(&TAIL_AND_MORE, TAIL_AND_MORE.len(), out)?;
            if self.stream.total_out() != before {
                return Err(ProtocolError::BadDeflate);
            }
            // The inflater belongs to one connection, which may be idle for long.
            self.chunk = Vec::new();
        } else {
            // A second call of the inflater would take longer than this copy.
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

    /// Inflates data. Its last `tail` bytes were not received: none, or [`TAIL`] and more.
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
                    // §7.2.3.4: more blocks may follow a last block. They are a new stream.
                    self.forget();
                } else if data.len() == tail || data.len() + TAIL.len() == tail {
                    // A message may end with its last block. That block lies before the tail, or it
                    // is an empty block whose end is the tail.
                    break;
                } else {
                    return Err(ProtocolError::BadDeflate);
                }
            }
            self.chunk.reserve_exact(CHUNK);
            let before = self.stream.total_in();
            let inflated = self.stream.decompress_vec(data, &mut self.chunk, FlushDecompress::None);
            let Ok(status) = inflated else {
                // The bytes before the error are checked first, so that the result does not depend
                // on where the data was cut.
                out.push(&self.chunk)?;
                return Err(ProtocolError::BadDeflate);
            };
            let taken = usize::try_from(self.stream.total_in() - before).unwrap_or(data.len());
            data = &data[taken..];
            let ended = status == Status::StreamEnd;
            self.place = if ended { Place::Ended } else { Place::Within };
            is_full = !ended && self.chunk.len() == self.chunk.capacity();
            if !is_full && !ended && !data.is_empty() {
                // The inflater always takes all bytes. If it ever did not, this loop would never
                // end.
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
    /// Makes a deflater that refers back up to `2^window_bits` bytes.
    pub(crate) fn new(level: u32, window_bits: u8) -> Self {
        let stream = Compress::new_with_window_bits(Compression::new(level), false, window_bits);
        Self { stream, level, window_bits, output: Vec::new() }
    }

    /// Returns `true` if the deflater was made with these settings.
    pub(crate) fn is(&self, level: u32, window_bits: u8) -> bool {
        (self.level, self.window_bits) == (level, window_bits)
    }

    /// Deflates a message into [`output`](Self::output). Returns `false` on failure. The deflater
    /// is then of no use any more; the same holds for the methods below.
    pub(crate) fn deflate(&mut self, message: &[u8]) -> bool {
        self.output.clear();
        let deflated = self.compress(message, FlushCompress::Sync);
        self.strip_tail();
        deflated
    }

    /// Deflates a piece of a message and appends it to the [`output`](Self::output). Some of it may
    /// stay in the deflater.
    pub(crate) fn push(&mut self, piece: &[u8]) -> bool {
        self.compress(piece, FlushCompress::None)
    }

    /// Completes the output, so that the peer can inflate everything that was pushed.
    pub(crate) fn flush(&mut self) -> bool {
        self.compress(&[], FlushCompress::Sync)
    }

    /// Ends a message after its last piece.
    pub(crate) fn finish(&mut self) -> bool {
        let flushed = self.flush();
        self.strip_tail();
        flushed
    }

    fn compress(&mut self, mut piece: &[u8], flush: FlushCompress) -> bool {
        // Most messages fit at the first attempt.
        let mut room = piece.len().min(CHUNK);
        loop {
            self.output.reserve(room + MIN_ROOM);
            let before = self.stream.total_in();
            if self.stream.compress_vec(piece, &mut self.output, flush).is_err() {
                return false;
            }
            let taken = usize::try_from(self.stream.total_in() - before).unwrap_or(piece.len());
            piece = &piece[taken..];
            // If space is left, everything has been written, with the tail.
            if piece.is_empty() && self.output.len() < self.output.capacity() {
                return true;
            }
            room = self.output.len();
        }
    }

    fn strip_tail(&mut self) {
        self.output.truncate(self.output.len().saturating_sub(TAIL.len()));
        if self.output.is_empty() {
            // §7.2.3.6: an empty fragment is one zero byte.
            self.output.push(0);
        }
    }

    /// Returns the bytes to send.
    pub(crate) fn output(&self) -> &[u8] {
        &self.output
    }

    /// Clears the output after it was sent.
    pub(crate) fn clear(&mut self) {
        self.output.clear();
    }

    /// Forgets earlier messages, so that the next message cannot refer to them.
    pub(crate) fn forget(&mut self) {
        self.stream.reset();
    }

    /// Frees the output buffer of a large message.
    pub(crate) fn rest(&mut self) {
        self.output.clear();
        self.output.shrink_to(KEPT);
    }
}

/// Shows nothing of the messages.
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
