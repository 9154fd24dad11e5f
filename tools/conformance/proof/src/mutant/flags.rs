//! [`Flags`]: the rules that one mutant breaks.

use super::flag::Flag;

/// A set of [`Flag`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags([u128; 2]);

// Each flag has a bit.
const _: () = assert!(Flag::ALL.len() <= 256);

impl Flags {
    /// No flag.
    pub const NONE: Self = Self([0; 2]);

    /// Returns `true` if the flag is in the set.
    #[must_use]
    pub const fn has(self, flag: Flag) -> bool {
        self.0[flag as usize / 128] & (1 << (flag as u32 % 128)) != 0
    }

    /// Returns the flags of the set.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.iter().copied().filter(move |&flag| self.has(flag))
    }
}

impl FromIterator<Flag> for Flags {
    fn from_iter<I: IntoIterator<Item = Flag>>(flags: I) -> Self {
        let mut set = Self::NONE;
        for flag in flags {
            set.0[flag as usize / 128] |= 1 << (flag as u32 % 128);
        }
        set
    }
}

impl From<Flag> for Flags {
    fn from(flag: Flag) -> Self {
        Self::from_iter([flag])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_it_was_made_of() {
        for &flag in Flag::ALL {
            assert_eq!(Flags::from(flag).iter().collect::<Vec<_>>(), [flag]);
            assert!(!Flags::NONE.has(flag));
        }
        assert_eq!(Flag::ALL.iter().copied().collect::<Flags>().iter().count(), Flag::ALL.len());
    }
}
