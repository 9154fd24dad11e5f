//! What becomes of a connection whatever its stream does, by a stream that does as it is told.

mod broken;
mod debts;
mod fairness;
mod handles;
mod panics;
pub(crate) mod script;
