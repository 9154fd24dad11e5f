//! The public [`Error`]: the only place where errors of IO and of the protocol meet.
//!
//! `error` has the type, whose variants differ in what the caller can do next. An orderly close is
//! not an error. `phase` has the deadlines. `conversion` has what `?` does. `legible` shortens what a
//! peer may have chosen.

mod conversion;

mod error;
pub use error::{Error, Result};

mod legible;

mod phase;
pub use phase::Phase;
