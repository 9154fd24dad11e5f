//! All clients of a server, in one thread. Reading order: `opening`; then `frames`, `connection`, `crowd` and
//! `loops` for small messages on many connections; then `script`, `answers`, `line` and `lines` for
//! throughput.

mod answers;
mod connection;
mod crowd;
mod frames;
mod line;
mod lines;
mod loops;
mod opening;
mod script;

pub(crate) use crowd::Crowd;
pub(crate) use lines::Lines;
pub(crate) use loops::{Until, closed_loop, open_loop};
pub(crate) use script::{Exchange, Script};
