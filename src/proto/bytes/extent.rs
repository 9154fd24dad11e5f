//! The size of a connection's buffer: it grows while it is filled completely again and again, and
//! shrinks when little goes through it.
//!
//! A large buffer means fewer calls of the system. Up to [`USUAL`], each connection may have it.
//! Beyond that, the memory comes from a budget for spare memory: if many connections are busy, the
//! rest of them stay at [`USUAL`].

use super::budget::{Budget, Grant};

/// The largest size without spare memory.
pub(crate) const USUAL: usize = 64 << 10;
/// The largest size. Peers often send a quarter of a mebibyte before they wait: there is room for
/// that, and for the headers.
pub(crate) const LARGEST: usize = (256 + 4) << 10;
/// A buffer grows and shrinks by this factor, and is too large if so much of it is unused.
const FACTOR: usize = 4;
/// The number of consecutive small uses after which a buffer shrinks.
const SMALL_USES: u8 = 8;

/// How much of a buffer is used.
#[derive(Debug, Default)]
pub(crate) struct Extent {
    small_uses: u8,
    lacks_room: bool,
    /// There if the buffer may become larger than [`USUAL`].
    spare: Option<Grant>,
}

impl Extent {
    /// Lets the buffer become larger than [`USUAL`], as far as `spare` allows.
    pub(crate) fn take_spare(&mut self, spare: &'static dyn Budget) {
        self.spare = Some(Grant::new(Some(spare)));
    }

    /// Notes that `used` bytes of a buffer of `size` bytes were used. `lacks_room` says whether more
    /// would have been used if it had been there.
    #[inline]
    pub(crate) fn note(&mut self, used: usize, size: usize, lacks_room: bool) {
        self.lacks_room = lacks_room;
        let is_small = used < size / FACTOR;
        self.small_uses = if is_small { self.small_uses.saturating_add(1) } else { 0 };
    }

    /// Returns the size that a buffer of `size` bytes should have now, but at least `smallest`.
    pub(crate) fn next(&mut self, size: usize, smallest: usize) -> usize {
        let wanted = if self.lacks_room {
            self.larger(size)
        } else if self.small_uses >= SMALL_USES {
            (size / FACTOR).min(USUAL)
        } else {
            return size.max(smallest);
        };
        (self.small_uses, self.lacks_room) = (0, false);
        let wanted = wanted.max(smallest);
        if wanted <= USUAL {
            self.give_back();
        }
        wanted
    }

    fn larger(&mut self, size: usize) -> usize {
        let wanted = (size * FACTOR).min(LARGEST);
        let has_spare = |spare: &mut Grant| spare.cover(wanted);
        if wanted <= USUAL || self.spare.as_mut().is_some_and(has_spare) {
            wanted
        } else {
            size.max(USUAL)
        }
    }

    /// Forgets how the buffer was used: it is empty now, and takes no memory.
    pub(crate) fn rest(&mut self) {
        (self.small_uses, self.lacks_room) = (0, false);
        self.give_back();
    }

    fn give_back(&mut self) {
        if let Some(spare) = &mut self.spare {
            spare.give_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Spare memory for one large buffer.
    #[derive(Debug)]
    struct ForOne(AtomicUsize);

    impl Budget for ForOne {
        fn take(&self, bytes: usize) -> bool {
            let fits = |taken: usize| Some(taken + bytes).filter(|sum| *sum <= LARGEST);
            self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
        }

        fn give_back(&self, bytes: usize) {
            self.0.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    /// Fills a buffer of 1,000 bytes completely, until it stays as it is. Returns its size.
    fn grown(extent: &mut Extent) -> usize {
        let mut size = 1000;
        for _ in 0..10 {
            extent.note(size, size, true);
            size = extent.next(size, 1000);
        }
        size
    }

    #[test]
    fn it_becomes_large_only_while_there_is_spare_memory() {
        static SPARE: ForOne = ForOne(AtomicUsize::new(0));
        let [mut usual, mut first, mut second] = [(); 3].map(|()| Extent::default());
        first.take_spare(&SPARE);
        second.take_spare(&SPARE);
        assert_eq!(grown(&mut usual), USUAL);
        assert_eq!(grown(&mut first), LARGEST);
        assert_eq!(grown(&mut second), USUAL, "the first has all");
        first.rest();
        assert_eq!(grown(&mut second), LARGEST);
        let mut size = LARGEST;
        for used in [1; 40] {
            second.note(used, size, false);
            size = second.next(size, 1000);
        }
        assert_eq!((size, SPARE.0.load(Ordering::Relaxed)), (1000, 0), "little came");
        assert_eq!(grown(&mut first), LARGEST);
        drop(first);
        assert_eq!(SPARE.0.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_shrinks_gives_its_spare_memory_back() {
        static SPARE: ForOne = ForOne(AtomicUsize::new(0));
        let mut extent = Extent::default();
        extent.take_spare(&SPARE);
        let mut size = grown(&mut extent);
        // Little for such a buffer, and enough for a usual one.
        for used in [20 << 10; 20] {
            extent.note(used, size, false);
            size = extent.next(size, 1000);
        }
        assert_eq!((size, SPARE.0.load(Ordering::Relaxed)), (USUAL, 0));
    }
}
