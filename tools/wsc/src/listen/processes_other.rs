//! Programs on Windows, which has no groups of processes.

use std::io;
use std::process::{Child, Command, ExitStatus};

pub(super) fn in_group(command: &mut Command) -> &mut Command {
    command
}

/// Returns `true` if the program has ended by itself.
pub(super) fn has_ended(child: &mut Child) -> bool {
    !matches!(child.try_wait(), Ok(None))
}

/// Ends a program. What it has started goes on.
pub(super) fn end(child: &mut Child) -> io::Result<ExitStatus> {
    // It may have ended by itself.
    let _ = child.kill();
    child.wait()
}
