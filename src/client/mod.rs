//! client

mod client;
mod dial;
mod proxy;
mod reconnect;
mod route;

pub use client::{Client, connect};
pub use reconnect::{Reconnecting, Retry, StopHandle};
