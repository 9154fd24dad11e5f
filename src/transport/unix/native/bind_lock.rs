//! Whose turn it is to change what is at a path.
//!
//! To see that nobody listens at a file, and to replace it, are two steps: another server could have
//! replaced it between them. So a server takes its turn for both, and for removing its own file. It
//! holds the system's lock of a file beside the path, which ends with the program, however that ends.
//! The file is there no longer than the turn.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::path::{inode, named};
use crate::io::{Deadline, SHORTEST};

/// How long others are waited for; a turn takes less than a millisecond.
const PATIENCE: Duration = Duration::from_secs(2);

/// The turn of one server, until it is dropped.
#[derive(Debug)]
pub(super) struct BindLock {
    file: PathBuf,
    // Closed last, which ends the lock: until then the file is this turn's to remove.
    _lock: File,
}

impl BindLock {
    /// Waits until nobody else changes what is at a path.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        let Some(name) = path.file_name() else {
            return Err(io::Error::new(ErrorKind::InvalidInput, "no path that a file can have"));
        };
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(".blocking-ws");
        let file = path.with_file_name(hidden);
        Self::wait(&file, PATIENCE).map_err(|e| named(&file, &e))
    }

    fn wait(file: &Path, patience: Duration) -> io::Result<Self> {
        let deadline = Deadline::after(Some(patience));
        loop {
            let lock = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .custom_flags(libc::O_NOFOLLOW)
                .open(file)?;
            if try_lock(&lock)? {
                let held = lock.metadata()?;
                // Whoever had the turn before may have removed the file since it was opened.
                if fs::symlink_metadata(file).is_ok_and(|there| inode(&there) == inode(&held)) {
                    return Ok(Self { file: file.to_owned(), _lock: lock });
                }
            }
            if deadline.has_passed() {
                return Err(io::Error::new(ErrorKind::ResourceBusy, "another program locks it"));
            }
            thread::sleep(SHORTEST);
        }
    }
}

impl Drop for BindLock {
    fn drop(&mut self) {
        // One that is left behind is used again.
        let _ = fs::remove_file(&self.file);
    }
}

/// Locks an open file unless somebody else has it open and locked.
#[cfg(not(target_os = "solaris"))]
fn try_lock(file: &File) -> io::Result<bool> {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;

    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// There is no lock that two threads of one program could not both have.
#[cfg(target_os = "solaris")]
fn try_lock(_: &File) -> io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn place(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("ws-turn-{name}-{}", std::process::id()))
    }

    #[test]
    fn one_at_a_time() {
        let path = place("one");
        let holders = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let turn = BindLock::at(&path).unwrap();
                        assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0);
                        thread::yield_now();
                        assert_eq!(holders.fetch_sub(1, Ordering::SeqCst), 1);
                        drop(turn);
                    }
                });
            }
        });
        let file = BindLock::at(&path).unwrap().file.clone();
        assert!(!file.exists(), "the last one took it away");
    }

    #[test]
    fn who_does_not_let_go_is_an_error_and_who_is_gone_is_not() {
        let path = place("kept");
        let turn = BindLock::at(&path).unwrap();
        let file = turn.file.clone();
        let busy = BindLock::wait(&file, Duration::from_millis(20)).unwrap_err();
        assert_eq!(busy.kind(), ErrorKind::ResourceBusy, "{busy}");
        drop(turn);
        assert!(!file.exists());
        fs::write(&file, "").unwrap();
        drop(BindLock::at(&path).unwrap());
        assert!(!file.exists());
    }

    #[test]
    fn it_follows_no_link() {
        let (path, precious) = (place("link"), place("precious"));
        fs::write(&precious, "precious").unwrap();
        let file = BindLock::at(&path).unwrap().file.clone();
        std::os::unix::fs::symlink(&precious, &file).unwrap();
        let error = BindLock::at(&path).unwrap_err().to_string();
        assert!(error.starts_with(&file.display().to_string()), "{error}");
        fs::remove_file(&file).unwrap();
        assert_eq!(fs::read(&precious).unwrap(), b"precious");
        fs::remove_file(&precious).unwrap();
    }
}
