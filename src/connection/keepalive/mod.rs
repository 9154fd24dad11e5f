//! What the reader of a connection does by the clock: pings, and ends that come by time.
//!
//! `keepalive` says when to look at the clock, when to ping, and when to drop the peer. `expiry`
//! says when a connection was idle for too long or open for too long.

mod expiry;

mod keepalive;
pub(crate) use keepalive::Keepalive;
