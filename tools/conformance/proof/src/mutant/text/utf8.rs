//! [`Utf8`]: a check of text that comes in parts.

use crate::mutant::flag::Flag;
use crate::mutant::flags::Flags;

/// Checks text part by part. A byte that no legal text can have is found in the part in which it
/// comes.
#[derive(Debug)]
pub(in crate::mutant) struct Utf8 {
    /// The first bytes of a character, whose rest has not come.
    open: Vec<u8>,
    flags: Flags,
}

/// Bytes that are no UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mutant) struct BadText;

impl Utf8 {
    /// Begins a text. Some flags let pass what is not legal.
    pub(in crate::mutant) fn new(flags: Flags) -> Self {
        Self { open: Vec::new(), flags }
    }

    /// Checks the next part.
    pub(in crate::mutant) fn push(&mut self, mut part: &[u8]) -> Result<(), BadText> {
        // The rest of a character that was cut, byte by byte: at most five of them.
        while !self.open.is_empty() {
            let Some((&byte, rest)) = part.split_first() else { return Ok(()) };
            self.open.push(byte);
            let mut open = std::mem::take(&mut self.open);
            let left = self.check(&open)?.len();
            open.drain(..open.len() - left);
            self.open = open;
            part = rest;
        }
        self.open = self.check(part)?.to_vec();
        Ok(())
    }

    /// Returns `true` if the text so far ends at the end of a character.
    pub(in crate::mutant) fn is_whole(&self) -> bool {
        self.open.is_empty()
    }

    /// Returns the beginning of a character at the end of `bytes`.
    fn check<'a>(&self, mut bytes: &'a [u8]) -> Result<&'a [u8], BadText> {
        loop {
            let Err(e) = std::str::from_utf8(bytes) else { return Ok(&[]) };
            bytes = &bytes[e.valid_up_to()..];
            if e.error_len().is_none() {
                return Ok(bytes);
            }
            match self.forgiven(bytes) {
                Forgiven::No => return Err(BadText),
                Forgiven::Perhaps => return Ok(bytes),
                Forgiven::Bytes(n) => bytes = &bytes[n..],
            }
        }
    }

    /// Says whether the flags let pass what is at the front of `bytes`.
    fn forgiven(&self, bytes: &[u8]) -> Forgiven {
        let lead = bytes[0];
        let (len, bits) = match lead {
            0xC0..=0xDF => (2, lead & 0x1F),
            0xE0..=0xEF => (3, lead & 0xF),
            0xF0..=0xF7 => (4, lead & 7),
            0xF8..=0xFB => (5, lead & 3),
            0xFC..=0xFD => (6, lead & 1),
            _ if self.flags.has(Flag::StrayByteOk) => return Forgiven::Bytes(1),
            _ => return Forgiven::No,
        };
        let tail = bytes[1..].iter().take(len - 1).take_while(|&&byte| byte & 0xC0 == 0x80);
        let (mut low, mut high, mut there) = (u32::from(bits), u32::from(bits), 1);
        for &byte in tail {
            (low, high) = (low << 6 | u32::from(byte & 0x3F), high << 6 | u32::from(byte & 0x3F));
            there += 1;
        }
        if there < len && there < bytes.len() {
            // The character is cut by another one.
            return if self.flags.has(Flag::StrayByteOk) {
                Forgiven::Bytes(there)
            } else {
                Forgiven::No
            };
        }
        // Each byte that is missing can be 80 to BF.
        for _ in there..len {
            (low, high) = (low << 6, high << 6 | 0x3F);
        }
        let shortest = [0, 0, 0x80, 0x800, 0x1_0000, 0x20_0000, 0x400_0000][len];
        let may_be = self.flags.has(Flag::OverlongOk) && low < shortest
            || self.flags.has(Flag::SurrogatesOk) && len == 3 && low <= 0xDFFF && high >= 0xD800
            || self.flags.has(Flag::BeyondUnicodeOk) && high > 0x10_FFFF && high >= shortest;
        match (may_be, there == len) {
            (true, true) => Forgiven::Bytes(len),
            (true, false) => Forgiven::Perhaps,
            (false, _) => Forgiven::No,
        }
    }
}

/// What a mutant says to bytes that are no UTF-8.
enum Forgiven {
    No,
    /// More bytes must come to say.
    Perhaps,
    /// So many bytes pass.
    Bytes(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(flags: impl Into<Flags>, bytes: &[u8], chunk: usize) -> Result<bool, BadText> {
        let mut check = Utf8::new(flags.into());
        for part in bytes.chunks(chunk) {
            check.push(part)?;
        }
        Ok(check.is_whole())
    }

    #[test]
    fn rfc_3629_without_flags_all_is_as_std_says() {
        for lead in 0..=255 {
            for (second, third, fourth) in (0..=255).map(|second| (second, 0x80, 0x80)).chain([
                (0x8F, 0xBF, 0xBF),
                (0x90, 0x20, 0x80),
                (0xBF, 0xC0, 0x80),
            ]) {
                let bytes = [lead, second, third, fourth];
                for text in [&bytes[..1], &bytes[..2], &bytes[..3], &bytes] {
                    let want = match std::str::from_utf8(text) {
                        Ok(_) => Ok(true),
                        Err(e) if e.error_len().is_none() => Ok(false),
                        Err(_) => Err(BadText),
                    };
                    for chunk in 1..=4 {
                        assert_eq!(pushed(Flags::NONE, text, chunk), want, "{text:x?} by {chunk}");
                    }
                }
            }
        }
    }

    #[test]
    fn each_flag_lets_pass_its_own() {
        for (flag, passes, fails) in [
            (Flag::SurrogatesOk, &b"x\xED\xA0\x80y"[..], &b"\xC0\x80"[..]),
            (Flag::OverlongOk, b"\xE0\x80\xAF", b"\xF4\x90\x80\x80"),
            (Flag::OverlongOk, b"\xF8\x80\x80\x80\xAF", b"\xF7\xBF\xBF\xBF"),
            (Flag::BeyondUnicodeOk, b"\xF4\x90\x80\x80", b"\xED\xA0\x80"),
            (Flag::BeyondUnicodeOk, b"\xFD\xBF\xBF\xBF\xBF\xBF", b"\xFE"),
            (Flag::StrayByteOk, b"a\x80\xFF\xC3 b", b"\xED\xA0\x80"),
        ] {
            for chunk in 1..=6 {
                assert_eq!(pushed(flag, passes, chunk), Ok(true), "{flag} {passes:x?} by {chunk}");
                assert_eq!(pushed(flag, fails, chunk), Err(BadText), "{flag} {fails:x?}");
                assert_eq!(pushed(Flags::NONE, passes, chunk), Err(BadText));
            }
        }
    }
}
