//! [`Client`]: from a URL to an open connection.
//!
//! ```text
//! Client --Hop--> route --> dial, or proxy --> TLS --> handshake --> WebSocket
//!           ^                                             |
//!           +------------------ a redirect ---------------+
//! ```
//!
//! `client` has the settings, and `connect` goes from place to place. `route` chooses the way to
//! one and returns a socket whose next byte is the server's: by `dial`, or by `proxy`. One deadline
//! holds over all of it. `reconnect` opens the next connection when one has ended. `advice` says
//! what a program may have done wrong.

mod advice;

mod client;
pub use client::Client;

mod connect;
pub use connect::connect;

mod dial;
mod proxy;

mod reconnect;
pub use reconnect::{Outgoing, PushError, Reconnecting, Retry, StopHandle};

mod route;
