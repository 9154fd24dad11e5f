//! A lock for changing the file at a server's path.
//!
//! A server that replaces a stale file first sees that no server listens there. Another server
//! could replace the file between these two steps. So a server holds this lock during both, and
//! also while it removes its own file. It is a lock of the system on a file beside the path, so it
//! ends with the program, however the program ends. The file exists only while the lock is held.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::path::{inode, named, no_file};
use crate::io::{Deadline, SHORTEST};

/// How long to wait for other servers. A server holds the lock for less than a millisecond.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The lock. Dropping it releases it.
#[derive(Debug)]
pub(super) struct BindLock {
    file: PathBuf,
    // Closed last, which releases the lock: until then no other server uses the file.
    _lock: File,
}

impl BindLock {
    /// Waits until no other server changes the file at `path`.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        let Some(name) = path.file_name() else {
            return Err(no_file());
        };
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(".blocking-ws");
        let file = path.with_file_name(hidden);
        Self::wait(&file, LONGEST_WAIT).map_err(|e| named(&file, &e))
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
                // The holder before may have removed the file after it was opened here.
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
        // A file that is left behind is used again.
        let _ = fs::remove_file(&self.file);
    }
}

/// Locks an open file. Returns `false` if another handle has locked it.
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

/// Solaris has only locks that two threads of one program can hold at the same time.
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
                        let turn = loop {
                            match BindLock::at(&path) {
                                // There is no queue, so on a busy machine the others come first.
                                Err(e) if e.kind() == ErrorKind::ResourceBusy => {}
                                turn => break turn.unwrap(),
                            }
                        };
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
