//! A child process with a log and a deadline, which never outlives its owner.
//!
//! Output goes to a file rather than a pipe, so no reader thread is needed and nothing is lost
//! when a child is ended.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The standard library has no wait with a limit, so exits and logs are looked at this often.
pub const POLL: Duration = Duration::from_millis(10);

/// As much of a log as is shown on failure.
const TAIL_LINES: usize = 15;

/// A running program; it is killed when dropped.
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with both its outputs in the file `log`.
    ///
    /// # Errors
    /// The log cannot be written or the program cannot be started; the message names which.
    pub fn start(name: &str, command: &mut Command, log: PathBuf) -> Result<Self, String> {
        let open = || -> std::io::Result<(Stdio, Stdio)> {
            let file = File::create(&log)?;
            Ok((file.try_clone()?.into(), file.into()))
        };
        let (stdout, stderr) =
            open().map_err(|e| format!("cannot create {}: {e}", log.display()))?;
        let child =
            command.stdin(Stdio::null()).stdout(stdout).stderr(stderr).spawn().map_err(|e| {
                format!("cannot start {name} ({}): {e}", Path::new(command.get_program()).display())
            })?;
        Ok(Self { name: name.to_owned(), child, log })
    }

    /// Waits for a successful exit.
    ///
    /// # Errors
    /// The program failed or the deadline passed; the message ends with what the program said last.
    pub fn finish(&mut self, deadline: Instant) -> Result<(), String> {
        self.finish_beside(None, deadline)
    }

    /// Waits like [`finish`](Self::finish), and gives up at once when `peer`, which it depends on,
    /// has ended.
    ///
    /// # Errors
    /// As for `finish`; also when the peer ended first.
    pub fn finish_beside(
        &mut self,
        mut peer: Option<&mut Self>,
        deadline: Instant,
    ) -> Result<(), String> {
        loop {
            if let Some(status) = self.status()? {
                return if status.success() {
                    Ok(())
                } else {
                    Err(self.complaint(&format!("failed ({status})")))
                };
            }
            if let Some(peer) = peer.as_deref_mut() {
                peer.must_run()?;
            }
            self.pause(deadline)?;
        }
    }

    /// Waits until the log has a line that starts with `prefix`, and returns the rest of that line.
    ///
    /// # Errors
    /// The program ended or the deadline passed without such a line.
    pub fn await_line(&mut self, prefix: &str, deadline: Instant) -> Result<String, String> {
        loop {
            // Only whole lines: the end of the text may be a line half written.
            let text = self.output();
            let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
            if let Some(rest) = whole.lines().find_map(|line| line.strip_prefix(prefix)) {
                return Ok(rest.to_owned());
            }
            self.must_run()?;
            self.pause(deadline)?;
        }
    }

    /// Sleeps for one look's time.
    ///
    /// # Errors
    /// The deadline has passed.
    pub fn pause(&self, deadline: Instant) -> Result<(), String> {
        if Instant::now() >= deadline {
            return Err(self.complaint("was not done in time and was ended"));
        }
        thread::sleep(POLL);
        Ok(())
    }

    /// Checks that the program still runs.
    ///
    /// # Errors
    /// It has ended, be it well or badly.
    pub fn must_run(&mut self) -> Result<(), String> {
        match self.status()? {
            None => Ok(()),
            Some(status) => Err(self.complaint(&format!("ended early ({status})"))),
        }
    }

    /// Returns all that the program has written so far.
    pub fn output(&self) -> String {
        read_text(&self.log)
    }

    fn status(&mut self) -> Result<Option<ExitStatus>, String> {
        self.child.try_wait().map_err(|e| format!("cannot wait for {}: {e}", self.name))
    }

    fn complaint(&self, what: &str) -> String {
        let text = self.output();
        let lines: Vec<&str> = text.lines().collect();
        let tail = &lines[lines.len().saturating_sub(TAIL_LINES)..];
        let mut message = format!("{} {what}; the end of {}:", self.name, self.log.display());
        for line in tail {
            message.push_str("\n    ");
            message.push_str(line);
        }
        message
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only for a child that has ended and been waited for, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a file that others may have filled with bytes that are not UTF-8; a missing file reads as
/// empty.
fn read_text(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
