//! The stream as its users see it: both ends here, or one end played by `openssl s_server`. By the
//! default library: `native-tls`, or `rustls` where the feature `tls` is off. `across` has both.

#[cfg(all(feature = "tls", feature = "rustls"))]
mod across;
mod closing;
mod deadlines;
mod duplex;
mod handshake;
mod names;
mod openssl;
#[cfg(feature = "tls")]
#[cfg(not(any(windows, target_vendor = "apple")))]
mod pairs;
mod panics;
mod support;
mod timeouts;
