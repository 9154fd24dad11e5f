//! Where the bytes of a read go: into the read buffer, or straight into the message.
//!
//! In a message, the payload of a large frame is read into its place, and is not copied once more.
//! This needs memory that was written before, so it begins with the second large message that is
//! lent. A text cannot be read into its place: safe Rust makes a `String` only by a copy or a second
//! check.

use super::inbound::Inbound;
use super::unfinished::{LEAST, Target};

/// The most that is read into its place at once. It is unmasked while it is in the processor's
/// cache.
const AT_ONCE: usize = 64 << 10;
/// After a large message, this much of what follows is read into the read buffer: the header of the
/// next large frame, and little that must be copied from there.
const BEYOND: usize = 4 << 10;

impl Inbound {
    /// Returns the space for a read.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        let n = self.in_place();
        if n >= LEAST {
            self.target = Target::Message;
            let unfilled = self.message.as_mut().map(|message| message.assembly.unfilled());
            return unfilled.map_or(&mut [], |space| &mut space[..n]);
        }
        let most = if self.expects_large { self.up_to_next_large_frame() } else { usize::MAX };
        let space = self.space_ahead();
        let n = space.len().min(most);
        &mut space[..n]
    }

    /// Returns how many bytes to read so that little of the next large frame comes with them.
    fn up_to_next_large_frame(&self) -> usize {
        if self.message.is_none() && !self.allocations.has_large() {
            return usize::MAX;
        }
        usize::try_from(self.next_frame()).unwrap_or(usize::MAX).saturating_add(BEYOND)
    }

    /// Returns the space for a read beyond the message that is arriving: always in the buffer, so
    /// that what was found there stays in its place.
    pub(crate) fn space_ahead(&mut self) -> &mut [u8] {
        self.target = Target::Buffer;
        self.buffer.space()
    }

    /// Counts `n` bytes that were read into the last space.
    pub(crate) fn filled(&mut self, n: usize) {
        self.allocations.note_read();
        match (self.target, &mut self.frame, &mut self.message) {
            (Target::Message, Some(frame), Some(message)) => frame.take(message.assembly.fill(n)),
            _ => self.buffer.filled(n),
        }
    }

    /// Returns how many bytes the next read may put into their place.
    fn in_place(&self) -> usize {
        let (Some(frame), Some(message)) = (&self.frame, &self.message) else { return 0 };
        if !self.buffer.unread().is_empty() {
            return 0;
        }
        let left = usize::try_from(frame.left).unwrap_or(usize::MAX);
        message.unfilled().min(left).min(AT_ONCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::bytes::{Budget, mask};
    use crate::proto::frame::{FrameHeader, Opcode};
    use crate::proto::inbound::Incoming;
    use crate::proto::message::{Message, MessageRef};
    use crate::proto::rules::{Limits, Role};

    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

    #[derive(Debug)]
    struct Ample;

    static AMPLE: Ample = Ample;

    impl Budget for Ample {
        fn take(&self, _: usize) -> bool {
            true
        }

        fn give_back(&self, _: usize) {}
    }

    fn server() -> Inbound {
        let mut inbound = Inbound::new(Role::Server, Limits::default(), Vec::new());
        inbound.keep_large(&AMPLE);
        inbound
    }

    /// A payload in which no place looks like another.
    fn payload(n: u8, len: usize) -> Vec<u8> {
        let byte = |at: usize| at.to_le_bytes()[0] ^ at.to_le_bytes()[1] ^ n;
        (0..len).map(byte).collect()
    }

    fn frame(fin: bool, opcode: Opcode, payload: &[u8], out: &mut Vec<u8>) {
        FrameHeader { fin, rsv: 0, opcode, mask: Some(KEY), len: payload.len() as u64 }.write(out);
        let from = out.len();
        out.extend_from_slice(payload);
        mask(&mut out[from..], KEY, 0);
    }

    /// A message in frames of at most `most` bytes, with a ping between two of them.
    fn message(message: MessageRef<'_>, most: usize) -> Vec<u8> {
        let (mut out, mut opcode) = (Vec::new(), message.opcode());
        let mut parts = message.as_bytes().chunks(most).peekable();
        while let Some(part) = parts.next() {
            frame(parts.peek().is_none(), opcode, part, &mut out);
            if parts.peek().is_some() {
                frame(true, Opcode::Ping, b"?", &mut out);
            }
            opcode = Opcode::Continuation;
        }
        out
    }

    /// Feeds bytes in reads of at most `most` bytes. Returns the messages, and how many bytes were
    /// read into their place.
    fn feed(inbound: &mut Inbound, mut bytes: &[u8], most: usize) -> (Vec<Message>, usize) {
        let (mut messages, mut in_place) = (Vec::new(), 0);
        while !bytes.is_empty() {
            let space = inbound.space();
            let (piece, rest) = bytes.split_at(bytes.len().min(space.len()).min(most));
            space[..piece.len()].copy_from_slice(piece);
            in_place += if inbound.target == Target::Message { piece.len() } else { 0 };
            inbound.filled(piece.len());
            bytes = rest;
            while let Some(come) = inbound.advance().expect("legal") {
                if come == Incoming::Message {
                    messages.push(inbound.lend().expect("legal").into());
                }
            }
        }
        (messages, in_place)
    }

    #[test]
    fn the_memory_of_a_lent_message_is_read_into() {
        let [large, larger, text] = [payload(1, 300_000), payload(2, 400_000), vec![b'a'; 300_000]];
        let text = MessageRef::Text(std::str::from_utf8(&text).expect("ASCII"));
        let [large, larger] = [&large, &larger].map(|bytes| MessageRef::Binary(bytes));
        // The second message goes over the memory of the first.
        for (rule, first, second, fragment, read, want) in [
            ("nearly all of it", large, large, usize::MAX, usize::MAX, 290_000..300_000),
            ("as far as the memory goes", large, larger, usize::MAX, usize::MAX, 290_000..300_000),
            ("in small reads", large, large, usize::MAX, 1000, 280_000..300_000),
            ("large frames", large, large, 100_000, usize::MAX, 270_000..300_000),
            ("small frames", large, large, 1000, usize::MAX, 0..1),
            ("a text", large, text, usize::MAX, usize::MAX, 0..1),
            ("over a text", text, large, usize::MAX, usize::MAX, 30_000..300_000),
        ] {
            let mut inbound = server();
            let (came, in_place) = feed(&mut inbound, &message(first, usize::MAX), usize::MAX);
            assert_eq!(
                (came, in_place),
                (vec![first.into()], 0),
                "{rule}: nothing was lent before"
            );
            let mut bytes = message(second, fragment);
            frame(true, Opcode::Binary, b"short", &mut bytes);
            let (came, in_place) = feed(&mut inbound, &bytes, read);
            assert!(came == [second.into(), Message::from(b"short")], "{rule}: other content");
            assert!(want.contains(&in_place), "{rule}: {in_place}");
        }
    }

    #[test]
    fn what_is_read_ahead_stays_in_the_buffer() {
        let large = payload(1, 300_000);
        let (mut inbound, all) = (server(), message(MessageRef::Binary(&large), usize::MAX));
        feed(&mut inbound, &all, usize::MAX);
        let (front, mut rest) = all.split_at(100_000);
        feed(&mut inbound, front, usize::MAX);
        let mut ahead = |inbound: &mut Inbound, n: usize| {
            let space = inbound.space_ahead();
            let (piece, behind) = rest.split_at(n.min(space.len()));
            space[..piece.len()].copy_from_slice(piece);
            inbound.filled(piece.len());
            rest = behind;
        };
        let left = inbound.next_frame();
        ahead(&mut inbound, 1000);
        ahead(&mut inbound, 1000);
        assert_eq!(
            (inbound.next_frame(), inbound.buffered() > 0),
            (left, true),
            "nothing is taken"
        );
        assert_eq!(inbound.advance(), Ok(None));
        let (came, in_place) = feed(&mut inbound, rest, usize::MAX);
        assert!(came == [Message::from(large)], "other content");
        assert!(in_place > 190_000, "{in_place}");
    }

    #[test]
    fn many_small_frames_are_read_at_once() {
        let large = payload(1, 300_000);
        let large = MessageRef::Binary(&large);
        for is_stream in [false, true] {
            let mut inbound = server();
            feed(&mut inbound, &message(large, usize::MAX), usize::MAX);
            if is_stream {
                inbound.want_stream();
            }
            let fragments = message(large, 256);
            let (front, rest) = fragments.split_at(BEYOND);
            feed(&mut inbound, front, usize::MAX);
            assert!(inbound.space().len() > 32 << 10, "{}", inbound.space().len());
            let (came, _) = feed(&mut inbound, rest, usize::MAX);
            assert!(is_stream || came == [large.into()], "other content");
        }
    }

    #[test]
    fn a_small_message_between_leaves_the_memory_to_the_large_one() {
        let [large, small] = [payload(1, 300_000), payload(2, 10_000)];
        let [large, small] = [&large, &small].map(|bytes| MessageRef::Binary(bytes));
        let (mut inbound, both) = (server(), message(large, usize::MAX));
        feed(&mut inbound, &both, usize::MAX);
        let both = [message(small, usize::MAX), both].concat();
        for _ in 0..5 {
            let (came, in_place) = feed(&mut inbound, &both, usize::MAX);
            assert!(came == [small.into(), large.into()], "other content");
            assert!(in_place > 0, "the memory was used for the small message");
        }
    }

    #[test]
    fn a_large_message_leaves_little_of_the_next_to_be_copied() {
        let large = payload(1, 300_000);
        let (mut inbound, all) = (server(), message(MessageRef::Binary(&large), usize::MAX));
        feed(&mut inbound, &all, usize::MAX);
        let (came, in_place) = feed(&mut inbound, &all.repeat(9), usize::MAX);
        assert_eq!(came.len(), 9);
        assert!(in_place > 9 * (300_000 - LEAST - BEYOND), "{in_place}");
    }
}
