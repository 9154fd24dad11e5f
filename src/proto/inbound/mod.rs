//! proto/inbound

mod ahead;
mod inbound;
mod stream;
mod unfinished;

pub(crate) use inbound::{Awaits, Inbound, Incoming};
