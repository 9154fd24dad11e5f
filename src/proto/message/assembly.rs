//! The message under way: pieces of payload in, one message out (RFC 6455 §5.4).
//!
//! One contiguous buffer, whatever the frames: a fragment costs its bytes and nothing else. It
//! grows with what arrived, never by a declared length. Text is checked as it comes (§8.1).

use super::allocation::{Allocation, FREE};
use super::budget::Grant;
use super::message::Message;
use crate::proto::bytes;
use crate::proto::bytes::Utf8;
use crate::proto::rules::ProtocolError;

/// A message of which some payload is still to come.
#[derive(Debug)]
pub(crate) struct Assembly {
    content: Content,
    /// How many bytes were pushed; those of a character that is not all there are not in `content`.
    len: u64,
    /// How many of them were cleared.
    cleared: u64,
    /// What the peer says there will be, as far as it is known, and whether that is all of it.
    declared: usize,
    is_all: bool,
    /// The most there may be (§10.4).
    most: u64,
    grant: Grant,
}

/// So many times what has arrived is allocated at most, where the peer says that it will come.
const AHEAD: usize = 4;

#[derive(Debug)]
enum Content {
    Text(String, Utf8),
    Binary(Vec<u8>),
}

impl Assembly {
    /// Begins an empty text or binary message in `allocation`; it may have `most` bytes.
    pub(crate) fn new(text: bool, allocation: Allocation, most: u64) -> Self {
        let Allocation { mut bytes, grant } = allocation;
        bytes.clear();
        let content = if text {
            Content::Text(String::from_utf8(bytes).unwrap_or_default(), Utf8::default())
        } else {
            Content::Binary(bytes)
        };
        Self { content, len: 0, cleared: 0, declared: 0, is_all: false, most, grant }
    }

    /// Tells it how many bytes the peer says that there will be, and whether that is all; they may not
    /// come.
    pub(crate) fn expect(&mut self, declared: u64, is_all: bool) {
        self.declared = usize::try_from(declared).unwrap_or(usize::MAX);
        self.is_all = is_all;
    }

    /// Changes how many bytes it may have.
    pub(crate) fn limit(&mut self, most: u64) {
        self.most = most;
    }

    /// What has come and is not cleared.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.content {
            Content::Text(text, _) => text.as_bytes(),
            Content::Binary(bytes) => bytes,
        }
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self.content, Content::Text(..))
    }

    /// Throws away what has come, so that a message may be larger than memory. It counts as ever.
    pub(crate) fn clear(&mut self) {
        self.cleared += self.as_bytes().len() as u64;
        match &mut self.content {
            Content::Text(text, _) => text.clear(),
            Content::Binary(bytes) => bytes.clear(),
        }
    }

    /// Appends a piece; fails where the message becomes too large or is no text.
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
                bytes::append(bytes, piece);
                Ok(())
            }
        }
    }

    /// What is wrong with a piece of which only so much is `left`: that is judged first, wherever the
    /// data was cut.
    #[cold]
    fn too_big(&mut self, piece: &[u8], left: u64) -> ProtocolError {
        let front = usize::try_from(left).map_or(piece, |left| &piece[..left.min(piece.len())]);
        let judged = match &mut self.content {
            // The message is lost, so its text is given back with what is judged here.
            Content::Text(text, utf8) => {
                let mut scratch = std::mem::take(text);
                scratch.clear();
                utf8.push(front, &mut scratch)
            }
            Content::Binary(_) => Ok(()),
        };
        judged.err().unwrap_or(ProtocolError::MessageTooBig(self.most))
    }

    /// Grows by doubling, or faster to what was declared; but to no more than the message may have. Where
    /// the budget is short it grows by less, but never so little that a message is moved again and
    /// again.
    fn make_room(&mut self, piece: usize) -> Result<(), ProtocolError> {
        let (there, capacity) = match &self.content {
            Content::Text(text, _) => (text.len(), text.capacity()),
            Content::Binary(bytes) => (bytes.len(), bytes.capacity()),
        };
        let held = usize::try_from(self.len - self.cleared).unwrap_or(usize::MAX);
        let wanted = held.saturating_add(piece);
        if wanted > capacity {
            let declared = self.declared.min(wanted.saturating_mul(AHEAD));
            let usual = declared.max(capacity.saturating_mul(2));
            let little = wanted.saturating_add(FREE.max(wanted / 8));
            // The most that an allocation can have.
            let most = usize::try_from(self.most).unwrap_or(usize::MAX);
            let most = most.min(isize::MAX.unsigned_abs());
            let most = if self.is_all { self.declared.min(most) } else { most };
            let covers = |size: &usize| *size <= FREE || self.grant.cover(*size);
            let mut sizes = [usual, little].into_iter().map(|size| size.min(most).max(wanted));
            let capacity = sizes.find(covers).ok_or(ProtocolError::NoRoom)?;
            let more = capacity - there;
            match &mut self.content {
                Content::Text(text, _) => text.reserve_exact(more),
                Content::Binary(bytes) => bytes.reserve_exact(more),
            }
        }
        Ok(())
    }

    /// Ends the message; what it takes from the budget is held by the second value.
    pub(crate) fn finish(self) -> Result<(Message, Grant), ProtocolError> {
        let message = match self.content {
            Content::Text(text, utf8) => utf8.finish().map(|()| Message::Text(text)),
            Content::Binary(bytes) => Ok(Message::Binary(bytes)),
        };
        message.map(|message| (message, self.grant))
    }
}

#[cfg(test)]
mod tests {
    use super::super::budget::Budget;
    use super::*;

    #[test]
    fn room_is_used_again() {
        for text in [true, false] {
            let allocation = Allocation { bytes: vec![0xff; 1000], grant: Grant::default() };
            let mut assembly = Assembly::new(text, allocation, 3);
            assembly.push(b"ab").unwrap();
            assembly.push(b"c").unwrap();
            let (message, _) = assembly.finish().unwrap();
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

    /// Grows a message of so many frames that each come in two reads, and counts how often it moves.
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

    /// Gives up to so many bytes.
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
        let (message, _) = assembly.finish().unwrap();
        assert_eq!(message.into_bytes().capacity(), 350_000);
    }

    #[test]
    fn section_8_1_a_text_must_end_with_a_whole_character() {
        let mut assembly = Assembly::new(true, Allocation::default(), 9);
        assembly.push(b"\xe2\x82").unwrap();
        assert_eq!(assembly.finish().unwrap_err(), ProtocolError::BadUtf8);
    }
}
