//! Panics of what programs hand in (handlers, hooks, streams, loggers), kept from the threads that
//! others need.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs what may panic; `None` where it did.
///
/// What a panic carries is dropped here as well, which can be the next panic. Where that carries
/// something whose drop panics, it is left undropped.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    // Each caller knows what may have been left half done.
    let payload = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => return Some(done),
        Err(payload) => payload,
    };
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(second);
    }
    None
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;

    use super::*;

    /// Panics so many times more when it is dropped.
    struct Bomb(u32);

    impl Drop for Bomb {
        fn drop(&mut self) {
            if let Some(left) = self.0.checked_sub(1) {
                panic_any(Bomb(left));
            }
        }
    }

    #[test]
    fn whatever_a_panic_carries_it_ends_here() {
        assert_eq!(caught(|| 1), Some(1));
        assert_eq!(caught(|| panic!("as told")), None::<()>);
        for left in 0..3 {
            assert_eq!(caught(|| panic_any(Bomb(left))), None::<()>, "{left}");
        }
    }
}
