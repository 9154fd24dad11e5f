//! Frame headers: reads and writes their 2–14 bytes (RFC 6455 §5.2).
//!
//! Only the syntax is checked here, and what §5.5 requires of every control frame. `inbound` checks
//! whether a frame fits the role, the extensions and the message that has begun.

use crate::proto::rules::ProtocolError;

/// The type of a frame (§5.2, §11.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    pub(crate) const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }

    const fn number(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xa,
        }
    }

    const fn from_number(number: u8) -> Result<Self, ProtocolError> {
        Ok(match number {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xa => Self::Pong,
            other => return Err(ProtocolError::ReservedOpcode(other)),
        })
    }
}

/// The fields of a frame before its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) fin: bool,
    /// RSV1, RSV2 and RSV3 as the bits 4, 2 and 1.
    pub(crate) rsv: u8,
    pub(crate) opcode: Opcode,
    pub(crate) mask: Option<[u8; 4]>,
    pub(crate) len: u64,
}

/// The result of parsing the front of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parsed<T> {
    /// More bytes are needed.
    Short,
    /// The parsed value, and how many bytes it took.
    Done(T, usize),
}

/// This value in place of a length: the next two bytes are the length.
const LEN_16: u8 = 126;
/// This value in place of a length: the next eight bytes are the length.
const LEN_64: u8 = 127;

/// The first reserved bit in [`FrameHeader::rsv`].
pub(crate) const RSV1: u8 = 4;

/// The longest header of a frame.
pub(crate) const MOST_HEADER: usize = 14;

/// The longest payload of a control frame (§5.5).
pub(crate) const MAX_CONTROL: usize = 125;

impl FrameHeader {
    /// Parses the header at the front of `bytes`.
    #[inline]
    pub(crate) fn parse(bytes: &[u8]) -> Result<Parsed<Self>, ProtocolError> {
        let &[first, second, ref rest @ ..] = bytes else {
            return Ok(Parsed::Short);
        };
        let opcode = Opcode::from_number(first & 0x0f)?;
        let fin = first & 0x80 != 0;
        let short_len = second & 0x7f;
        if opcode.is_control() {
            if !fin {
                return Err(ProtocolError::ControlFragmented);
            }
            if usize::from(short_len) > MAX_CONTROL {
                return Err(ProtocolError::ControlTooLong);
            }
        }
        let (len, rest) = match short_len {
            LEN_16 => {
                let Some((len, rest)) = rest.split_first_chunk() else {
                    return Ok(Parsed::Short);
                };
                (u64::from(u16::from_be_bytes(*len)), rest)
            }
            LEN_64 => {
                let Some((len, rest)) = rest.split_first_chunk() else {
                    return Ok(Parsed::Short);
                };
                (u64::from_be_bytes(*len), rest)
            }
            len => (u64::from(len), rest),
        };
        if len > i64::MAX as u64 {
            return Err(ProtocolError::LengthTopBit);
        }
        let too_long = match short_len {
            LEN_16 => len < u64::from(LEN_16),
            LEN_64 => u16::try_from(len).is_ok(),
            _ => false,
        };
        if too_long {
            return Err(ProtocolError::LengthNotMinimal);
        }
        let (mask, rest) = if second & 0x80 == 0 {
            (None, rest)
        } else {
            let Some((key, rest)) = rest.split_first_chunk() else {
                return Ok(Parsed::Short);
            };
            (Some(*key), rest)
        };
        let header = Self { fin, rsv: first >> 4 & 0x7, opcode, mask, len };
        Ok(Parsed::Done(header, bytes.len() - rest.len()))
    }

