//! The stream as its users see it: both ends here, or one end played by the `openssl` program.
//!
//! `support` has the table: each test runs by each library that is compiled in, and where the other
//! end matters, by each pair of them.

mod certificates;
mod closing;
mod connections;
mod deadlines;
mod duplex;
mod handshake;
mod logging;
mod openssl;
#[cfg(feature = "tls")]
#[cfg(not(any(windows, target_vendor = "apple")))]
mod pairs;
mod panics;
mod support;
mod timeouts;
mod versions;
