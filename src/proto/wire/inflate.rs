//! Inflates one message after another, leniently (RFC 7692 §7.2.2).
//!
//! The data of a message are DEFLATE blocks without the last four bytes. What an implementation may
//! refuse but an observer should show is taken: no data at all, and blocks that are marked as the
//! last (§7.2.3.4).

use std::fmt;

use flate2::{Decompress, FlushDecompress, Status};

/// `true` if this build can inflate.
pub(crate) const AVAILABLE: bool = true;

/// What no message has at its end, and what has to be there again (§7.2.2).
const TAIL: &[u8] = &[0x00, 0x00, 0xFF, 0xFF];
/// A block without content. Behind a whole message nothing comes out of it.
const EMPTY_BLOCK: &[u8] = &[0x00, 0x00, 0x00, 0xFF, 0xFF];
/// How many bytes are inflated at a time.
const CHUNK: usize = 32 << 10;

/// Inflates the messages of one direction.
#[derive(Debug)]
pub(crate) struct Inflate {
    stream: Decompress,
    at: At,
    /// What comes out at a time.
    chunk: Vec<u8>,
}

/// How far the data of a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// No byte of it has come.
    Start,
    Within,
    /// Behind a block that is marked as the last.
    End,
}

impl Inflate {
    /// Makes an inflater with the largest window, which takes what was made for a smaller one too.
    pub(crate) fn new() -> Self {
        Self { stream: Decompress::new(false), at: At::Start, chunk: Vec::with_capacity(CHUNK) }
    }

    /// Inflates a piece of a message, and gives `out` what comes out, until that returns `false`.
    pub(crate) fn push(
        &mut self,
        mut piece: &[u8],
        out: &mut impl FnMut(&[u8]) -> bool,
    ) -> Result<(), Broken> {
        let chunk = &mut self.chunk;
        // A full chunk may mean that there is more, even if all of the piece was taken.
        let mut is_full = false;
        while !piece.is_empty() || is_full {
            if self.at == At::End {
                // §7.2.3.4: what follows a last block begins anew.
                self.stream.reset(false);
            }
            chunk.clear();
            let before = self.stream.total_in();
            let inflated = self.stream.decompress_vec(piece, chunk, FlushDecompress::None);
            if !out(chunk) {
                return Err(Broken);
            }
            let status = inflated.map_err(|_| Broken)?;
            let taken = usize::try_from(self.stream.total_in() - before).unwrap_or(piece.len());
            piece = &piece[taken..];
            self.at = if status == Status::StreamEnd { At::End } else { At::Within };
            is_full = self.at == At::Within && chunk.len() == chunk.capacity();
            if self.at == At::Within && !is_full && !piece.is_empty() {
                // It takes all bytes for which there is room. Otherwise this would never end.
                return Err(Broken);
            }
        }
        Ok(())
    }

    /// Ends a message, and gives `out` the rest of it as [`push`](Self::push) does. With `takeover` the
    /// next message may refer to this one.
    pub(crate) fn finish(
        &mut self,
        takeover: bool,
        out: &mut impl FnMut(&[u8]) -> bool,
    ) -> Result<(), Broken> {
        let ended = self.end(out);
        if !takeover || self.at == At::End || ended.is_err() {
            self.stream.reset(false);
        }
        self.at = At::Start;
        ended
    }

    fn end(&mut self, out: &mut impl FnMut(&[u8]) -> bool) -> Result<(), Broken> {
        if self.at != At::Within {
            return Ok(());
        }
        self.push(TAIL, out)?;
        if self.at == At::Within {
            let before = self.stream.total_out();
            self.push(EMPTY_BLOCK, &mut |_| true)?;
            if self.stream.total_out() != before {
                return Err(Broken);
            }
        }
        Ok(())
    }
}

