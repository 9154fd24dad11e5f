//! Assembles one message from the pieces of its payload (RFC 6455 §5.4).
//!
//! The message is one contiguous buffer, whatever its frames: a fragment costs only its bytes. The
//! buffer grows with the bytes that have arrived, never by a declared length alone. Text is checked
//! while it arrives (§8.1). `inbound` counts the frames, and enforces their limit.

use super::allocation::Allocation;
use super::assembled::{Assembled, Whole};
use super::refill::Refill;
use crate::proto::bytes::{FREE, Grant, Utf8};
use crate::proto::rules::ProtocolError;

/// An unfinished message.
#[derive(Debug)]
pub(crate) struct Assembly {
    content: Content,
    /// How many bytes were pushed. The bytes of an unfinished character are not in `content`.
    len: u64,
    /// How many of the pushed bytes were cleared.
    cleared: u64,
    /// The length that the peer has declared so far, and whether that is the whole message.
    declared: usize,
    is_all: bool,
    /// The longest that the message may become (§10.4).
    most: u64,
    grant: Grant,
}

/// At most this many times the arrived bytes are allocated, if the peer has declared that many.
const AHEAD: usize = 4;

#[derive(Debug)]
enum Content {
    Text(String, Utf8),
    Binary(Refill),
}

impl Assembly {
    /// Begins an empty text or binary message in `allocation`. It may become `most` bytes long.
    pub(crate) fn new(text: bool, allocation: Allocation, most: u64) -> Self {
        let Allocation { mut bytes, grant } = allocation;
        let content = if text {
            bytes.clear();
            Content::Text(String::from_utf8(bytes).unwrap_or_default(), Utf8::default())
        } else {
            Content::Binary(Refill::new(bytes))
        };
        Self { content, len: 0, cleared: 0, declared: 0, is_all: false, most, grant }
    }

    /// Sets the length that the peer has declared, and whether that is the whole message. The bytes
    /// may never arrive.
    pub(crate) fn expect(&mut self, declared: u64, is_all: bool) {
        self.declared = usize::try_from(declared).unwrap_or(usize::MAX);
        self.is_all = is_all;
    }

    /// Changes the longest that the message may become.
    pub(crate) fn limit(&mut self, most: u64) {
        self.most = most;
    }

