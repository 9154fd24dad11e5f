//! io

mod deadline;
mod duplex;
mod linger;

pub(crate) use deadline::{Deadline, SHORTEST, Timed, is_timeout};
pub use duplex::Duplex;
pub(crate) use duplex::{Controls, NO_SIGNAL, NO_WAIT, if_up, send};
pub(crate) use linger::{LINGER, Leaving, Linger, Why, linger};
