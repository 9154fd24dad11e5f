//! Catches panics of code that programs hand in (handlers, hooks, streams, loggers), because the
//! threads on which it runs serve others too.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs code that may panic. Returns `None` if it did.
///
/// The payload of the panic is dropped here as well, which may panic again. The payload of that
/// second panic is leaked.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    // Each caller knows what a panic may leave half done.
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

    /// Panics when it is dropped, with another `Bomb` as the payload, this many times.
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
