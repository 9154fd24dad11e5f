//! [`at_once`]: several things at a time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Calls `work` for each of the things, in this many threads, and returns the results in their order.
pub(super) fn at_once<T: Sync, R: Send>(
    threads: usize,
    things: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..threads.min(things.len()) {
            scope.spawn(|| {
                while let Some((at, thing)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    things.get(at).map(|thing| (at, thing))
                } {
                    let result = work(thing);
                    done.lock()
                        .expect("no thread panics while it holds the lock")
                        .push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no thread panics while it holds the lock");
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_things() {
        for threads in [1, 3, 50] {
            let things: Vec<usize> = (0..20).collect();
            let squares: Vec<usize> = things.iter().map(|n| n * n).collect();
            assert_eq!(at_once(threads, &things, |n| n * n), squares);
        }
        assert!(at_once(3, &[], |(): &()| ()).is_empty());
    }
}
