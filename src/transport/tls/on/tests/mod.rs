//! The stream as its users see it: both ends here, or one end played by `openssl s_server`.

mod closing;
mod deadlines;
mod duplex;
mod handshake;
mod names;
mod openssl;
mod pairs;
mod panics;
mod support;
mod timeouts;
