//! [`Utf8`]: whether a text that comes in parts is UTF-8 (RFC 6455 §8.1).

/// The check of one text.
#[derive(Debug, Default)]
pub(super) struct Utf8 {
    /// The first bytes of a character whose others have not come.
    part: Vec<u8>,
    is_broken: bool,
}

impl Utf8 {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.is_broken {
            return;
        }
        let mut rest = bytes;
        // At most three more bytes make the character whole, or show that it is none.
        while let (false, Some((first, behind))) = (self.part.is_empty(), rest.split_first()) {
            self.part.push(*first);
            rest = behind;
            let part = std::mem::take(&mut self.part);
            self.part = self.unfinished(&part).to_vec();
        }
        let unfinished = self.unfinished(rest);
        self.part.extend_from_slice(unfinished);
    }

    /// Ends the text. Returns `true` if it was UTF-8.
    pub(super) fn is_whole(&self) -> bool {
        !self.is_broken && self.part.is_empty()
    }

    /// The character at the end that is not whole.
    fn unfinished<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        match std::str::from_utf8(bytes) {
            Ok(_) => &[],
            Err(e) => {
                self.is_broken |= e.error_len().is_some();
                &bytes[if self.is_broken { bytes.len() } else { e.valid_up_to() }..]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_6455_section_8_1_in_parts_of_any_size() {
        for (text, want) in [
            (&b""[..], true),
            (b"abc", true),
            ("κόσμε😀x".as_bytes(), true),
            (b"a\xff", false),
            (b"a\xc3", false),
            (b"\xf0\x9f\x98", false),
            (b"\xed\xa0\x80", false),
            (b"\xc3\xc3\xa9", false),
            (b"\x80", false),
        ] {
            for most in 1..=text.len().max(1) {
                let mut check = Utf8::default();
                text.chunks(most).for_each(|part| check.push(part));
                assert_eq!(check.is_whole(), want, "{text:?} by {most}");
            }
        }
    }
}
