//! The mode of the console of Windows. The editor changes it, and a process that ends while a line is
//! edited must change it back.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

static IS_CHANGED: AtomicBool = AtomicBool::new(false);

/// Notes that the editor changes the mode.
pub(super) fn save() {
    IS_CHANGED.store(true, Ordering::Relaxed);
}

/// Gives the console back as it was, and clears the line that was edited.
pub(crate) fn restore() {
    if IS_CHANGED.load(Ordering::Relaxed) {
        // There is no other way to tell a console that is gone.
        let _ = crossterm::terminal::disable_raw_mode();
        let _ = io::stdout().write_all(b"\r\x1b[K");
        let _ = io::stdout().flush();
    }
}
