//! Broadcasts.

mod hub;
