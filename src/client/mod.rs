//! [`Client`]: from a URL to an open connection.
//!
//! ```text
//! Client --Hop--> route --> dial, or proxy --> TLS --> handshake --> WebSocket
//!           ^                                             |
//!           +------------------ a redirect ---------------+
//! ```
//!
//! `client` has the settings, `routing` those about the way to a server, and `connect` goes from place to place. `route` chooses the way to
//! one and returns a socket whose next byte is the server's: by `dial`, or by `proxy`. `race` tries the
//! addresses of a host, and `fates` tells what became of them. One deadline holds over all of it. `reconnect` opens the next connection when one has ended. `advice` says
//! what a program may have done wrong.

mod advice;

mod client;
pub use client::Client;

mod connect;
pub use connect::connect;

mod destination;
pub use destination::Destination;

mod dial;
mod fates;
mod proxy;
mod race;

mod reconnect;
pub use reconnect::{Outgoing, PushError, Reconnecting, Retry, StopHandle};

mod route;
mod routing;
mod terms;
