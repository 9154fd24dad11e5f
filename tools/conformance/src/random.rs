//! [`Random`]: numbers for keys and masks. Nothing here is a secret.

use std::hash::{BuildHasher, RandomState};

/// A generator of numbers (xorshift64*). It is no good for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Always the same numbers for the same seed.
    pub(crate) fn seeded(seed: u64) -> Self {
        // From zero nothing would come but zeros.
        Self(seed | 1 << 63)
    }

    /// Other numbers each time.
    pub(crate) fn unforeseen() -> Self {
        Self::seeded(RandomState::new().hash_one(0))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        // The upper bits are the better ones.
        std::array::from_fn(|_| self.next().to_be_bytes()[0])
    }
}
