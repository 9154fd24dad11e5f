//! [`Decompressor`]: inflates one message after another, and misses no reference that is not allowed
//! (RFC 7692 §7.2.2).
//!
//! zlib looks for references beyond the window only in what it has kept of earlier calls, so it lets
//! most of them pass. Here the window is a ring of exactly the size that was agreed on. As long as it
//! is not full, a reference must not go back before its first byte either.

use std::fmt;

use miniz_oxide::inflate::TINFLStatus as Status;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

use super::compressor::TAIL;

/// Inflates the messages of one direction.
pub struct Decompressor {
    inflate: Box<DecompressorOxide>,
    /// The last bytes, as many as the window has.
    ring: Box<[u8]>,
    /// Where the next byte goes.
    at: usize,
    /// Whether all bytes of the ring have been written.
    is_full: bool,
    window_bits: u8,
    takeover: bool,
    /// Whether an earlier message has been inflated.
    has_past: bool,
}

/// Why a message cannot be inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A reference goes back further than the window.
    #[error(
        "RFC 7692 §7.1.2: compressed data refer back more than {} bytes, the window that was agreed on",
        1_u32 << .0
    )]
    Window(u8),
    /// A reference goes back to an earlier message.
    #[error(
        "RFC 7692 §7.1.1: compressed data refer to an earlier message, without an agreement on context takeover"
    )]
    Takeover,
    /// A reference goes back to before the first message.
    #[error("RFC 1951 §3.2.3: compressed data refer back to before the first message")]
    Start,
    /// The data are not in the DEFLATE format.
    #[error("RFC 7692 §7.2.2: compressed data are not in the DEFLATE format")]
    Data,
    /// The message ends within a block.
    #[error(
        "RFC 7692 §7.2.1: compressed data do not end as a message does: with an empty block, less its last four bytes"
    )]
    Unfinished,
    /// The message is longer than it may be.
    #[error("a message is longer than {0} bytes once it is inflated")]
    TooLong(usize),
}

impl Decompressor {
    /// Makes a decompressor of messages that refer back at most `2^window_bits` bytes, and to
    /// earlier messages only with `takeover`.
    ///
    /// # Panics
    /// A window has 8 to 15 bits (RFC 7692 §7.1.2).
    #[must_use]
    pub fn new(window_bits: u8, takeover: bool) -> Self {
        assert!((8..=15).contains(&window_bits), "a window has 8 to 15 bits");
        Self {
            inflate: Box::default(),
            ring: vec![0; 1 << window_bits].into(),
            at: 0,
            is_full: false,
            window_bits,
            takeover,
            has_past: false,
        }
    }

    /// Inflates the payload of a message, all its frames in one. `out` then holds the message, and
    /// nothing else; its memory is used again.
    ///
    /// # Errors
    /// The payload breaks a rule, or the message is longer than `most` bytes. `out` holds what came
    /// before that. What follows on the connection cannot be inflated.
    pub fn decompress(
        &mut self,
        payload: &[u8],
        most: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Broken> {
        out.clear();
        if !self.takeover {
            (self.at, self.is_full) = (0, false);
        }
        // A message ends at the end of a block and of a byte, so the next one needs nothing of it but
        // the window.
        self.inflate.init();
        self.inflate(payload, most, out).map_err(|broken| self.reason(broken, payload, most))?;
        let len = out.len();
        let is_end = self.inflate(&TAIL, most, out);
        if is_end != Ok(true) || out.len() != len {
            out.truncate(len);
            return Err(Broken::Unfinished);
        }
        self.has_past = true;
        Ok(())
    }

    /// Inflates a part of a message. Returns `true` if it ends with the end of a block and of a byte.
    fn inflate(&mut self, mut part: &[u8], most: usize, out: &mut Vec<u8>) -> Result<bool, Broken> {
        const FLAGS: u32 = inflate_flags::TINFL_FLAG_HAS_MORE_INPUT
            | inflate_flags::TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY;
        loop {
            // Before the ring is full, what is before its first byte does not exist.
            let whole = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
            let flags = if self.is_full { FLAGS } else { FLAGS | whole };
            let (status, read, written) =
                decompress(&mut self.inflate, part, &mut self.ring, self.at, flags);
            let bytes = &self.ring[self.at..self.at + written];
            if written > most - out.len() {
                return Err(Broken::TooLong(most));
            }
            out.extend_from_slice(bytes);
            self.at += written;
            if self.at == self.ring.len() {
                (self.at, self.is_full) = (0, true);
            }
            part = &part[read..];
            match status {
                // §7.2.3.4: a block that says it is the last one is not the last of the connection.
                Status::Done => {
                    self.inflate.init();
                    if part.is_empty() {
                        return Ok(true);
                    }
                }
                Status::BlockBoundary if part.is_empty() => {
                    let state = self.inflate.block_boundary_state();
                    return Ok(state.is_some_and(|state| state.num_bits == 0));
                }
                Status::BlockBoundary | Status::HasMoreOutput => {}
                Status::NeedsMoreInput => return Ok(false),
                // The kinds of failure.
                _ => return Err(Broken::Data),
            }
        }
    }

    /// Finds out why a payload does not inflate. If it inflates where all references are allowed, a
    /// reference was not.
    fn reason(&self, broken: Broken, payload: &[u8], most: usize) -> Broken {
        if broken != Broken::Data {
            return broken;
        }
        let mut lenient = Self::new(15, true);
        lenient.is_full = true;
        if lenient.inflate(payload, most, &mut Vec::new()) == Err(Broken::Data) {
            return Broken::Data;
        }
        if self.is_full {
            Broken::Window(self.window_bits)
        } else if self.takeover || !self.has_past {
            Broken::Start
        } else {
            Broken::Takeover
        }
    }
}

impl fmt::Debug for Decompressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decompressor")
            .field("window_bits", &self.window_bits)
            .field("takeover", &self.takeover)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "decompressor_tests.rs"]
mod tests;
