//! [`Exit`]: what a run ends with.

use std::fmt::Display;
use std::process::ExitCode;

use ws_conformance::SuiteError;

/// The exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// All is well.
    Well = 0,
    /// A case has failed.
    Failed = 1,
    /// The command line, or a file that it names, cannot be used.
    Usage = 2,
    /// The program under test could not be reached. Nothing was judged.
    Unreachable = 3,
    /// The run was not finished.
    Unfinished = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why there is nothing to report.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn usage(message: impl Display) -> Self {
        Self { exit: Exit::Usage, message: message.to_string() }
    }

    /// A file cannot be read or written.
    pub(crate) fn file(path: &std::path::Path, error: impl Display) -> Self {
        Self::usage(format!("{}: {error}", path.display()))
    }
}

impl From<SuiteError> for Failure {
    fn from(error: SuiteError) -> Self {
        let exit = match &error {
            SuiteError::Unreachable { .. } | SuiteError::Absent { .. } => Exit::Unreachable,
            _ => Exit::Usage,
        };
        Self { exit, message: error.to_string() }
    }
}
