//! io

mod deadline;
mod duplex;
mod linger;
mod timed;

pub(crate) use deadline::{Deadline, SHORTEST, is_timeout};
pub use duplex::Duplex;
pub(crate) use duplex::{Controls, NO_SIGNAL, NO_WAIT, if_up, send};
pub(crate) use linger::{LAST_WORDS, LINGER, Linger, linger};
pub(crate) use timed::Timed;
