//! The message under way: pieces of payload in, one message out (RFC 6455 §5.4).
//!
//! One contiguous buffer, whatever the frames: a fragment costs its bytes and nothing else. It
//! grows with what arrived, never by a declared length. Text is checked as it comes (§8.1).

use super::error::ProtocolError;
use super::message::Message;
use super::utf8::Utf8;

/// A message of which some payload is still to come.
#[derive(Debug)]
pub(crate) enum Assembly {
    Text(String, Utf8),
    Binary(Vec<u8>),
}

impl Assembly {
    /// Begins an empty text or binary message in `room`, an allocation to use again.
    pub(crate) fn new(text: bool, mut room: Vec<u8>) -> Self {
        room.clear();
        if text {
            Self::Text(String::from_utf8(room).unwrap_or_default(), Utf8::default())
        } else {
            Self::Binary(room)
        }
    }

    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), ProtocolError> {
        match self {
            Self::Text(text, utf8) => utf8.push(piece, text),
            Self::Binary(bytes) => {
                bytes.extend_from_slice(piece);
                Ok(())
            }
        }
    }

    pub(crate) fn finish(self) -> Result<Message, ProtocolError> {
        match self {
            Self::Text(text, utf8) => utf8.finish().map(|()| Message::Text(text)),
            Self::Binary(bytes) => Ok(Message::Binary(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_used_again() {
        let room = vec![0xff; 1000];
        for text in [true, false] {
            let mut assembly = Assembly::new(text, room.clone());
            assembly.push(b"ab").unwrap();
            assembly.push(b"c").unwrap();
            let message = assembly.finish().unwrap();
            assert_eq!((message.as_bytes(), message.as_text().is_some()), (&b"abc"[..], text));
            assert!(message.into_bytes().capacity() >= 1000);
        }
    }

    #[test]
    fn section_8_1_a_text_must_end_with_a_whole_character() {
        let mut assembly = Assembly::new(true, Vec::new());
        assembly.push(b"\xe2\x82").unwrap();
        assert_eq!(assembly.finish(), Err(ProtocolError::BadUtf8));
    }
}
