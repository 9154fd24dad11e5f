//! Programs as groups of processes, so that what a program has started ends with it.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How long a program may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(10);

/// Has the program be a group of its own.
pub(super) fn in_group(command: &mut Command) -> &mut Command {
    command.process_group(0)
}

/// Ends a program and all that it has started: asks first, and kills after a while.
pub(super) fn end(child: &mut Child) {
    let group = Pid::from_child(child);
    // The group may have ended by itself. Its number is not used anew before the program is waited for.
    if matches!(child.try_wait(), Ok(Some(_))) {
        return;
    }
    let _ = kill_process_group(group, Signal::TERM);
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        thread::sleep(PAUSE);
    }
    let _ = kill_process_group(group, Signal::KILL);
    let _ = child.wait();
}
