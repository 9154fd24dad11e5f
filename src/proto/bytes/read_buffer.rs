//! The read buffer: holds bytes between the socket and the frame decoder.
//!
//! It starts small, grows while reads fill it completely, and shrinks when they no longer do. So a
//! busy connection reads much at once, and an idle connection holds little. When nothing has come
//! for a second, `connection/driver/` gives back even more: see `HOLDS` there.

use std::ops::Range;

use super::budget::Budget;
use super::extent::Extent;

/// The size on a connection that receives little.
const SMALLEST: usize = 512;

/// Bytes that have arrived and have not been taken.
#[derive(Debug)]
pub(crate) struct ReadBuffer {
    bytes: Vec<u8>,
    unread: Range<usize>,
    extent: Extent,
}

impl ReadBuffer {
    /// Begins with bytes that were read before, such as those after an HTTP head.
    pub(crate) fn new(already_read: Vec<u8>) -> Self {
        let unread = 0..already_read.len();
        Self { bytes: already_read, unread, extent: Extent::default() }
    }

    /// Grows further from now on, as far as `spare` allows.
    pub(crate) fn take_spare(&mut self, spare: &'static dyn Budget) {
        self.extent.take_spare(spare);
    }

    pub(crate) fn unread(&self) -> &[u8] {
        &self.bytes[self.unread.clone()]
    }

    /// Takes the next `n` unread bytes and returns their place in the buffer. They stay there until
    /// the next call of [`space`].
    ///
    /// [`space`]: Self::space
    pub(crate) fn take(&mut self, n: usize) -> Range<usize> {
        let taken = self.unread.start..self.unread.start + n;
        self.unread.start = taken.end;
        taken
    }

    pub(crate) fn get(&self, taken: Range<usize>) -> &[u8] {
        &self.bytes[taken]
    }

    pub(crate) fn get_mut(&mut self, taken: Range<usize>) -> &mut [u8] {
        &mut self.bytes[taken]
    }

    /// Returns the space for a read. Moves the unread bytes to the front.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        self.bytes.copy_within(self.unread.clone(), 0);
        self.unread = 0..self.unread.len();
        self.fit();
        &mut self.bytes[self.unread.end..]
    }

    /// Counts the bytes that a read put into [`space`](Self::space).
    pub(crate) fn filled(&mut self, n: usize) {
        self.unread.end += n;
        let (used, size) = (self.unread.end, self.bytes.len());
        self.extent.note(used, size, used == size);
    }

    /// Returns `true` if the buffer has grown.
    pub(crate) fn is_large(&self) -> bool {
        self.bytes.len() > SMALLEST
    }

    /// Frees the memory if nothing is unread, unless the next [`space`](Self::space) would allocate
    /// as much again.
    pub(crate) fn rest(&mut self) {
        if self.unread.is_empty() && self.bytes.capacity() > SMALLEST {
            (self.bytes, self.unread) = (Vec::new(), 0..0);
            self.extent.rest();
        }
    }

    fn fit(&mut self) {
        // There is always space beyond the unread bytes, or a read could not go on.
        let smallest = SMALLEST.max(self.unread.len() + MIN_SPACE);
        let wanted = self.extent.next(self.bytes.len(), smallest);
        if wanted != self.bytes.len() {
            self.bytes.resize(wanted, 0);
            self.bytes.shrink_to_fit();
        }
    }
}

/// The space that a read gets at least: enough for the largest control frame.
const MIN_SPACE: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `n` bytes, takes them all, and returns the size of the space lent before.
    fn read(buffer: &mut ReadBuffer, n: usize) -> usize {
        let space = buffer.space().len();
        buffer.filled(n.min(space));
        buffer.take(buffer.unread().len());
        space
    }

    #[test]
    fn grows_while_reads_fill_it_and_shrinks_when_they_do_not() {
        let mut buffer = ReadBuffer::new(Vec::new());
        let sizes: Vec<_> = (0..6).map(|_| read(&mut buffer, usize::MAX)).collect();
        assert_eq!(sizes, [512, 2 << 10, 8 << 10, 32 << 10, 64 << 10, 64 << 10]);
        let sizes: Vec<_> = (0..40).map(|_| read(&mut buffer, 100)).collect();
        assert_eq!(sizes[7], 64 << 10, "a few small reads change nothing");
        assert_eq!(sizes[39], 512, "many do");
    }

    #[test]
    fn keeps_what_is_unread() {
        let mut buffer = ReadBuffer::new(b"frame".to_vec());
        let first = buffer.take(1);
        assert_eq!(buffer.get(first), b"f");
        buffer.space()[..3].copy_from_slice(b"..!");
        buffer.filled(3);
        assert_eq!(buffer.unread(), b"rame..!");
        buffer.get_mut(1..2)[0] = b'A';
        assert_eq!(buffer.unread(), b"rAme..!");
    }

    #[test]
    fn rests_only_where_nothing_is_unread() {
        let mut buffer = ReadBuffer::new(vec![7; 100_000]);
        buffer.rest();
        assert_eq!(buffer.unread().len(), 100_000);
        buffer.take(100_000);
        buffer.rest();
        assert_eq!(buffer.space().len(), SMALLEST);
    }

    #[test]
    fn only_what_has_grown_is_given_back() {
        for (rule, reads, kept) in [
            ("nothing has come", &[0][..], SMALLEST),
            ("little", &[100, 0], SMALLEST),
            ("a read that filled it", &[SMALLEST, 0], 0),
            ("much, and then little", &[SMALLEST, 4 * SMALLEST, 1, 0], 0),
        ] {
            let mut buffer = ReadBuffer::new(Vec::new());
            for n in reads {
                read(&mut buffer, *n);
            }
            // A program that polls comes here again and again.
            for _ in 0..3 {
                buffer.rest();
                assert_eq!(buffer.bytes.capacity(), kept, "{rule}");
            }
            assert_eq!(buffer.space().len(), SMALLEST, "{rule}");
        }
        let mut lent = Vec::with_capacity(10_000);
        lent.push(7);
        let mut buffer = ReadBuffer::new(lent);
        buffer.take(1);
        buffer.rest();
        assert_eq!(buffer.bytes.capacity(), 0, "what was read before is small in a large room");
    }

    #[test]
    fn there_is_always_room_to_read() {
        let mut buffer = ReadBuffer::new(vec![7; 100_000]);
        assert!(!buffer.space().is_empty());
        assert_eq!(buffer.unread().len(), 100_000);
    }
}
