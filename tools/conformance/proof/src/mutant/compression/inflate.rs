//! [`Inflate`]: inflates what is received.

use flate2::{Decompress, FlushDecompress, Status};

use super::agreed::Agreed;
use crate::mutant::flag::Flag;
use crate::mutant::flags::Flags;

/// What a sender leaves out at the end of a message (RFC 7692 §7.2.2).
const TAIL: &[u8] = &[0x00, 0x00, 0xFF, 0xFF];
/// The most bytes that a reference reaches back.
const WINDOW: usize = 1 << 15;
/// The most bytes that are made in a step.
const STEP: usize = 64 << 10;

/// Inflates the messages of a connection, part by part.
#[derive(Debug)]
pub(in crate::mutant) struct Inflate {
    stream: Decompress,
    takeover: bool,
    bfinal_fails: bool,
    /// The end of the messages before, with takeover.
    history: Vec<u8>,
}

/// Why data cannot be inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mutant) enum InflateError {
    /// It is no deflated data.
    Bad,
    /// It would be more than the limit.
    TooLong,
}

impl Inflate {
    pub(in crate::mutant) fn new(agreed: Agreed, flags: Flags) -> Self {
        Self {
            // A larger window than that of the sender does no harm.
            stream: Decompress::new(false),
            takeover: agreed.recv_takeover,
            bfinal_fails: flags.has(Flag::BfinalFails),
            history: Vec::new(),
        }
    }

    /// Inflates a part of a message, and appends it to `out`, which has what came before of the
    /// message, up to `limit` bytes in all.
    pub(in crate::mutant) fn push(
        &mut self,
        mut part: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), InflateError> {
        loop {
            out.reserve(STEP.min(part.len() * 4 + 64));
            let (before_in, before_out) = (self.stream.total_in(), out.len());
            let status = self
                .stream
                .decompress_vec(part, out, FlushDecompress::Sync)
                .map_err(|_| InflateError::Bad)?;
            let taken = self.stream.total_in() - before_in;
            part = &part[usize::try_from(taken).unwrap_or(part.len())..];
            if out.len() > limit {
                return Err(InflateError::TooLong);
            }
            match status {
                Status::StreamEnd if self.bfinal_fails => return Err(InflateError::Bad),
                Status::StreamEnd => self.begin_behind_final(out)?,
                _ if out.len() == out.capacity() => continue,
                _ if taken == 0 && out.len() == before_out && !part.is_empty() => {
                    return Err(InflateError::Bad);
                }
                _ => {}
            }
            if part.is_empty() {
                return Ok(());
            }
        }
    }

    /// Ends a message.
    pub(in crate::mutant) fn finish(
        &mut self,
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), InflateError> {
        self.push(TAIL, out, limit)?;
        if self.takeover {
            remember(&mut self.history, out);
        } else {
            self.stream.reset(false);
        }
        Ok(())
    }

    /// After a final block (§7.2.3.4) the next block begins at the next byte. It may refer to what
    /// came before.
    fn begin_behind_final(&mut self, out: &[u8]) -> Result<(), InflateError> {
        self.stream.reset(false);
        let mut window = self.history.clone();
        remember(&mut window, out);
        if !window.is_empty() {
            self.stream.set_dictionary(&window).map_err(|_| InflateError::Bad)?;
        }
        Ok(())
    }
}

/// Appends `more`, and keeps a window of the end.
fn remember(window: &mut Vec<u8>, more: &[u8]) {
    let more = &more[more.len().saturating_sub(WINDOW)..];
    let kept = (WINDOW - more.len()).min(window.len());
    window.drain(..window.len() - kept);
    window.extend_from_slice(more);
}

#[cfg(test)]
mod tests {
    use super::super::Deflate;
    use super::*;

    const LIMIT: usize = 1 << 20;

    fn agreed(takeover: bool, send_bits: u8) -> Agreed {
        Agreed { send_takeover: takeover, recv_takeover: takeover, send_bits }
    }

    fn inflated(
        inflate: &mut Inflate,
        message: &[u8],
        chunk: usize,
    ) -> Result<Vec<u8>, InflateError> {
        let mut out = Vec::new();
        for part in message.chunks(chunk) {
            inflate.push(part, &mut out, LIMIT)?;
        }
        inflate.finish(&mut out, LIMIT)?;
        Ok(out)
    }

    #[test]
    fn what_goes_in_comes_out() {
        let long: Vec<u8> =
            (0..100_000_u32).flat_map(|n| n.wrapping_mul(n).to_be_bytes()).collect();
        for (takeover, bits) in [(true, 15), (true, 9), (false, 12), (true, 8)] {
            let agreed = agreed(takeover, bits);
            let mut deflate = Deflate::new(agreed, Flags::NONE);
            let mut inflate = Inflate::new(agreed, Flags::NONE);
            for data in [&b""[..], b"", b"Hello", b"", b"Hello", &long, b"Hello"] {
                let mut message = Vec::new();
                deflate.message(data, &mut message);
                let back = inflated(&mut inflate, &message, 7).unwrap();
                assert!(back == data, "{takeover} {bits} {}", data.len());
            }
        }
    }

    #[test]
    fn rfc_7692_section_7_2_3_examples() {
        let mut inflate = Inflate::new(agreed(true, 15), Flags::NONE);
        for (message, want) in [
            (&b"\xF2\x48\xCD\xC9\xC9\x07\x00"[..], &b"Hello"[..]),
            (b"\xF2\x00\x11\x00\x00", b"Hello"),
            (b"\x00\x05\x00\xFA\xFFHello\x00", b"Hello"),
            (b"\xF3\x48\xCD\xC9\xC9\x07\x00\x00", b"Hello"),
            // A reference over the final block.
            (b"\xF2\x00\x11\x00\x00", b"Hello"),
            (b"\xF2\x48\x05\x00\x00\x00\xFF\xFF\xCA\xC9\xC9\x07\x00", b"Hello"),
            (b"\x00", b""),
        ] {
            for chunk in [1, 3, 99] {
                let back = inflated(&mut inflate, message, chunk);
                assert_eq!(back.as_deref(), Ok(want), "{message:x?} by {chunk}");
            }
        }
    }

    #[test]
    fn what_is_bad_or_too_long() {
        let new = |flags: Flags| Inflate::new(agreed(false, 15), flags);
        for bad in [&b"\x07"[..], b"\x00\x05\x00\x00\x00Hello\x00", b"\xF2\x00\x11\x00\x00"] {
            assert_eq!(
                inflated(&mut new(Flags::NONE), bad, 99),
                Err(InflateError::Bad),
                "{bad:x?}"
            );
        }
        let last = b"\xF3\x48\xCD\xC9\xC9\x07\x00\x00";
        assert_eq!(inflated(&mut new(Flag::BfinalFails.into()), last, 9), Err(InflateError::Bad));
        let mut bomb = Vec::new();
        Deflate::new(agreed(false, 15), Flags::NONE).message(&vec![0; LIMIT + 1], &mut bomb);
        assert_eq!(inflated(&mut new(Flags::NONE), &bomb, 99), Err(InflateError::TooLong));
    }
}