    /// Returns the bytes that have arrived and are not cleared.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.content {
            Content::Text(text, _) => text.as_bytes(),
            Content::Binary(bytes) => bytes.as_bytes(),
        }
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self.content, Content::Text(..))
    }

    /// Discards the bytes that have arrived, so that a message may be larger than memory. They
    /// still count against the limit.
    pub(crate) fn clear(&mut self) {
        self.cleared += self.as_bytes().len() as u64;
        match &mut self.content {
            Content::Text(text, _) => text.clear(),
            Content::Binary(bytes) => bytes.clear(),
        }
    }

    /// Appends a piece. Fails if the message becomes too large or is not UTF-8.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), ProtocolError> {
        let more = piece.len() as u64;
        let left = self.most.checked_sub(self.len);
        if left.is_none_or(|left| more > left) {
            return Err(self.too_big(piece, left.unwrap_or(0)));
        }
        self.make_room(piece.len())?;
        self.len += more;
        match &mut self.content {
            Content::Text(text, utf8) => utf8.push(piece, text),
            Content::Binary(bytes) => {
                bytes.push(piece);
                Ok(())
            }
        }
    }

    /// Returns the memory of an earlier message behind the content. The next bytes can be put there
    /// instead of being pushed.
    pub(crate) fn unfilled(&mut self) -> &mut [u8] {
        match &mut self.content {
            Content::Text(..) => &mut [],
            Content::Binary(bytes) => bytes.unfilled(),
        }
    }

    /// Returns the size of [`unfilled`](Self::unfilled).
    pub(crate) fn left(&self) -> usize {
        match &self.content {
            Content::Text(..) => 0,
            Content::Binary(bytes) => bytes.left(),
        }
    }

    /// Adds the first `n` bytes of [`unfilled`](Self::unfilled), and returns them. The caller has
    /// checked that the message does not become too large.
    pub(crate) fn fill(&mut self, n: usize) -> &mut [u8] {
        self.len += n as u64;
        match &mut self.content {
            Content::Text(..) => &mut [],
            Content::Binary(bytes) => bytes.fill(n),
        }
    }

    /// Returns what is wrong with a piece that exceeds the limit; `left` bytes of it are within.
    /// These are checked first, so that the error does not depend on where the data was cut.
    #[cold]
    fn too_big(&mut self, piece: &[u8], left: u64) -> ProtocolError {
        let front = usize::try_from(left).map_or(piece, |left| &piece[..left.min(piece.len())]);
        let judged = match &mut self.content {
            // The message is lost, so its buffer is used for the check and then freed.
            Content::Text(text, utf8) => {
                let mut scratch = std::mem::take(text);
                scratch.clear();
                utf8.push(front, &mut scratch)
            }
            Content::Binary(_) => Ok(()),
        };
        judged.err().unwrap_or(ProtocolError::MessageTooBig(self.most))
    }

    /// Doubles the allocation, or grows it faster up to the declared length, but never beyond the
    /// longest possible message. If the budget is nearly used up, it grows by less, but enough that
    /// the message is not copied again and again.
    fn make_room(&mut self, piece: usize) -> Result<(), ProtocolError> {
        let capacity = match &self.content {
            Content::Text(text, _) => text.capacity(),
            Content::Binary(bytes) => bytes.capacity(),
        };
        let held = usize::try_from(self.len - self.cleared).unwrap_or(usize::MAX);
        let wanted = held.saturating_add(piece);
        if wanted > capacity {
            let declared = self.declared.min(wanted.saturating_mul(AHEAD));
            let usual = declared.max(capacity.saturating_mul(2));
            let little = wanted.saturating_add(FREE.max(wanted / 8));
            // The largest possible allocation.
            let most = usize::try_from(self.most).unwrap_or(usize::MAX);
            let most = most.min(isize::MAX.unsigned_abs());
            let most = if self.is_all { self.declared.min(most) } else { most };
            let covers = |size: &usize| *size <= FREE || self.grant.cover(*size);
            let mut sizes = [usual, little].into_iter().map(|size| size.min(most).max(wanted));
            let capacity = sizes.find(covers).ok_or(ProtocolError::NoRoom)?;
            match &mut self.content {
                Content::Text(text, _) => text.reserve_exact(capacity - text.len()),
                Content::Binary(bytes) => bytes.reserve(capacity),
            }
        }
        Ok(())
    }

    /// Ends the message.
    pub(crate) fn finish(self) -> Result<Assembled, ProtocolError> {
        let content = match self.content {
            Content::Text(text, utf8) => utf8.finish().map(|()| Whole::Text(text))?,
            Content::Binary(bytes) => Whole::Binary(bytes),
        };
        Ok(Assembled { content, _grant: self.grant })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::bytes::Budget;

    #[test]
    fn room_is_used_again() {
        for text in [true, false] {
            let allocation = Allocation { bytes: vec![0xff; 1000], grant: Grant::default() };
            let mut assembly = Assembly::new(text, allocation, 3);
            assembly.push(b"ab").unwrap();
            assembly.push(b"c").unwrap();
            let message = assembly.finish().unwrap().into_message();
            assert_eq!((message.as_bytes(), message.as_text().is_some()), (&b"abc"[..], text));
            assert!(message.into_bytes().capacity() >= 1000);
        }
    }

    #[test]
    fn section_10_4_it_takes_and_allocates_no_more_than_it_may() {
        const MOST: usize = 10_000;
        for (piece, text) in [("a", true), ("a", false), ("\u{20ac}", true), ("\u{1f980}", true)] {
            for size in [1, 2, 5, 100, 4096] {
                let bytes = piece.repeat(2 * MOST);
                let mut assembly = Assembly::new(text, Allocation::default(), MOST as u64);
                let mut pieces = bytes.as_bytes().chunks(size);
                let refused = pieces.find_map(|piece| assembly.push(piece).err());
                assert_eq!(refused, Some(ProtocolError::MessageTooBig(MOST as u64)));
                let pushed = bytes.len() - pieces.map(<[u8]>::len).sum::<usize>() - size;
                assert!(MOST - pushed < size, "{pushed} of {MOST} bytes in pieces of {size}");
                let capacity = match assembly.content {
                    Content::Text(text, _) => text.capacity(),
                    Content::Binary(bytes) => bytes.capacity(),
                };
                assert!(capacity <= MOST, "{capacity} bytes for {piece} in pieces of {size}");
            }
        }
    }

    /// Grows a message of `frames` frames that each arrive in two reads. Returns how often it is
    /// moved.
    fn moves(frames: usize, len: usize, declared: bool, budget: &'static dyn Budget) -> usize {
        let allocation = Allocation { grant: Grant::new(Some(budget)), ..Allocation::default() };
        let mut assembly = Assembly::new(false, allocation, 16 << 20);
        let (mut moves, mut capacity) = (0, 0);
        for frame in 1..=frames {
            if declared {
                assembly.expect((frame * len) as u64, frame == frames);
            }
            for piece in [len / 2, len - len / 2] {
                assembly.push(&vec![7; piece]).unwrap();
                let Content::Binary(bytes) = &assembly.content else { panic!("it is binary") };
                moves += usize::from(bytes.capacity() != capacity);
                capacity = bytes.capacity();
            }
        }
        assert!(capacity <= 2 * frames * len + FREE, "{capacity} bytes");
        moves
    }

    /// A budget that gives up to this many bytes.
    #[derive(Debug)]
    struct Most(usize);

    impl Budget for Most {
        fn take(&self, bytes: usize) -> bool {
            bytes <= self.0
        }

        fn give_back(&self, _: usize) {}
    }

    #[test]
    fn a_message_is_not_moved_again_and_again() {
        static AMPLE: Most = Most(usize::MAX);
        static SHORT: Most = Most(600 << 10);
        for (rule, frames, len, declared, budget, most) in [
            ("small frames, each cut", 1024, 4096, true, &AMPLE, 14),
            ("large frames, each cut", 40, 100_000, true, &AMPLE, 8),
            ("nothing is declared", 1024, 4096, false, &AMPLE, 14),
            ("one frame", 1, 4 << 20, true, &AMPLE, 2),
            ("little is left", 1024, 4096, true, &SHORT, 40),
        ] {
            let moves = moves(frames, len, declared, budget);
            assert!(moves <= most, "{rule}: {moves}");
        }
    }

    #[test]
    fn a_last_frame_takes_what_it_says() {
        let mut assembly = Assembly::new(false, Allocation::default(), 16 << 20);
        assembly.push(&[7; 1000]).unwrap();
        assembly.expect(350_000, true);
        for size in [300_000, 49_000] {
            assembly.push(&vec![7; size]).unwrap();
        }
        let message = assembly.finish().unwrap().into_message();
        assert_eq!(message.into_bytes().capacity(), 350_000);
    }

    #[test]
    fn section_8_1_a_text_must_end_with_a_whole_character() {
        let mut assembly = Assembly::new(true, Allocation::default(), 9);
        assembly.push(b"\xe2\x82").unwrap();
        assert_eq!(assembly.finish().unwrap_err(), ProtocolError::BadUtf8);
    }
}
