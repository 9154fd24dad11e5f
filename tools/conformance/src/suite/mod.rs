//! A run: the cases that are selected, against a program.
//!
//! `suite` is what a user sets. `target` is the server that is tested, and how it is reached, and
//! `server` runs cases against it. `jobs` runs several at a time, `rerun` runs a failure again, and `probe` asks whether the
//! program is there at all, and how quick it is.

mod error;
pub use error::SuiteError;

mod jobs;

mod probe;

mod rerun;
pub(crate) use rerun::rerun;

mod server;

mod suite;
pub use suite::Suite;

mod target;
