//! How much work a thread has done: on Linux by its processor time, elsewhere by the clock.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// Belongs to the thread that started it.
pub(crate) enum Stopwatch {
    Processor(Duration),
    Clock(Instant),
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        processor_time().map_or_else(|| Self::Clock(Instant::now()), Self::Processor)
    }

    pub(crate) fn elapsed(&self) -> Duration {
        match self {
            Self::Processor(from) => {
                processor_time().expect("it could be read before").saturating_sub(*from)
            }
            Self::Clock(from) => from.elapsed(),
        }
    }

    /// Names what it counts.
    pub(crate) const fn unit(&self) -> &'static str {
        match self {
            Self::Processor(_) => "processor time",
            Self::Clock(_) => "wall-clock time, for want of /proc/thread-self/schedstat,",
        }
    }
}

/// How long this thread has been on a processor.
fn processor_time() -> Option<Duration> {
    // The kernel brings the figure up to date when a thread gives way.
    thread::yield_now();
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split(' ').next()?.parse().ok()?;
    // A kernel that does not keep it says 0.
    Some(Duration::from_nanos(nanoseconds)).filter(|time| !time.is_zero())
}
