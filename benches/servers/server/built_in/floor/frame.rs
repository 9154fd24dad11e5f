//! Headers and masks of frames (RFC 6455 §5.2).

use std::array;

/// How many bytes are unmasked at a time. The compiler makes wide instructions of it.
const BLOCK: usize = 64;

/// A client's frame: where its parts are, from its first byte on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    /// FIN, the reserved bits and the opcode.
    pub(crate) first: u8,
    pub(crate) key: [u8; 4],
    /// The length of header and key.
    pub(crate) header: usize,
    pub(crate) payload: usize,
}

impl Frame {
    /// Reads a header. Returns `None` if more bytes are needed or if it has no mask.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let [first, second, rest @ ..] = bytes else { return None };
        let (payload, rest) = match second.checked_sub(0x80)? {
            126 => {
                let (length, rest) = rest.split_first_chunk()?;
                (u16::from_be_bytes(*length).into(), rest)
            }
            127 => {
                let (length, rest) = rest.split_first_chunk()?;
                (usize::try_from(u64::from_be_bytes(*length)).unwrap_or(usize::MAX), rest)
            }
            length => (length.into(), rest),
        };
        let (key, rest) = rest.split_first_chunk()?;
        Some(Self { first: *first, key: *key, header: bytes.len() - rest.len(), payload })
    }

    /// The length of the frame.
    pub(crate) fn len(&self) -> usize {
        self.header.saturating_add(self.payload)
    }
}

/// Writes the header of an answer in front of its payload, which begins at `at`. Returns where the header
/// begins.
pub(crate) fn write_header(buffer: &mut [u8], at: usize, first: u8, payload: usize) -> usize {
    let (second, long, size) = match payload {
        ..126 => (payload, 0, 0),
        126..0x1_0000 => (126, payload, 2),
        _ => (127, payload, 8),
    };
    // The last bytes of a big-endian number are its low ones.
    let long = (long as u64).to_be_bytes();
    buffer[at - size..at].copy_from_slice(&long[8 - size..]);
    buffer[at - size - 1] = second.to_le_bytes()[0];
    buffer[at - size - 2] = first;
    at - size - 2
}

/// How long the header of an answer is.
pub(crate) fn header_len(payload: usize) -> usize {
    match payload {
        ..126 => 2,
        126..0x1_0000 => 4,
        _ => 10,
    }
}

/// Moves masked bytes to the front, or leaves them in their place, and takes the mask away. `done` is how
/// many bytes of the payload are in front of them.
pub(crate) fn unmask(
    buffer: &mut [u8],
    from: usize,
    to: usize,
    len: usize,
    key: [u8; 4],
    done: usize,
) {
    let key: [u8; BLOCK] = array::from_fn(|at| key[(done + at) % 4]);
    let mut at = 0;
    while let Some(block) = buffer[from + at..from + len].first_chunk::<BLOCK>() {
        let block: [u8; BLOCK] = array::from_fn(|at| block[at] ^ key[at]);
        buffer[to + at..to + at + BLOCK].copy_from_slice(&block);
        at += BLOCK;
    }
    for (at, key) in (at..len).zip(key) {
        buffer[to + at] = buffer[from + at] ^ key;
    }
}
