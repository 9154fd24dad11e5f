//! What Windows has in place of signals: Ctrl-C, Ctrl-Break, and the end of a console.

use std::io;

/// Calls `act` in a thread of its own each time the command is asked to end.
pub(crate) fn on_signal(act: impl Fn() + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(act).map_err(io::Error::other)
}
