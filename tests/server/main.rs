//! A server: its threads, its descriptors, and how it ends its connections.

mod close;
mod descriptors;
mod shutdown;
mod thread_pool;
