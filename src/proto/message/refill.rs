//! [`Refill`]: the bytes of a binary message, in memory that an earlier message may have used.
//!
//! Memory that was written before can be read into, without first being cleared. So the payload of
//! a large frame need not go through the read buffer.

use crate::proto::bytes;
use crate::proto::bytes::FREE;

/// Large content begins at a multiple of this many bytes. Most allocators place large memory a few
/// bytes behind the beginning of a page, and the system copies the payload from the beginning of a
/// page, behind a header. Some processors make such copies thirty times slower: see `bytes/copy`.
const LINE: usize = 64;

/// Bytes that are filled from the front.
#[derive(Debug)]
pub(super) struct Refill {
    /// The content is `start..end`. What lies behind it is left from an earlier message.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Refill {
    /// Begins empty, in the memory of `used`.
    pub(super) fn new(used: Vec<u8>) -> Self {
        let behind = used.as_ptr().addr() % LINE;
        let start = if used.len() <= FREE || behind == 0 { 0 } else { LINE - behind };
        Self { bytes: used, start, end: start }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    pub(super) fn clear(&mut self) {
        self.end = self.start;
    }

    /// Returns how long the content can become without more memory.
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity() - self.start
    }

    /// Reserves memory for a capacity of exactly `capacity` bytes, which is more than there is.
    pub(super) fn reserve(&mut self, capacity: usize) {
        self.bytes.reserve_exact(self.start + capacity - self.bytes.len());
    }

    /// Appends a piece.
    pub(super) fn push(&mut self, piece: &[u8]) {
        let n = bytes::copy(piece, self.unfilled());
        bytes::append(&mut self.bytes, &piece[n..]);
        self.end += piece.len();
    }

    /// Returns the memory behind the content that was written before.
    pub(super) fn unfilled(&mut self) -> &mut [u8] {
        &mut self.bytes[self.end..]
    }

    /// Returns the size of [`unfilled`](Self::unfilled).
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.end
    }

    /// Adds the first `n` bytes of [`unfilled`](Self::unfilled) to the content, and returns them.
    pub(super) fn fill(&mut self, n: usize) -> &mut [u8] {
        self.end += n;
        &mut self.bytes[self.end - n..self.end]
    }

    /// Returns the content alone.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.truncate(self.end);
        self.bytes.drain(..self.start);
        self.bytes
    }

    /// Returns the memory, with all that was ever written there.
    pub(super) fn into_memory(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_go_over_what_was_there_and_beyond() {
        let mut refill = Refill::new(b"earlier".to_vec());
        assert_eq!((refill.as_bytes(), refill.left()), (&b""[..], 7));
        refill.push(b"la");
        refill.unfilled()[..2].copy_from_slice(b"te");
        assert_eq!(refill.as_bytes(), b"la", "not counted yet");
        assert_eq!(refill.fill(2), b"te");
        refill.push(b"r message");
        assert_eq!((refill.as_bytes(), refill.left()), (&b"later message"[..], 0));
        assert_eq!(refill.into_bytes(), b"later message");
        let mut refill = Refill::new(b"earlier".to_vec());
        refill.push(b"x");
        assert_eq!(refill.into_bytes(), b"x", "nothing is left of an earlier message");
    }

    #[test]
    fn large_content_begins_at_a_line_wherever_the_memory_lies() {
        let mut memory = vec![b'-'; 4 * FREE];
        for len in [FREE, FREE + 100, 4 * FREE] {
            memory.truncate(len);
            let mut refill = Refill::new(memory);
            refill.push(b"content");
            let at = refill.as_bytes().as_ptr().addr();
            assert!(at % LINE == 0 || len == FREE, "{at} of {len}");
            refill.reserve(5 * FREE);
            assert!(refill.capacity() >= 5 * FREE);
            refill.push(&vec![b'+'; 5 * FREE - 7]);
            let content = [b"content", &vec![b'+'; 5 * FREE - 7][..]].concat();
            assert!(refill.as_bytes() == content);
            memory = refill.into_bytes();
            assert!(memory == content);
        }
    }
}
