//! What the library does when a connection breaks at any byte: each test is run with a fault at each byte
//! of what passes, by both roles, compressed and not, in whole calls and in calls of one byte.

#![cfg(not(loom))]

mod close;
mod exchange;
mod handshake;
mod hub;
mod receive;
mod send;
