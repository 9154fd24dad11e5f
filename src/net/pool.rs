//! Codecs that wait for the next message of whichever connection.
//!
//! One pool serves the whole process: what a thread returns the next one borrows, and no more are
//! ever in use than messages are under way.
//!
//! Locks: one for each kind, held for a few instructions.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::proto::codec::{Deflater, Inflater};
use crate::proto::compression::Codecs;
use crate::proto::deflate::LARGEST_WINDOW;

/// The codecs of all connections.
pub(crate) static POOL: Pool = Pool::new();

/// So many of each kind are kept, about 6 MiB in all; few more threads than there are processors
/// can be inside a codec.
const KEPT: usize = 16;

/// Codecs that remember nothing of any connection.
#[derive(Debug)]
pub(crate) struct Pool {
    inflaters: Mutex<VecDeque<Inflater>>,
    deflaters: Mutex<VecDeque<Deflater>>,
}

impl Pool {
    const fn new() -> Self {
        Self { inflaters: Mutex::new(VecDeque::new()), deflaters: Mutex::new(VecDeque::new()) }
    }
}

impl Codecs for Pool {
    fn inflater(&self) -> Inflater {
        let kept = lock(&self.inflaters).pop_back();
        kept.unwrap_or_else(|| Inflater::new(LARGEST_WINDOW))
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

/// Keeps a codec in place of the one that waited longest where there are many.
fn keep<T>(all: &Mutex<VecDeque<T>>, codec: T) {
    let mut all = lock(all);
    let oldest = if all.len() == KEPT { all.pop_front() } else { None };
    all.push_back(codec);
    // Freeing it takes longer than the lock is held for.
    drop(all);
    drop(oldest);
}

/// Nothing panics while these locks are held.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
