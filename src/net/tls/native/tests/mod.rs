//! The stream as its users see it: both ends here, or one end played by `openssl s_server`.

mod closing;
mod deadlines;
mod duplex;
mod handshake;
mod openssl;
mod panics;
mod support;
mod timeouts;
