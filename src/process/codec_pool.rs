//! Codecs that wait for the next message of any connection.
//!
//! One pool serves the whole process: each message borrows a codec and returns it.
//!
//! Locks: one for each kind of codec, held for a few instructions.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::sync::lock;
use crate::proto::compression::{Codecs, Deflater, Inflater};

/// The codecs of all connections.
pub(crate) static POOL: CodecPool = CodecPool::new();

/// How many codecs of each kind are kept, about 8 MiB in all. More threads are rarely inside a
/// codec at the same time. Codecs that are returned when this number is reached replace the oldest.
const KEPT: usize = 16;

/// Codecs that remember nothing of a connection.
#[derive(Debug)]
pub(crate) struct CodecPool {
    inflaters: Mutex<VecDeque<Inflater>>,
    deflaters: Mutex<VecDeque<Deflater>>,
}

impl CodecPool {
    const fn new() -> Self {
        Self { inflaters: Mutex::new(VecDeque::new()), deflaters: Mutex::new(VecDeque::new()) }
    }
}

impl Codecs for CodecPool {
    fn inflater(&self) -> Inflater {
        let kept = lock(&self.inflaters).pop_back();
        kept.unwrap_or_else(Inflater::new)
    }

    fn return_inflater(&self, inflater: Inflater) {
        keep(&self.inflaters, inflater);
    }

    fn deflater(&self, level: u32, window_bits: u8) -> Deflater {
        let kept = {
            let mut all = lock(&self.deflaters);
            let fits = all.iter().rposition(|deflater| deflater.is(level, window_bits));
            fits.and_then(|at| all.remove(at))
        };
        kept.unwrap_or_else(|| Deflater::new(level, window_bits))
    }

    fn return_deflater(&self, deflater: Deflater) {
        keep(&self.deflaters, deflater);
    }
}

/// Keeps a codec. If the pool is full, drops the codec that has waited longest.
fn keep<T>(all: &Mutex<VecDeque<T>>, codec: T) {
    let mut all = lock(all);
    let oldest = if all.len() == KEPT { all.pop_front() } else { None };
    all.push_back(codec);
    // Dropping it takes longer than the lock should be held.
    drop(all);
    drop(oldest);
}

#[cfg(all(test, feature = "deflate"))]
mod tests {
    use super::*;

    #[test]
    fn codecs_are_used_again_by_whom_they_fit() {
        let pool = CodecPool::new();
        pool.return_deflater(pool.deflater(1, 15));
        pool.return_deflater(pool.deflater(6, 9));
        for (level, window_bits, left) in [(6, 15, 2), (1, 9, 2), (1, 15, 1), (1, 15, 1), (6, 9, 0)]
        {
            let deflater = pool.deflater(level, window_bits);
            assert!(deflater.is(level, window_bits));
            assert_eq!(lock(&pool.deflaters).len(), left, "{level}, {window_bits}");
        }
        pool.return_inflater(pool.inflater());
        let (one, other) = (pool.inflater(), pool.inflater());
        assert_eq!(lock(&pool.inflaters).len(), 0, "no two have the same one");
        pool.return_inflater(one);
        pool.return_inflater(other);
        assert_eq!(lock(&pool.inflaters).len(), 2);
    }

    #[test]
    fn the_newest_are_kept_and_no_more_than_that() {
        let pool = CodecPool::new();
        for window_bits in [9, 10] {
            for _ in 0..KEPT {
                pool.return_deflater(Deflater::new(1, window_bits));
            }
        }
        let kept = lock(&pool.deflaters);
        assert_eq!(kept.len(), KEPT);
        assert!(kept.iter().all(|deflater| deflater.is(1, 10)));
    }
}
