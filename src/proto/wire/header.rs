//! [`Header`]: the header of a frame as it is, legal or not (RFC 6455 §5.2). [`breaches`](Header::breaches)
//! says which rules it breaks by itself.

use super::breach::Breach;
use crate::proto::rules::Role;

/// The names of opcodes (§11.8).
pub(crate) const CONTINUATION: u8 = 0x0;
pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xA;

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) fin: bool,
    /// The three reserved bits: 4 is RSV1.
    pub(crate) rsv: u8,
    pub(crate) opcode: u8,
    pub(crate) key: Option<[u8; 4]>,
    /// The length that the header gives.
    pub(crate) len: u64,
    /// In how many bits it gives the length: 7, 16 or 64.
    pub(crate) bits: u8,
}

impl Header {
    /// Reads a header from the front of `bytes`, and returns it with its length. `None` if it is not
    /// whole.
    pub(crate) fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let (&[first, second], rest) = bytes.split_first_chunk()?;
        let (len, bits, rest) = match second & 0x7F {
            126 => {
                let (len, rest) = rest.split_first_chunk()?;
                (u64::from(u16::from_be_bytes(*len)), 16, rest)
            }
            127 => {
                let (len, rest) = rest.split_first_chunk()?;
                (u64::from_be_bytes(*len), 64, rest)
            }
            len => (u64::from(len), 7, rest),
        };
        let (key, rest) = if second & 0x80 == 0 {
            (None, rest)
        } else {
            let (key, rest) = rest.split_first_chunk()?;
            (Some(*key), rest)
        };
        let (fin, rsv, opcode) = (first & 0x80 != 0, first >> 4 & 7, first & 0xF);
        Some((Self { fin, rsv, opcode, key, len, bits }, bytes.len() - rest.len()))
    }

    pub(crate) fn is_control(&self) -> bool {
        self.opcode & 8 != 0
    }

    /// Returns `true` if the length is given in the shortest form.
    pub(crate) fn is_minimal(&self) -> bool {
        self.bits == Self::shortest(self.len)
    }

    /// The fewest bits in which a header can give this length.
    pub(crate) fn shortest(len: u64) -> u8 {
        match len {
            0..=125 => 7,
            126..=0xFFFF => 16,
            _ => 64,
        }
    }

    /// The rules that the header breaks, in a direction in which an end of this role sends.
    pub(super) fn breaches(&self, by: Role) -> impl Iterator<Item = Breach> {
        let is_defined = matches!(self.opcode, CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG);
        let is_masked = self.key.is_some();
        [
            (by.masks() && !is_masked, Breach::UNMASKED),
            (!by.masks() && is_masked, Breach::MASKED),
            (!is_defined, Breach::OPCODE),
            (!self.is_minimal(), Breach::LENGTH),
            (self.len >> 63 != 0, Breach::HIGHEST_BIT),
            (self.is_control() && !self.fin, Breach::CONTROL_IN_PARTS),
            (self.is_control() && self.len > 125, Breach::LARGE_CONTROL),
        ]
        .into_iter()
        .filter_map(|(is_broken, breach)| is_broken.then_some(breach))
    }
}

/// Masks or unmasks a part of a payload that begins at this offset (§5.3).
pub(crate) fn mask(part: &mut [u8], key: [u8; 4], offset: u64) {
    // Only the two lowest bits count.
    let skipped = (offset % 4) as usize;
    let key: [u8; 4] = std::array::from_fn(|at| key[(skipped + at) % 4]);
    let twice = u64::from_ne_bytes(std::array::from_fn(|at| key[at % 4]));
    let mut words = part.chunks_exact_mut(8);
    for word in &mut words {
        // Byte by byte, the tests' megabytes would take seconds without an optimizer.
        if let Ok(bytes) = <&mut [u8; 8]>::try_from(word) {
            *bytes = (u64::from_ne_bytes(*bytes) ^ twice).to_ne_bytes();
        }
    }
    words.into_remainder().iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
}

/// The name of an opcode, such as `text`, or its number.
pub(crate) fn name(opcode: u8) -> String {
    match opcode {
        CONTINUATION => "continuation".to_owned(),
        TEXT => "text".to_owned(),
        BINARY => "binary".to_owned(),
        CLOSE => "close".to_owned(),
        PING => "ping".to_owned(),
        PONG => "pong".to_owned(),
        other => format!("opcode {other}"),
    }
}
