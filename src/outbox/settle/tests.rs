//! What becomes of a connection, whatever its stream does: tests with a scripted stream.

mod broken;
mod debts;
mod fairness;
mod handles;
mod panics;
pub(crate) mod script;
