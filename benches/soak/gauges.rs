//! What the system says of this process; zero where it does not say.

use std::fmt;

use test_support::process_status::Process;

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
        let process = Process::this();
        let status = |name| process.status(name).unwrap_or_default();
        Self {
            resident: status("VmRSS"),
            peak: status("VmHWM"),
            threads: status("Threads"),
            descriptors: process.descriptors().unwrap_or_default(),
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
