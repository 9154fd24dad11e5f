//! An example program as a child process.

use std::env::consts::EXE_SUFFIX;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;

use super::socket::PATIENCE;

/// A program that runs until its end is asked for; it is killed when the test is over.
pub(crate) struct Program {
    child: Child,
    lines: Receiver<String>,
    errors: Receiver<String>,
}

/// What a program left behind.
#[derive(Debug, PartialEq)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn start<'a>(name: &str, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        let mut child = Command::new(path(name))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (tell, lines) = mpsc::channel();
        thread::spawn(move || {
            let lines = BufReader::new(stdout).lines();
            lines.map_while(Result::ok).all(|line| tell.send(line).is_ok())
        });
        let (tell, errors) = mpsc::channel();
        thread::spawn(move || {
            let mut text = String::new();
            BufReader::new(stderr).read_to_string(&mut text).unwrap();
            tell.send(text)
        });
        Self { child, lines, errors }
    }

    /// The next line of its output.
    pub(crate) fn line(&self) -> String {
        let line = self.lines.recv_timeout(PATIENCE);
        line.unwrap_or_else(|_| panic!("no output, but {:?}", self.errors.try_recv()))
    }

    /// Types something, and leaves the input open.
    pub(crate) fn type_in(&mut self, text: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(text.as_bytes()).unwrap();
        input.flush().unwrap();
    }

    /// Feeds something through a pipe that ends with it.
    pub(crate) fn feed(&mut self, text: &str) {
        let mut input = self.child.stdin.take().unwrap();
        let text = text.to_owned();
        // A program that ends early reads no further.
        thread::spawn(move || input.write_all(text.as_bytes()));
    }

    /// Waits until it ends by itself.
    pub(crate) fn end(mut self) -> Ended {
        let mut stdout = String::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => stdout.extend([&line, "\n"]),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end; it said {stdout:?}"),
            }
        }
        let stderr = self.errors.recv_timeout(PATIENCE).expect("the end of its errors");
        let code = self.child.wait().unwrap().code();
        Ended { code, stdout, stderr }
    }
}

/// `cargo test` builds the examples next to the tests.
fn path(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    let path = profile.join("examples").join(format!("{name}{EXE_SUFFIX}"));
    assert!(path.exists(), "run `cargo build --examples`: no {}", path.display());
    path
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
