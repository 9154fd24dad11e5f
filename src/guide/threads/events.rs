//! Events: one thread for many connections.
