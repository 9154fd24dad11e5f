//! transport/tls/native/engine

mod duplex_engine;
mod engine;
mod sending;
mod timeout;
mod try_send;
mod wire;

pub(crate) use duplex_engine::{DuplexEngine, reads, writes};
pub(crate) use engine::{Engine, Session};
pub(crate) use wire::Wire;
