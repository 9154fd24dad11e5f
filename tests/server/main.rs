//! A server: its threads, its descriptors, and how it ends its connections.

mod adopt;
mod close;
mod descriptors;
mod listening;
mod shutdown;
mod thread_pool;
