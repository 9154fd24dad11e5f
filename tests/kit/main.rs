//! The test kit: what it sees, what it sends, and what it says if something else came.

#![cfg(not(loom))]

#[cfg(feature = "deflate")]
mod deflate;
mod faults;
mod faulty;
mod handshake;
mod leaving;
mod mock;
mod peer;
mod proxy;
mod replay;
mod report;
mod rules;
#[cfg(any(feature = "tls", feature = "rustls"))]
mod tls;
mod wire_log;
