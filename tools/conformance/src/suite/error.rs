//! [`SuiteError`]: why a run could not be made.

use std::io;

use crate::case::BadSelection;

/// Why a run could not be made. What a program does wrong is no error, but in the report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SuiteError {
    /// No case can be run.
    #[error(transparent)]
    Selection(#[from] BadSelection),
    /// No case is left of the selection.
    #[error("no case is left: {0}")]
    NoCase(&'static str),
    /// The URL cannot be used.
    #[error("{url}: {why}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The program cannot be reached.
    #[error("{url} cannot be reached: {why}")]
    Unreachable {
        /// Where it should be.
        url: String,
        /// What was seen.
        why: String,
    },
    /// No client has come.
    #[error("no client came to {url}: {why}")]
    Absent {
        /// Where the suite has waited.
        url: String,
        /// What was seen.
        why: String,
    },
    /// The suite cannot listen there.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: String,
        /// Why not.
        source: io::Error,
    },
    /// The command of a program cannot be used.
    #[error("{command:?}: {why}")]
    Program {
        /// The command.
        command: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A certificate or key cannot be used.
    #[error("TLS: {0}")]
    Tls(#[source] blocking_ws::Error),
}
