//! Programs on Windows, which has no groups of processes.

use std::process::{Child, Command};

pub(super) fn in_group(command: &mut Command) -> &mut Command {
    command
}

/// Ends a program. What it has started goes on.
pub(super) fn end(child: &mut Child) {
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}
