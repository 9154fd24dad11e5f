//! All clients of a server, in one thread. Reading order: `frames`, `connection`, `crowd`, `loops`.

mod connection;
mod crowd;
mod frames;
mod loops;

pub(crate) use crowd::Crowd;
pub(crate) use loops::{Until, closed_loop, open_loop};
