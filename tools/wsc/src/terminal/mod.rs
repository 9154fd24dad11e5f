//! A conversation on a terminal: a line that is edited, and what comes above it.
//!
//! ```text
//! editor    reads lines, and gives them to a `Far` end; a thread of its own
//! printer   prints above the line that is edited, from any thread
//! screen    how messages look
//! commands  lines that begin with /
//! mode      gives the terminal back as it was
//! ```

mod client;
pub(crate) use client::client;

mod commands;

mod editor;
pub(crate) use editor::{Far, has_colors, start};

mod history;

#[cfg(unix)]
#[path = "mode_unix.rs"]
mod mode;
#[cfg(not(unix))]
#[path = "mode_other.rs"]
mod mode;
pub(crate) use mode::restore;

mod printer;
pub(crate) use printer::Printer;

mod screen;
pub(crate) use screen::Screen;
