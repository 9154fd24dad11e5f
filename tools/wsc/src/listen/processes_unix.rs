//! Programs as groups of processes, so that what a program has started ends with it.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process_group, waitid,
};

/// How long a program may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(10);

/// Has the program be a group of its own.
pub(super) fn in_group(command: &mut Command) -> &mut Command {
    command.process_group(0)
}

/// Looks whether a program has ended, and leaves it to be waited for. So its number, which is that of its
/// group, is not used anew.
///
/// # Errors
/// It was waited for before.
fn look(child: &Child) -> rustix::io::Result<Option<WaitIdStatus>> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(Pid::from_child(child)), options)
}

/// Returns `true` if the program has ended by itself.
pub(super) fn has_ended(child: &mut Child) -> bool {
    !matches!(look(child), Ok(None))
}

/// Ends a program and all that it has started: asks first, and kills after a while.
pub(super) fn end(child: &mut Child) -> io::Result<ExitStatus> {
    let group = Pid::from_child(child);
    // Then its number may be that of another program.
    if look(child).is_err() {
        return child.wait();
    }
    let _ = kill_process_group(group, Signal::TERM);
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(PAUSE);
    }
    let _ = kill_process_group(group, Signal::KILL);
    child.wait()
}
