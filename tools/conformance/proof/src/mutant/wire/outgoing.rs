//! A frame that is sent, legal or not.

use super::mask::mask;

/// A frame that is sent.
#[derive(Clone, Copy, Debug)]
pub(in crate::mutant) struct Outgoing<'a> {
    pub(in crate::mutant) fin: bool,
    /// 4 is RSV1, 2 is RSV2 and 1 is RSV3.
    pub(in crate::mutant) rsv: u8,
    pub(in crate::mutant) opcode: u8,
    pub(in crate::mutant) payload: &'a [u8],
}

/// How the header of a frame gives the length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mutant) enum Form {
    /// In the shortest form.
    Shortest,
    /// In 64 bits.
    Longest,
}

impl Outgoing<'_> {
    /// Appends the frame to `out`, masked if there is a key.
    pub(in crate::mutant) fn write(&self, key: Option<[u8; 4]>, form: Form, out: &mut Vec<u8>) {
        out.push(u8::from(self.fin) << 7 | self.rsv << 4 | self.opcode);
        let masked = u8::from(key.is_some()) << 7;
        let len = self.payload.len();
        match (form, u8::try_from(len), u16::try_from(len)) {
            (Form::Shortest, Ok(len @ 0..=125), _) => out.push(masked | len),
            (Form::Shortest, _, Ok(len)) => {
                out.push(masked | 0x7E);
                out.extend(len.to_be_bytes());
            }
            _ => {
                out.push(masked | 0x7F);
                out.extend((len as u64).to_be_bytes());
            }
        }
        out.extend(key.iter().flatten());
        let at = out.len();
        out.extend_from_slice(self.payload);
        if let Some(key) = key {
            mask(&mut out[at..], key, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Header;
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        for len in [0, 1, 125, 126, 127, 65535, 65536] {
            for key in [None, Some([9, 8, 7, 6])] {
                for form in [Form::Shortest, Form::Longest] {
                    let payload = vec![7; len];
                    let frame = Outgoing { fin: false, rsv: 5, opcode: 2, payload: &payload };
                    let mut bytes = Vec::new();
                    frame.write(key, form, &mut bytes);
                    let (header, at) = Header::parse(&bytes).unwrap();
                    assert_eq!((header.len, header.key), (len as u64, key));
                    assert_eq!((header.start.fin, header.start.rsv), (false, 5));
                    assert_eq!(header.is_minimal(), form == Form::Shortest || len > 65535);
                    let mut read = bytes[at..].to_vec();
                    if let Some(key) = key {
                        mask(&mut read, key, 0);
                    }
                    assert_eq!(read, payload);
                }
            }
        }
    }
}
