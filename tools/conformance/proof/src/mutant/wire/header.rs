//! The header of a frame that is received (RFC 6455 §5.2).

/// The first two bytes of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mutant) struct Start {
    pub(in crate::mutant) fin: bool,
    /// 4 is RSV1, 2 is RSV2 and 1 is RSV3.
    pub(in crate::mutant) rsv: u8,
    pub(in crate::mutant) opcode: u8,
    pub(in crate::mutant) masked: bool,
    /// The length, or 126 or 127 if more bytes give it.
    pub(in crate::mutant) short_len: u8,
}

/// A whole header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mutant) struct Header {
    pub(in crate::mutant) start: Start,
    pub(in crate::mutant) len: u64,
    pub(in crate::mutant) key: Option<[u8; 4]>,
}

impl Start {
    /// Reads the first two bytes, once they are there.
    pub(in crate::mutant) fn parse(bytes: &[u8]) -> Option<Self> {
        let &[first, second] = bytes.first_chunk()?;
        Some(Self {
            fin: first & 0x80 != 0,
            rsv: first >> 4 & 7,
            opcode: first & 0xF,
            masked: second & 0x80 != 0,
            short_len: second & 0x7F,
        })
    }

    /// Returns `true` if it is a control frame, whether known or reserved.
    pub(in crate::mutant) fn is_control(self) -> bool {
        self.opcode >= 8
    }
}

impl Header {
    /// Reads a header, once it is whole, and returns the number of its bytes.
    pub(in crate::mutant) fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let start = Start::parse(bytes)?;
        let rest = &bytes[2..];
        let (len, rest) = match start.short_len {
            126 => {
                let (len, rest) = rest.split_first_chunk()?;
                (u64::from(u16::from_be_bytes(*len)), rest)
            }
            127 => {
                let (len, rest) = rest.split_first_chunk()?;
                (u64::from_be_bytes(*len), rest)
            }
            len => (u64::from(len), rest),
        };
        let (key, rest) = if start.masked {
            rest.split_first_chunk().map(|(key, rest)| (Some(*key), rest))?
        } else {
            (None, rest)
        };
        Some((Self { start, len, key }, bytes.len() - rest.len()))
    }

    /// Returns `true` if the length has its shortest form.
    pub(in crate::mutant) fn is_minimal(&self) -> bool {
        match self.start.short_len {
            126 => self.len > 125,
            127 => self.len > 0xFFFF,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_whole_with_its_last_byte() {
        for (bytes, fin, rsv, opcode, len, is_minimal) in [
            (&b"\x81\x05"[..], true, 0, 1, 5, true),
            (b"\x42\x7E\x00\x05", false, 4, 2, 5, false),
            (b"\x80\x7E\x00\x7E", true, 0, 0, 126, true),
            (b"\x8F\x7F\0\0\0\0\0\0\xFF\xFF", true, 0, 15, 0xFFFF, false),
            (b"\x81\x7F\0\0\0\0\0\x01\0\0", true, 0, 1, 0x10000, true),
            (b"\x81\x85\x01\x02\x03\x04", true, 0, 1, 5, true),
        ] {
            for cut in 0..bytes.len() {
                assert_eq!(Header::parse(&bytes[..cut]), None, "{bytes:x?} cut at {cut}");
            }
            let (header, used) = Header::parse(&[bytes, b"more"].concat()).unwrap();
            assert_eq!(used, bytes.len());
            assert_eq!(
                (header.start.fin, header.start.rsv, header.start.opcode),
                (fin, rsv, opcode)
            );
            assert_eq!((header.len, header.is_minimal()), (len, is_minimal), "{bytes:x?}");
            assert_eq!(header.key, header.start.masked.then_some([1, 2, 3, 4]));
        }
    }
}
