//! [`Exit`]: the exit status, and [`Failure`]: the sentence with it.

use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

/// The exit status. The help of the command and its README list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The connection was closed with 1000 or 1001, or as this side asked.
    Well = 0,
    /// The command line, a file or the input cannot be used.
    Usage = 1,
    /// There is no connection: DNS, TCP, TLS or a proxy failed.
    Unreachable = 2,
    /// The server refused the opening handshake, or its answer is none.
    Refused = 3,
    /// The connection was closed with another code.
    Closed = 4,
    /// The connection was lost: code 1006.
    Lost = 5,
    /// A time limit has passed.
    Timeout = 6,
    /// A signal, such as that of Ctrl-C, has ended the command.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An exit status that is no success, and what happened.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Display) -> Self {
        Self { exit, message: message.to_string() }
    }

    pub(crate) fn usage(message: impl Display) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A file cannot be read or written.
    pub(crate) fn file(path: &Path, error: impl Display) -> Self {
        Self::usage(format_args!("{}: {error}", path.display()))
    }
}
