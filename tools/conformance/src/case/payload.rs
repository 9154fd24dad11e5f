//! [`Payload`]: the bytes of a frame or message, made when they are needed.

use std::borrow::Cow;
use std::iter;

/// The bytes of a frame or message: some bytes, repeated and cut to a length. A list of all cases is
/// small, although some payloads are 16 MiB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    unit: Cow<'static, [u8]>,
    len: usize,
}

impl Payload {
    /// No bytes.
    pub const EMPTY: Self = Self { unit: Cow::Borrowed(b""), len: 0 };

    /// Makes a payload of `unit` again and again, `len` bytes in all.
    ///
    /// # Panics
    /// Nothing cannot be repeated.
    #[must_use]
    pub fn repeat(unit: &'static [u8], len: usize) -> Self {
        assert!(len == 0 || !unit.is_empty(), "nothing cannot be repeated");
        Self { unit: Cow::Borrowed(unit), len }
    }

    /// The number of its bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns `true` if it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns `true` if a part is repeated.
    #[must_use]
    pub fn is_repeated(&self) -> bool {
        self.len > self.unit.len()
    }

    /// Makes the first bytes: `most`, or all if there are fewer.
    #[must_use]
    pub fn beginning(&self, most: usize) -> Vec<u8> {
        Self { unit: self.unit.clone(), len: self.len.min(most) }.bytes()
    }

    /// Makes the bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        if self.unit.len() == 1 {
            return vec![self.unit[0]; self.len];
        }
        let rounds = self.len.div_ceil(self.unit.len().max(1));
        let mut bytes: Vec<u8> = iter::repeat_n(&*self.unit, rounds).flatten().copied().collect();
        bytes.truncate(self.len);
        bytes
    }
}

impl From<&'static [u8]> for Payload {
    fn from(bytes: &'static [u8]) -> Self {
        Self { len: bytes.len(), unit: Cow::Borrowed(bytes) }
    }
}

impl<const N: usize> From<&'static [u8; N]> for Payload {
    fn from(bytes: &'static [u8; N]) -> Self {
        Self::from(&bytes[..])
    }
}

impl From<&'static str> for Payload {
    fn from(text: &'static str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self { len: bytes.len(), unit: Cow::Owned(bytes) }
    }
}

impl From<String> for Payload {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_and_cut() {
        assert_eq!(Payload::EMPTY.bytes(), b"");
        assert_eq!(Payload::from("abc").bytes(), b"abc");
        assert_eq!(Payload::repeat(b"abc", 7).bytes(), b"abcabca");
        assert_eq!(Payload::repeat(b"abc", 2).bytes(), b"ab");
        assert_eq!(Payload::repeat(b"*", 3).bytes(), b"***");
        assert_eq!(Payload::repeat(b"abc", 1 << 40).beginning(4), b"abca");
        assert_eq!(Payload::from("abc").beginning(4), b"abc");
        assert!(Payload::repeat(b"*", 3).is_repeated() && !Payload::from("abc").is_repeated());
    }
}
