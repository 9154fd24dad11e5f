//! The test kit: what it sees, what it sends, and what it says if something else came.

#![cfg(not(loom))]

mod faults;
mod mock;
mod peer;
mod report;
mod wire_log;