/// Why a message cannot be inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("compressed, but not by DEFLATE as RFC 7692 has it")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inflates a message, once whole and once byte by byte.
    fn inflated(data: &[u8]) -> Result<Vec<u8>, Broken> {
        let of = |pieces: &mut dyn Iterator<Item = &[u8]>| {
            let (mut inflate, mut all) = (Inflate::new(), Vec::new());
            let mut out = |bytes: &[u8]| {
                all.extend_from_slice(bytes);
                true
            };
            for piece in pieces {
                inflate.push(piece, &mut out)?;
            }
            inflate.finish(false, &mut out).map(|()| all)
        };
        let whole = of(&mut std::iter::once(data));
        assert_eq!(of(&mut data.chunks(1)), whole, "byte by byte");
        whole
    }

    #[test]
    fn rfc_7692_section_7_2_3_the_examples() {
        for (rule, data, want) in [
            ("7.2.3.1", &[0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00][..], Ok(&b"Hello"[..])),
            ("7.2.3.3", &[0x00, 5, 0, 0xFA, 0xFF, b'H', b'e', b'l', b'l', b'o', 0], Ok(b"Hello")),
            ("7.2.3.4", &[0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00], Ok(b"Hello")),
            (
                "7.2.3.4, without a block behind",
                &[0xF3, 0x48, 0xCD, 0xC9, 0xC9, 7, 0],
                Ok(b"Hello"),
            ),
            (
                "7.2.3.5",
                &[0xF2, 0x48, 5, 0, 0, 0, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 7, 0],
                Ok(b"Hello"),
            ),
            ("7.2.3.6", &[0x00], Ok(b"")),
            ("no data", &[], Ok(b"")),
            ("a last block that ends with the tail", &[0x01], Ok(b"")),
            ("the third type of a block", &[0x06], Err(Broken)),
            ("a block that is not whole", &[0xF2, 0x48, 0xCD], Err(Broken)),
            ("a stored block that is not whole", &[0x00, 9, 0, 0xF6, 0xFF, b'H'], Err(Broken)),
            ("a last block that is not whole", &[0xF3, 0x48, 0xCD], Err(Broken)),
        ] {
            assert_eq!(inflated(data), want.map(<[u8]>::to_vec), "{rule}");
        }
    }

    #[test]
    fn messages_refer_to_earlier_ones_by_takeover_alone() {
        // §7.2.3.2: the same message twice, the second time as a reference to the first.
        let [first, second] =
            [&[0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00][..], &[0xF2, 0x00, 0x11, 0x00, 0x00]];
        for (takeover, want) in [(true, Ok(b"Hello".to_vec())), (false, Err(Broken))] {
            let (mut inflate, mut all) = (Inflate::new(), Vec::new());
            let mut message = |data| {
                all.clear();
                let mut out = |bytes: &[u8]| {
                    all.extend_from_slice(bytes);
                    true
                };
                inflate.push(data, &mut out)?;
                inflate.finish(takeover, &mut out).map(|()| all.clone())
            };
            assert_eq!(message(first), Ok(b"Hello".to_vec()));
            assert_eq!(message(second), want, "{takeover}");
        }
    }

    #[test]
    fn a_message_that_is_too_large_can_be_stopped() {
        let mut stream = flate2::Compress::new(flate2::Compression::best(), false);
        let mut data = Vec::with_capacity(8 << 10);
        let zeros = vec![0; 1 << 20];
        stream.compress_vec(&zeros, &mut data, flate2::FlushCompress::Sync).unwrap();
        data.truncate(data.len() - TAIL.len());
        assert!(inflated(&data).unwrap() == zeros, "all of it");
        for most in [0, 1, CHUNK, 5 * CHUNK] {
            let mut came = 0;
            let stopped = Inflate::new().push(&data, &mut |bytes| {
                came += bytes.len();
                came <= most
            });
            assert_eq!((stopped, came / CHUNK), (Err(Broken), most / CHUNK + 1), "{most}");
        }
    }
}
