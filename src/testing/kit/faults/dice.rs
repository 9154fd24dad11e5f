//! [`Dice`]: numbers that look random and follow from a seed.

use std::ops::RangeInclusive;

/// The generator `SplitMix64`. It is short, and the same on every machine.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// Each seed, connection and direction has a sequence of its own.
    pub(super) fn new(seed: u64, connection: usize, direction: u64) -> Self {
        let mut dice = Self(seed);
        for number in [connection as u64, direction] {
            dice = Self(dice.next() ^ number);
        }
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// A number of the range, which is not empty.
    pub(super) fn roll(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (low, high) = range.into_inner();
        match (high - low).checked_add(1) {
            // The lowest numbers come a little more often, which does not show in small ranges.
            Some(sides) => low + self.next() % sides,
            None => self.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_has_one_sequence() {
        let rolls = |seed, connection, direction| {
            let mut dice = Dice::new(seed, connection, direction);
            [(); 8].map(|()| dice.roll(1..=1000))
        };
        assert_eq!(rolls(7, 1, 0), rolls(7, 1, 0));
        let others = [rolls(7, 1, 1), rolls(7, 2, 0), rolls(8, 1, 0), rolls(0, 0, 0)];
        for other in others {
            assert_ne!(other, rolls(7, 1, 0));
        }
    }

    #[test]
    fn a_roll_stays_in_its_range_and_reaches_both_ends() {
        let mut dice = Dice::new(7, 1, 0);
        let rolls: Vec<_> = (0..1000).map(|_| dice.roll(3..=5)).collect();
        assert!(rolls.iter().all(|roll| (3..=5).contains(roll)));
        assert!((3..=5).all(|side| rolls.contains(&side)));
        assert_eq!(dice.roll(9..=9), 9);
        dice.roll(0..=u64::MAX);
    }
}
