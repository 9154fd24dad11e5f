//! The mode of the terminal. The editor changes it, and a process that ends while a line is edited must
//! change it back.

use std::io::{self, Write};
use std::sync::OnceLock;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

static BEFORE: OnceLock<Termios> = OnceLock::new();

/// Notes the mode before the editor changes it.
pub(super) fn save() {
    if let Ok(mode) = tcgetattr(io::stdin()) {
        BEFORE.get_or_init(|| mode);
    }
}

/// Gives the terminal back as it was, and clears the line that was edited.
pub(crate) fn restore() {
    if let Some(mode) = BEFORE.get() {
        // There is no other way to tell a terminal that is gone.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, mode);
        // Pastes are marked while a line is edited.
        let _ = io::stdout().write_all(b"\r\x1b[K\x1b[?2004l");
        let _ = io::stdout().flush();
    }
}
