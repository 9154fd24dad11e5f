//! A server: its threads, its descriptors, and how it ends its connections.

mod adopt;
mod clients;
mod close;
mod descriptors;
mod listening;
mod logging;
#[cfg(target_os = "linux")]
mod room;
mod shutdown;
mod thread_pool;
