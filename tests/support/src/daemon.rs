//! A server program as a process group of its own, on the loopback.

use std::ffi::OsString;
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use crate::installed::{program, skipped};
use crate::ports::free_ports;

/// How long a daemon may take to begin, and how often ports are chosen anew for one that cannot.
const PATIENCE: Duration = Duration::from_secs(10);
const ATTEMPTS: usize = 3;

/// A directory that goes with its test; everybody may write there, for daemons that drop root.
pub struct Scratch(PathBuf);

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Scratch {
    pub fn new() -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("blocking-ws-{}-{count}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        Self(path)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running daemon; it and all that it started are killed when the test is over.
pub struct Daemon {
    child: Child,
    _files: Scratch,
}

impl Daemon {
    /// Waits until its ports answer; `None` where the program is not installed. `arguments` writes its
    /// configuration for ports that somebody else may have taken when it gets there: then there are
    /// others.
    pub fn start<const N: usize>(
        name: &str,
        arguments: impl Fn(&Scratch, [u16; N]) -> Vec<OsString>,
    ) -> Option<(Self, [u16; N])> {
        let Some(program) = program(name) else {
            skipped(name);
            return None;
        };
        for _ in 0..ATTEMPTS {
            let (files, ports) = (Scratch::new(), free_ports());
            let child = Command::new(&program)
                .args(arguments(&files, ports))
                .process_group(0)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            let mut daemon = Self { child: child.unwrap(), _files: files };
            if daemon.answers_on(&ports) {
                return Some((daemon, ports));
            }
        }
        panic!("{name} does not run")
    }

    /// Waits until it does, or has ended.
    fn answers_on(&mut self, ports: &[u16]) -> bool {
        let begun = Instant::now();
        let connects = |port| TcpStream::connect(("127.0.0.1", port)).is_ok();
        while begun.elapsed() < PATIENCE && self.child.try_wait().unwrap().is_none() {
            if ports.iter().copied().all(connects) {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }

    /// Sends a signal to it and all that it started.
    pub fn signal(&self, name: &str) {
        let group = format!("-{}", self.child.id());
        let sent = Command::new("kill").args(["-s", name, "--", &group]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{name} was not sent");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-s", "KILL", "--", &group]).status();
        // By itself too: a wait for one that lives would have no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
