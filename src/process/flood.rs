//! [`Flood`]: lines of one kind for the log, of which clients can cause any number.
//!
//! In each second the first lines are written in full. The others are counted, and one line with
//! the count follows. There is no timer: that line is written with the next line after the second,
//! by [`sum_up`](Flood::sum_up), or by [`end`](Flood::end). At the level `debug` all lines are
//! written.

use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use log::Level;

use super::logging::debug;
use super::sync::lock;
use super::unwind::caught;

/// How many lines are written in full within a [`SECOND`].
const IN_FULL: u32 = 5;
const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Flood {
    level: Level,
    /// What the count is followed by, such as "clients were refused".
    what: &'static str,
    second: Mutex<Second>,
}

/// The lines since a line began a second.
#[derive(Debug, Default)]
struct Second {
    began: Option<Instant>,
    lines: u32,
    left_out: u64,
}

impl Flood {
    pub(crate) const fn new(level: Level, what: &'static str) -> Self {
        let second = Second { began: None, lines: 0, left_out: 0 };
        Self { level, what, second: Mutex::new(second) }
    }

    /// Writes a line, or counts it. `name` is for the line with the count.
    pub(crate) fn line(&self, name: &dyn fmt::Display, text: fmt::Arguments<'_>) {
        if self.level > log::max_level() {
            return;
        }
        let (left_out, is_in_full) = lock(&self.second).note(Instant::now());
        // Not under the lock: a logger may use this library.
        self.write_count(name, left_out);
        if is_in_full {
            self.write(text);
        } else {
            debug!("{text}");
        }
    }

    /// Writes the line with the count, if lines were left out in a second that is over.
    pub(crate) fn sum_up(&self, name: &dyn fmt::Display) {
        let left_out = lock(&self.second).over(Instant::now());
        self.write_count(name, left_out);
    }

    /// Writes the line with the count, if lines were left out.
    pub(crate) fn end(&self, name: &dyn fmt::Display) {
        let left_out = std::mem::take(&mut *lock(&self.second)).left_out;
        self.write_count(name, left_out);
    }

    fn write_count(&self, name: &dyn fmt::Display, left_out: u64) {
        if left_out > 0 {
            self.write(format_args!("{name}: {left_out} more {} within a second", self.what));
        }
    }

    fn write(&self, text: fmt::Arguments<'_>) {
        // The logger is the program's.
        let _ = caught(|| log::log!(target: "blocking_ws::server", self.level, "{text}"));
    }
}

impl Second {
    /// Counts a line. Returns how many lines the last second left out if that is over, and whether
    /// this line is written in full.
    fn note(&mut self, now: Instant) -> (u64, bool) {
        let left_out = self.over(now);
        self.began.get_or_insert(now);
        self.lines = self.lines.saturating_add(1);
        let is_in_full = self.lines <= IN_FULL;
        self.left_out += u64::from(!is_in_full);
        (left_out, is_in_full)
    }

    /// Returns how many lines were left out, once, if the second is over.
    fn over(&mut self, now: Instant) -> u64 {
        if self.began.is_some_and(|began| now.saturating_duration_since(began) >= SECOND) {
            std::mem::take(self).left_out
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_lines_of_a_second_are_written_and_the_others_counted() {
        let (start, mut second) = (Instant::now(), Second::default());
        let mut at = |ms: u64| second.note(start + Duration::from_millis(ms));
        // (when, how many lines, what each says)
        for (ms, lines, want) in [
            (0, 5, (0, true)),
            (10, 100, (0, false)),
            (999, 1, (0, false)),
            (1000, 1, (101, true)),
            (1001, 4, (0, true)),
            (1999, 1, (0, false)),
            (5000, 1, (1, true)),
            (9000, 1, (0, true)),
        ] {
            for line in 0..lines {
                assert_eq!(at(ms), want, "line {line} at {ms}");
            }
        }
    }

    #[test]
    fn a_count_is_told_once_and_not_before_its_second_is_over() {
        let (start, mut second) = (Instant::now(), Second::default());
        assert_eq!(second.over(start), 0);
        for _ in 0..7 {
            second.note(start);
        }
        assert_eq!(second.over(start + SECOND / 2), 0);
        assert_eq!([second.over(start + SECOND), second.over(start + SECOND)], [2, 0]);
    }
}
