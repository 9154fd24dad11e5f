//! A server: its threads, its descriptors, and how it ends its connections.

mod adopt;
mod clients;
mod close;
mod descriptors;
mod listening;
mod logging;
mod room;
mod shutdown;
mod thread_pool;