    /// Appends the header to `out`, with the length in its shortest form.
    #[inline]
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        let masked = if self.mask.is_some() { 0x80 } else { 0 };
        let first = u8::from(self.fin) << 7 | self.rsv << 4 | self.opcode.number();
        match (u8::try_from(self.len), u16::try_from(self.len)) {
            (Ok(len @ 0..=125), _) => out.extend_from_slice(&[first, masked | len]),
            (_, Ok(len)) => {
                let [high, low] = len.to_be_bytes();
                out.extend_from_slice(&[first, masked | LEN_16, high, low]);
            }
            (_, Err(_)) => {
                out.extend_from_slice(&[first, masked | LEN_64]);
                out.extend_from_slice(&self.len.to_be_bytes());
            }
        }
        if let Some(key) = self.mask {
            out.extend_from_slice(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: FrameHeader =
        FrameHeader { fin: true, rsv: 0, opcode: Opcode::Text, mask: None, len: 0 };

    #[test]
    fn section_5_2_headers() {
        let key = Some([1, 2, 3, 4]);
        for (rule, bytes, want) in [
            ("§5.7 an unmasked text", &[0x81, 5][..], FrameHeader { len: 5, ..TEXT }),
            ("§5.7 masked", &[0x81, 0x85, 1, 2, 3, 4], FrameHeader { len: 5, mask: key, ..TEXT }),
            ("the longest 7-bit length", &[0x81, 125], FrameHeader { len: 125, ..TEXT }),
            ("the shortest 16-bit length", &[0x81, 126, 0, 126], FrameHeader { len: 126, ..TEXT }),
            (
                "the longest 16-bit length",
                &[0x81, 126, 0xff, 0xff],
                FrameHeader { len: 65_535, ..TEXT },
            ),
            (
                "the shortest 64-bit length",
                &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0],
                FrameHeader { len: 65_536, ..TEXT },
            ),
            (
                "the longest 64-bit length",
                &[0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4],
                FrameHeader { opcode: Opcode::Binary, len: u64::MAX >> 1, mask: key, ..TEXT },
            ),
            ("reserved bits are kept", &[0xd1, 0], FrameHeader { rsv: 5, ..TEXT }),
            (
                "not the last fragment",
                &[0x00, 0],
                FrameHeader { fin: false, opcode: Opcode::Continuation, ..TEXT },
            ),
            ("a ping", &[0x89, 125], FrameHeader { opcode: Opcode::Ping, len: 125, ..TEXT }),
        ] {
            let mut written = Vec::new();
            want.write(&mut written);
            assert_eq!(written, bytes, "{rule}, written");
            for short in 0..bytes.len() {
                assert_eq!(FrameHeader::parse(&bytes[..short]), Ok(Parsed::Short), "{rule}");
            }
            let more = [bytes, b"payload"].concat();
            assert_eq!(FrameHeader::parse(&more), Ok(Parsed::Done(want, bytes.len())), "{rule}");
        }
    }

    #[test]
    fn section_5_2_and_5_5_violations() {
        use ProtocolError as E;
        for (rule, bytes, want) in [
            ("reserved data opcode", &[0x83, 0][..], E::ReservedOpcode(3)),
            ("reserved control opcode", &[0x8f, 0], E::ReservedOpcode(15)),
            ("a ping in pieces", &[0x09, 0], E::ControlFragmented),
            ("a close of 126 bytes, told by its second byte", &[0x88, 126], E::ControlTooLong),
            ("16 bits for 125", &[0x81, 126, 0, 125], E::LengthNotMinimal),
            ("64 bits for 65535", &[0x81, 127, 0, 0, 0, 0, 0, 0, 255, 255], E::LengthNotMinimal),
            ("2^63", &[0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], E::LengthTopBit),
            ("2^64-1", &[0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255], E::LengthTopBit),
            ("2^64-4", &[0x82, 0xff, 255, 255, 255, 255, 255, 255, 255, 252], E::LengthTopBit),
        ] {
            assert_eq!(FrameHeader::parse(bytes), Err(want), "{rule}");
            for short in 0..bytes.len().min(2) {
                assert_eq!(FrameHeader::parse(&bytes[..short]), Ok(Parsed::Short), "{rule}");
            }
        }
    }
}
