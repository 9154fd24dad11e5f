//! What Linux says of a process. Other systems say nothing here: `None`.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// A process in `/proc`.
pub struct Process(PathBuf);

impl Process {
    /// The process of the caller.
    pub fn this() -> Self {
        Self("/proc/self".into())
    }

    pub fn of(pid: u32) -> Self {
        Self(format!("/proc/{pid}").into())
    }

    /// A number of its status, such as `Threads`; memory is in KiB there.
    pub fn status(&self, name: &str) -> Option<u64> {
        self.number("status", name)
    }

    /// Its resident memory in KiB. `VmRSS` of the status may differ by some hundred pages, since each
    /// processor counts for itself.
    pub fn resident(&self) -> Option<u64> {
        self.number("smaps_rollup", "Rss").or_else(|| self.status("VmRSS"))
    }

    fn number(&self, file: &str, name: &str) -> Option<u64> {
        let text = on_linux(|| fs::read_to_string(self.0.join(file)).ok())?;
        let mut lines = text.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = lines.find(|(key, _)| *key == name)?;
        value.split_whitespace().next()?.parse::<u64>().ok()
    }

    /// How long its threads have been on a processor, without those that have ended. The times in `stat`
    /// are too coarse: multiples of ten milliseconds.
    pub fn processor_time(&self) -> Option<Duration> {
        let threads = on_linux(|| fs::read_dir(self.0.join("task")).ok())?;
        let times = threads.flatten().filter_map(|thread| {
            // A thread may have ended meanwhile.
            let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        // A kernel that does not keep it says 0, or has no such file.
        Some(Duration::from_nanos(times.sum())).filter(|time| !time.is_zero())
    }

    pub fn descriptors(&self) -> Option<usize> {
        Some(on_linux(|| fs::read_dir(self.0.join("fd")).ok())?.count())
    }
}

fn on_linux<T>(read: impl FnOnce() -> Option<T>) -> Option<T> {
    if cfg!(target_os = "linux") { read() } else { None }
}
