//! Lines on standard error.

use std::fmt::Display;
use std::io::{self, Write};

/// Prints a line on standard error. Nobody may read that any more, as behind `2>&1 | head -n 1`: then the
/// line is lost, and the command goes on.
pub(crate) fn say(line: impl Display) {
    // In one write, so that lines of several threads do not mix.
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}
