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
