//! A terminal of a test's own: what is typed into it, and what it shows.

use std::io::{Read, Write};
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

use super::support::{PATIENCE, PROXIES};

/// Lines and columns.
const LINES: u16 = 40;
const COLUMNS: u16 = 80;

/// A program on a terminal. It is killed when its test is over.
pub(crate) struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    shown: Arc<Shown>,
}

/// What the terminal shows.
struct Shown {
    screen: Mutex<vt100::Parser>,
    changed: Condvar,
}

impl Terminal {
    /// Starts the command on a terminal.
    pub(crate) fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(LINES, COLUMNS)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsc")).args(arguments.iter().copied());
        for name in PROXIES.iter().chain(&["NO_COLOR"]) {
            command = command.env_remove(name);
        }
        command = command.env("TERM", "xterm-256color").envs(environment.iter().copied());
        let child = command.spawn(pts).unwrap();
        let pty = Arc::new(pty);
        let screen = Mutex::new(vt100::Parser::new(
            LINES.try_into().unwrap(),
            COLUMNS.try_into().unwrap(),
            1000,
        ));
        let shown = Arc::new(Shown { screen, changed: Condvar::new() });
        let (reading, tell) = (Arc::clone(&pty), Arc::clone(&shown));
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // The last program that has the terminal is gone: an error on Linux.
            while let Ok(n @ 1..) = (&*reading).read(&mut buffer) {
                tell.screen.lock().unwrap().process(&buffer[..n]);
                tell.changed.notify_all();
            }
        });
        Self { pty, child, shown }
    }

    /// Types something in.
    pub(crate) fn type_in(&self, text: &str) {
        (&*self.pty).write_all(text.as_bytes()).unwrap();
    }

    /// What it shows, without the empty lines at the end.
    pub(crate) fn screen(&self) -> String {
        self.shown.screen.lock().unwrap().screen().contents().trim_end().to_owned()
    }

    /// Waits until what it shows is so.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + PATIENCE;
        let mut screen = self.shown.screen.lock().unwrap();
        loop {
            let contents = screen.screen().contents().trim_end().to_owned();
            if is_so(&contents) {
                return contents;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{what} is not shown:\n{contents}");
            screen = self.shown.changed.wait_timeout(screen, left).unwrap().0;
        }
    }

    /// Waits until a line is exactly this.
    #[track_caller]
    pub(crate) fn shows(&self, line: &str) -> String {
        self.wait(line, |screen| screen.lines().any(|it| it.trim_end() == line))
    }

    /// Waits until the last line is exactly this.
    #[track_caller]
    pub(crate) fn ends_with(&self, line: &str) -> String {
        self.wait(line, |screen| screen.lines().last().is_some_and(|it| it.trim_end() == line))
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, signal).unwrap();
    }

    /// Waits for its end, and returns the exit status and what it showed last.
    #[track_caller]
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let until = Instant::now() + PATIENCE;
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status.code(),
                None => assert!(Instant::now() < until, "it does not end:\n{}", self.screen()),
            }
            thread::sleep(Duration::from_millis(5));
        };
        // What it has written last is in the terminal, and may not have been read from there.
        let mut last = self.screen();
        loop {
            thread::sleep(Duration::from_millis(50));
            let screen = self.screen();
            if screen == last {
                return (status, screen);
            }
            last = screen;
        }
    }

    /// Returns `true` if the terminal shows what is typed and waits for whole lines, as shells find it.
    pub(crate) fn is_cooked(&self) -> bool {
        use rustix::termios::{LocalModes, tcgetattr};
        let modes = tcgetattr(&*self.pty).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
