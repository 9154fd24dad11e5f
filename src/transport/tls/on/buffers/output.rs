//! [`Output`]: ciphertext on its way to the socket, in memory that is used again.

use std::ops::Deref;

use crate::proto::bytes;

/// Bytes on their way out, in memory that is cleared once and then used again.
///
/// They may be made right here, in the [`room`](Self::room). What lies behind the content was written
/// before, so that memory need not be cleared each time.
pub(crate) struct Output {
    /// Beyond `len` there is no content.
    bytes: Vec<u8>,
    len: usize,
}

impl Output {
    pub(crate) const fn new() -> Self {
        Self { bytes: Vec::new(), len: 0 }
    }

    /// Returns `most` bytes of room behind the content.
    pub(crate) fn room(&mut self, most: usize) -> &mut [u8] {
        let end = self.len + most;
        if self.bytes.len() < end {
            // Exactly, because a buffer that is larger than a usual write is not kept.
            self.bytes.reserve_exact(end - self.bytes.len());
            self.bytes.resize(end, 0);
        }
        &mut self.bytes[self.len..end]
    }

    /// Counts the bytes that were put into the [`room`](Self::room).
    pub(crate) fn add(&mut self, n: usize) {
        debug_assert!(self.len + n <= self.bytes.len());
        self.len += n;
    }

    pub(crate) fn append(&mut self, more: &[u8]) {
        let n = bytes::copy(more, self.room(more.len()));
        self.add(n);
    }

    /// Reserves memory for `more` bytes.
    pub(crate) fn reserve(&mut self, more: usize) {
        if self.bytes.capacity() < self.len + more {
            self.bytes.truncate(self.len);
            self.bytes.reserve_exact(more);
        }
    }

    /// Removes the first `n` bytes, which are sent.
    pub(crate) fn sent(&mut self, n: usize) {
        self.bytes.copy_within(n..self.len, 0);
        self.len -= n;
    }

    /// Removes all content and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// How much memory it holds.
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}

impl Deref for Output {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_into_the_room_or_appended_follows_what_is_there() {
        let mut output = Output::new();
        output.append(b"ab");
        output.room(4)[..2].copy_from_slice(b"cd");
        output.add(2);
        output.append(b"e");
        output.room(0);
        assert_eq!(*output, *b"abcde");
        output.sent(3);
        output.append(b"f");
        assert_eq!(*output, *b"def");
    }

    #[test]
    fn room_that_was_given_before_costs_nothing() {
        let mut output = Output::new();
        output.room(70_000)[69_999] = 7;
        for _ in 0..5 {
            output.room(1000);
            output.add(1000);
        }
        output.clear();
        assert!(output.is_empty());
        output.reserve(70_000);
        assert_eq!(output.capacity(), 70_000);
        assert_eq!(output.room(70_000)[69_999], 7, "it is not cleared again");
    }
}
