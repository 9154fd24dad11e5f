//! Lines for the log, by the crate `log`. The logger is the program's: if it panics, only the line
//! is lost.
//!
//! A logger may use this library as well, so no lock is held while a line is written.

macro_rules! line {
    ($level:ident, $($what:tt)+) => {
        if log::Level::$level <= log::max_level() {
            let _ = $crate::process::caught(|| log::log!(log::Level::$level, $($what)+));
        }
    };
}

macro_rules! debug {
    ($($what:tt)+) => { $crate::process::line!(Debug, $($what)+) };
}

macro_rules! info {
    ($($what:tt)+) => { $crate::process::line!(Info, $($what)+) };
}

macro_rules! warning {
    ($($what:tt)+) => { $crate::process::line!(Warn, $($what)+) };
}

macro_rules! error {
    ($($what:tt)+) => { $crate::process::line!(Error, $($what)+) };
}

pub(crate) use {debug, error, info, line, warning};

#[cfg(test)]
pub(crate) mod journal {
    //! The logger of the unit tests, which share it: a process has one.

    use std::sync::Mutex;

    use log::{LevelFilter, Log, Metadata, Record};

    struct Journal(Mutex<Vec<String>>);

    static JOURNAL: Journal = Journal(Mutex::new(Vec::new()));

    impl Log for Journal {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn log(&self, record: &Record<'_>) {
            self.0.lock().unwrap().push(record.args().to_string());
        }

        fn flush(&self) {}
    }

    /// Begins to keep the lines. A second call does nothing.
    pub(crate) fn begin() {
        if log::set_logger(&JOURNAL).is_ok() {
            log::set_max_level(LevelFilter::Debug);
        }
    }

    /// Returns the lines so far that have `part` in them.
    pub(crate) fn said(part: &str) -> Vec<String> {
        let lines = JOURNAL.0.lock().unwrap();
        lines.iter().filter(|line| line.contains(part)).cloned().collect()
    }
}
