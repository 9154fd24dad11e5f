//! The columns of the table.

use std::time::Duration;

use test_support::process_status::Process;

use crate::figures::Sorted;

/// A column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Column {
    /// Its name in the file for other programs.
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
}

/// The value of a column in one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    pub(crate) column: Column,
    pub(crate) value: f64,
}

impl Figure {
    pub(crate) fn new(key: &'static str, title: &'static str, value: f64) -> Self {
        Self { column: Column { key, title }, value }
    }
}

/// A percentile in microseconds.
pub(super) type Percentile = (&'static str, &'static str, usize);

/// Returns these percentiles of the times, or nothing if there are no times.
pub(super) fn percentiles(times: Vec<Duration>, of: &[Percentile]) -> Vec<Figure> {
    Sorted::new(times).map_or_else(Vec::new, |sorted| {
        let figure = |&(key, title, thousandths): &Percentile| {
            Figure::new(key, title, sorted.percentile(thousandths))
        };
        of.iter().map(figure).collect()
    })
}

/// A server's processor time. It is read while the server has nothing to do, so that it is up to date.
pub(super) struct Meter {
    process: Process,
    before: Option<Duration>,
}

impl Meter {
    pub(super) fn start(process: Process) -> Self {
        let before = process.processor_time();
        Self { process, before }
    }

    /// Returns the time in microseconds for each message or delivery. `None` if the system does not say.
    pub(super) fn each(&self, title: &'static str, times: usize) -> Option<Figure> {
        let spent = self.process.processor_time()?.checked_sub(self.before?)?;
        Some(Figure::new("server_us", title, spent.as_secs_f64() * 1e6 / float(times)))
    }
}

/// Counts here are far below the largest 32-bit number.
pub(super) fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
