//! [`Random`]: numbers that look random, and are the same in each run.

/// The number that all made data begins with. With the same seed the data are the same, on every
/// machine.
pub const SEED: u64 = 0x57EB_50C4_E7C0_FFEE;

/// A xorshift generator with 64 bits of state. It is fast and not secret.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    /// Makes a generator for one kind of data. Each kind has a number of its own.
    pub(super) fn new(kind: u64) -> Self {
        // The state must not be zero; an odd factor keeps the kinds apart.
        Self(SEED ^ kind.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// Returns the next 64 bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The low bits of the state alone are weak.
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Returns a number less than `n`.
    pub(super) fn below(&mut self, n: u32) -> u32 {
        let product = (self.bits() >> 32) * u64::from(n);
        u32::try_from(product >> 32).expect("32 bits by 32 bits are 64 bits")
    }

    /// Returns `true` once in `n` times.
    pub(super) fn once_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    /// Picks an element of a list: all are equally frequent.
    pub(super) fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        let n = u32::try_from(list.len()).expect("lists are short");
        list[usize::try_from(self.below(n)).expect("an index of a list")]
    }

    /// Picks an element of a list: the first are the most frequent, as words are.
    pub(super) fn pick_common<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        let n = u32::try_from(list.len()).expect("lists are short");
        let most = self.below(n) + 1;
        list[usize::try_from(self.below(most)).expect("an index of a list")]
    }

    /// Adds `count` random bytes.
    pub(super) fn bytes(&mut self, count: usize, to: &mut Vec<u8>) {
        let end = to.len() + count;
        while to.len() < end {
            to.extend_from_slice(&self.bits().to_be_bytes());
        }
        to.truncate(end);
    }
}
