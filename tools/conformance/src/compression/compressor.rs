//! [`Compressor`]: compresses one message after another (RFC 7692 §7.2.1).

use std::fmt;

use flate2::{Compress, Compression, FlushCompress};

/// What the data of a message ends with, and what is not sent (§7.2.1).
pub(super) const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];
/// Bytes for the headers of blocks.
const ROOM: usize = 64;

/// Compresses the messages of one direction.
pub struct Compressor {
    deflate: Compress,
    takeover: bool,
}

impl Compressor {
    /// The level that [`new`](Self::new) takes: the lowest whose data have blocks with codes of their
    /// own (RFC 1951 §3.2.7), so that a peer must read them.
    pub const LEVEL: u32 = 2;

    /// Makes a compressor whose data refer back at most `2^window_bits` bytes. With `takeover` a
    /// message may refer to earlier ones.
    ///
    /// # Panics
    /// A window has 8 to 15 bits (§7.1.2).
    #[must_use]
    pub fn new(window_bits: u8, takeover: bool) -> Self {
        Self::with_level(window_bits, takeover, Self::LEVEL)
    }

    /// Makes a compressor with a level of zlib's, from 0 (only stored) to 9 (smallest).
    ///
    /// Level 1 is twice as fast as level 2, but all its codes are the fixed ones (RFC 1951 §3.2.6).
    ///
    /// # Panics
    /// A window has 8 to 15 bits (§7.1.2), and 9 is the highest level.
    #[must_use]
    pub fn with_level(window_bits: u8, takeover: bool, level: u32) -> Self {
        assert!((8..=15).contains(&window_bits), "a window has 8 to 15 bits");
        assert!(level <= 9, "there is no level {level}");
        // zlib has no window of 8 bits. With 9 bits it refers back 250 bytes at most, since it keeps
        // the last 262 bytes of a window for what comes next. The tests hold it to that.
        let window_bits = window_bits.max(9);
        let deflate = Compress::new_with_window_bits(Compression::new(level), false, window_bits);
        Self { deflate, takeover }
    }

    /// Compresses a message. `out` then holds the payload, and nothing else; its memory is used
    /// again. The payload is never empty.
    ///
    /// # Panics
    /// Never: a compressor that is not at its end takes everything.
    pub fn compress(&mut self, message: &[u8], out: &mut Vec<u8>) {
        out.clear();
        let mut rest = message;
        loop {
            // The fixed codes of the lowest level have at most 9 bits a byte. More room is made if it is
            // needed.
            out.reserve(rest.len() + rest.len() / 8 + ROOM);
            let before = self.deflate.total_in();
            self.deflate
                .compress_vec(rest, out, FlushCompress::Sync)
                .expect("a compressor that is not at its end takes everything");
            let taken = usize::try_from(self.deflate.total_in() - before);
            rest = &rest[taken.expect("no more than there was")..];
            // If there is room left, nothing is held back.
            if rest.is_empty() && out.len() < out.capacity() {
                break;
            }
        }
        if !self.takeover {
            self.deflate.reset();
        }
        if out.ends_with(&TAIL) {
            out.truncate(out.len() - TAIL.len());
        }
        if out.is_empty() {
            // §7.2.3.6: an empty message is a byte of 0.
            out.push(0);
        }
    }
}

impl fmt::Debug for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressor").field("takeover", &self.takeover).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compression::Decompressor;
    use crate::data::Corpus;

    #[test]
    fn what_goes_in_comes_out_within_any_window() {
        let (mut packed, mut message) = (Vec::new(), Vec::new());
        for level in [0, 1, 2, 3, 6, 9] {
            for takeover in [false, true] {
                for bits in 8..=15 {
                    let mut compressor = Compressor::with_level(bits, takeover, level);
                    // It fails if one reference goes back further, or to an earlier message without
                    // takeover.
                    let mut decompressor = Decompressor::new(bits, takeover);
                    for corpus in Corpus::ALL {
                        let sizes = [0, 1, 700, 0, 0, 40_000, 16];
                        for size in sizes {
                            let data = corpus.windows(size).nth(1).unwrap();
                            compressor.compress(&data, &mut packed);
                            assert!(!packed.is_empty() && !packed.ends_with(&TAIL));
                            let result = decompressor.decompress(&packed, size * 4, &mut message);
                            let what = format!("{level} {takeover} {bits} {corpus:?} {size}");
                            assert_eq!(result, Ok(()), "{what}");
                            assert!(message == *data, "{what}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_second_message_refers_to_the_first_only_with_takeover() {
        let mut sizes = Vec::new();
        for takeover in [true, false] {
            let mut compressor = Compressor::new(15, takeover);
            let (mut first, mut second) = (Vec::new(), Vec::new());
            compressor.compress(b"Hello, Hello", &mut first);
            compressor.compress(b"Hello, Hello", &mut second);
            assert_eq!(first != second, takeover);
            sizes.push(second.len());
        }
        assert!(sizes[0] < sizes[1], "{sizes:?}");
    }

    #[test]
    fn all_kinds_of_blocks_can_be_sent() {
        let data = &Corpus::Prose.bytes()[..4096];
        for (level, kind) in [(0, 0), (1, 1), (Compressor::LEVEL, 2)] {
            let mut out = Vec::new();
            Compressor::with_level(15, true, level).compress(data, &mut out);
            // RFC 1951 §3.2.3: stored, with fixed codes, with codes of their own.
            assert_eq!(out[0] >> 1 & 3, kind, "level {level}");
        }
    }

    #[test]
    fn steady_messages_need_no_memory() {
        let mut out = Vec::new();
        let mut compressor = Compressor::new(15, true);
        let mut windows = Corpus::Document.windows(4096);
        compressor.compress(&windows.next().unwrap(), &mut out);
        let (address, capacity) = (out.as_ptr(), out.capacity());
        for window in windows.take(100) {
            compressor.compress(&window, &mut out);
        }
        assert_eq!((out.as_ptr(), out.capacity()), (address, capacity));
    }

    #[test]
    fn messages_as_rfc_7692_section_7_2_3_has_them() {
        let mut out = Vec::new();
        let mut compressor = Compressor::with_level(15, false, 6);
        compressor.compress(b"Hello", &mut out);
        assert_eq!(out, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]);
        compressor.compress(b"", &mut out);
        assert_eq!(out, [0x00]);
        let mut stored = Compressor::with_level(15, false, 0);
        stored.compress(b"Hello", &mut out);
        assert_eq!(out, b"\x00\x05\x00\xFA\xFFHello\x00");
    }
}
