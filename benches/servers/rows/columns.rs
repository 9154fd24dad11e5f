//! The columns of the table.

use std::time::Duration;

use test_support::process_status::Process;

use crate::figures::{Better, Sorted};

/// A column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Column {
    /// Its name in the file for other programs.
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    pub(crate) better: Better,
}

/// The value of a column in one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    pub(crate) column: Column,
    pub(crate) value: f64,
}

impl Figure {
    pub(crate) fn more_is_better(key: &'static str, title: &'static str, value: f64) -> Self {
        Self { column: Column { key, title, better: Better::More }, value }
    }

    pub(crate) fn less_is_better(key: &'static str, title: &'static str, value: f64) -> Self {
        Self { column: Column { key, title, better: Better::Less }, value }
    }

    /// A figure of this program.
    pub(crate) fn of_load(key: &'static str, title: &'static str, value: f64) -> Self {
        Self { column: Column { key, title, better: Better::Neither }, value }
    }
}

/// A percentile in microseconds.
pub(super) type Percentile = (&'static str, &'static str, usize);

/// Returns these percentiles of the times, or nothing if there are no times.
pub(super) fn percentiles(times: Vec<Duration>, of: &[Percentile]) -> Vec<Figure> {
    Sorted::new(times).map_or_else(Vec::new, |sorted| {
        let figure = |&(key, title, thousandths): &Percentile| {
            Figure::less_is_better(key, title, sorted.percentile(thousandths))
        };
        of.iter().map(figure).collect()
    })
}

/// The processor time of a process. It is read while the process has nothing to do, so that it is up to
/// date.
pub(super) struct Meter {
    process: Process,
    before: Option<Duration>,
}

impl Meter {
    pub(super) fn start(process: Process) -> Self {
        let before = process.processor_time();
        Self { process, before }
    }

    /// Returns the server's time in microseconds for each message or delivery. `None` if the system does not
    /// say.
    pub(super) fn each(&self, times: usize) -> Option<Figure> {
        Some(Figure::less_is_better("server_us", "server us", self.microseconds(times)?))
    }

    /// Returns the time of this program in microseconds for each message.
    pub(super) fn each_of_load(&self, times: usize) -> Option<Figure> {
        Some(Figure::of_load("load_us", "load us", self.microseconds(times)?))
    }

    fn microseconds(&self, times: usize) -> Option<f64> {
        let spent = self.process.processor_time()?.checked_sub(self.before?)?;
        Some(spent.as_secs_f64() * 1e6 / float(times))
    }
}

/// Returns by how many KiB the server's memory has grown for each connection. `None` if the system does not
/// say.
pub(super) fn grown(
    key: &'static str,
    title: &'static str,
    empty: Option<u64>,
    now: Option<u64>,
    connections: usize,
) -> Option<Figure> {
    let [now, empty] = [usize::try_from(now?).ok()?, usize::try_from(empty?).ok()?];
    // The figure is negative if the server has returned memory to the system.
    Some(Figure::less_is_better(key, title, (float(now) - float(empty)) / float(connections)))
}

/// Counts here are far below the largest 32-bit number.
pub(super) fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
