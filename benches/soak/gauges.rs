//! What the system says of this process; zero where it does not say.

use std::fmt;
use std::fs;

/// Memory in KiB, threads, descriptors, and what the library buffers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gauges {
    pub(crate) resident: u64,
    peak: u64,
    pub(crate) threads: u64,
    pub(crate) descriptors: usize,
    pub(crate) buffered: usize,
}

impl Gauges {
    pub(crate) fn read() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|it| it.split_whitespace().next()?.parse().ok()).unwrap_or_default()
        };
        Self {
            resident: field("VmRSS:"),
            peak: field("VmHWM:"),
            threads: field("Threads:"),
            descriptors: fs::read_dir("/proc/self/fd").map_or(0, Iterator::count),
            buffered: blocking_ws::buffered(),
        }
    }
}

impl fmt::Display for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resident, peak, threads, descriptors, buffered } = self;
        write!(f, "{resident:>8} {peak:>8} {threads:>5} {descriptors:>5} {buffered:>9}")
    }
}
