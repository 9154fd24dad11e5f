//! [`Deflate`]: compresses what is sent.

use flate2::{Compress, Compression, FlushCompress};

use super::agreed::Agreed;
use crate::mutant::flag::Flag;
use crate::mutant::flags::Flags;

/// What stands at the end of compressed data, and is not sent (RFC 7692 §7.2.1).
const TAIL: &[u8] = &[0x00, 0x00, 0xFF, 0xFF];

/// Compresses the messages of a connection.
#[derive(Debug)]
pub(in crate::mutant) struct Deflate {
    compress: Compress,
    takeover: bool,
    keeps_tail: bool,
}

impl Deflate {
    pub(in crate::mutant) fn new(agreed: Agreed, flags: Flags) -> Self {
        // zlib has no window of 8 bits. Data that is only stored refers to nothing.
        let level = if agreed.send_bits < 9 { Compression::none() } else { Compression::fast() };
        let bits = agreed.send_bits.max(9);
        Self {
            compress: Compress::new_with_window_bits(level, false, bits),
            takeover: agreed.send_takeover,
            keeps_tail: flags.has(Flag::TailKept),
        }
    }

    /// Appends the compressed message to `out`.
    pub(in crate::mutant) fn message(&mut self, mut data: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        loop {
            out.reserve(data.len() / 2 + 64);
            let before = self.compress.total_in();
            self.compress
                .compress_vec(data, out, FlushCompress::Sync)
                .expect("a compressor that is not at its end takes everything");
            let taken = self.compress.total_in() - before;
            data = &data[usize::try_from(taken).unwrap_or(data.len())..];
            // Room that is left shows that the flush is complete.
            if data.is_empty() && out.len() < out.capacity() {
                break;
            }
        }
        if !self.takeover {
            self.compress.reset();
        }
        if out[start..].ends_with(TAIL) && !self.keeps_tail {
            out.truncate(out.len() - TAIL.len());
        }
        if out.len() == start {
            // A second flush writes nothing; an empty message is a block's first byte (§7.2.3.6).
            out.push(0);
        }
    }
}
