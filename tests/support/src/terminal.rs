//! What a person does with a program: types something in, and waits for its end.

use std::io::Write;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;

use crate::program::PATIENCE;
use crate::program::Program;

/// What a program left behind.
#[derive(Debug, PartialEq)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Program {
    /// Types something, and leaves the input open.
    pub fn type_in(&mut self, text: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(text.as_bytes()).unwrap();
        input.flush().unwrap();
    }

    /// Feeds something through a pipe that ends with it.
    pub fn feed(&mut self, text: &str) {
        let mut input = self.child.stdin.take().unwrap();
        let text = text.to_owned();
        // A program that ends early reads no further.
        thread::spawn(move || input.write_all(text.as_bytes()));
    }

    /// Waits until it ends by itself.
    pub fn end(mut self) -> Ended {
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
