//! An example program as a child process.

use std::env::consts::EXE_SUFFIX;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// How long a program may take for anything, a browser on a loaded machine among them.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A program that runs until its end is asked for; it is killed when the test is over.
pub struct Program {
    pub child: Child,
    pub lines: Receiver<String>,
    pub errors: Receiver<String>,
}

impl Program {
    pub fn start<'a>(name: &str, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        let mut command = Command::new(path(name));
        // What a developer has set must not change what an example prints.
        command.env_remove("RUST_LOG").env_remove("RUST_LOG_STYLE");
        Self::run(command.args(arguments).stdin(Stdio::piped()))
    }

    /// Starts a command that leads to an example, with an input of its own.
    pub fn run(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
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
    pub fn line(&self) -> String {
        let line = self.lines.recv_timeout(PATIENCE);
        line.unwrap_or_else(|_| panic!("no output, but {:?}", self.errors.try_recv()))
    }
}

/// Where an example is: `cargo test` builds them next to the tests.
pub fn path(name: &str) -> PathBuf {
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
