//! [`Refill`]: the bytes of a binary message, in memory that an earlier message may have used.
//!
//! Memory that was written before can be read into, without first being cleared. So the payload of
//! a large frame need not go through the read buffer.

use crate::proto::bytes;

/// Bytes that are filled from the front.
#[derive(Debug)]
pub(super) struct Refill {
    /// What lies behind `filled` is left from an earlier message.
    bytes: Vec<u8>,
    filled: usize,
}

impl Refill {
    /// Begins empty, in the memory of `used`.
    pub(super) fn new(used: Vec<u8>) -> Self {
        Self { bytes: used, filled: 0 }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    pub(super) fn clear(&mut self) {
        self.filled = 0;
    }

    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Reserves memory for a capacity of exactly `capacity` bytes, which is more than there is.
    pub(super) fn reserve(&mut self, capacity: usize) {
        self.bytes.reserve_exact(capacity - self.bytes.len());
    }

    /// Appends a piece.
    pub(super) fn push(&mut self, piece: &[u8]) {
        let n = bytes::copy(piece, self.unfilled());
        bytes::append(&mut self.bytes, &piece[n..]);
        self.filled += piece.len();
    }

    /// Returns the memory behind the content that was written before.
    pub(super) fn unfilled(&mut self) -> &mut [u8] {
        &mut self.bytes[self.filled..]
    }

    /// Returns the size of [`unfilled`](Self::unfilled).
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.filled
    }

    /// Adds the first `n` bytes of [`unfilled`](Self::unfilled) to the content, and returns them.
    pub(super) fn fill(&mut self, n: usize) -> &mut [u8] {
        self.filled += n;
        &mut self.bytes[self.filled - n..self.filled]
    }

    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.truncate(self.filled);
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
}
