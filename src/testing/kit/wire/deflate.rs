//! Compresses one message after another (RFC 7692 §7.2.1).

use flate2::{Compress, Compression, FlushCompress};

/// What a message's data has at its end, and what is not sent (§7.2.1).
const TAIL: &[u8] = &[0x00, 0x00, 0xFF, 0xFF];
/// Bytes for the headers of blocks.
const ROOM: usize = 64;

/// Compresses the messages of one direction.
#[derive(Debug)]
pub(crate) struct Deflate(Compress);

impl Deflate {
    /// Makes a compressor whose messages refer back up to `2^window_bits` bytes, 8 to 15.
    pub(crate) fn new(window_bits: u8) -> Self {
        // No compressor has a window of 8 bits. Data that is only stored refers to nothing.
        let level = if window_bits < 9 { Compression::none() } else { Compression::default() };
        Self(Compress::new_with_window_bits(level, false, window_bits.clamp(9, 15)))
    }

    /// Compresses a message. The result is never empty. With `takeover` the next message may refer
    /// to this one.
    pub(crate) fn message(&mut self, mut data: &[u8], takeover: bool) -> Vec<u8> {
        let mut out = Vec::new();
        loop {
            out.reserve(data.len() + ROOM);
            let before = self.0.total_in();
            self.0
                .compress_vec(data, &mut out, FlushCompress::Sync)
                .expect("a compressor that is not at its end takes everything");
            let taken = usize::try_from(self.0.total_in() - before).unwrap_or(data.len());
            data = &data[taken..];
            // With room left, all has come out.
            if data.is_empty() && out.len() < out.capacity() {
                break;
            }
        }
        if !takeover {
            self.0.reset();
        }
        if out.ends_with(TAIL) {
            out.truncate(out.len() - TAIL.len());
        }
        if out.is_empty() {
            // §7.2.3.6: an empty message is one zero byte.
            out.push(0);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::wire::Inflate;

    #[test]
    fn what_goes_in_comes_out() {
        let long: Vec<u8> =
            (0..200_000_u32).flat_map(|n| n.wrapping_mul(n).to_be_bytes()).collect();
        for takeover in [false, true] {
            for bits in 8..=15 {
                let (mut deflate, mut inflate) = (Deflate::new(bits), Inflate::new());
                for data in [&b""[..], b"", b"Hello", b"", b"Hello", &long, b"Hello"] {
                    let message = deflate.message(data, takeover);
                    assert!(!message.is_empty() && !message.ends_with(TAIL));
                    let mut all = Vec::new();
                    let mut out = |bytes: &[u8]| {
                        all.extend_from_slice(bytes);
                        true
                    };
                    inflate.push(&message, &mut out).unwrap();
                    inflate.finish(takeover, &mut out).unwrap();
                    assert!(all == data, "{takeover}, {bits} bits, {} bytes", data.len());
                }
            }
        }
    }

    #[test]
    fn rfc_7692_section_7_2_3_2_takeover_makes_the_second_message_smaller() {
        for (takeover, is_smaller) in [(true, true), (false, false)] {
            let mut deflate = Deflate::new(15);
            let first = deflate.message(b"Hello", takeover);
            assert_eq!(first, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]);
            let second = deflate.message(b"Hello", takeover);
            assert_eq!(second.len() < first.len(), is_smaller, "{second:x?}");
        }
    }
}
