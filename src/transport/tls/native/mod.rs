//! A full-duplex TLS stream over `native-tls`.
//!
//! A TLS session is one state machine for both directions and cannot be split. So it never meets
//! the socket: it runs over memory, under a lock that is held only while it computes. Whoever
//! waits for the socket holds no lock, and a reader and a writer can wait side by side.
//!
//! ```text
//!   read() <--plain-- +--------+ <--input--- +------+ <--- socket
//!                     | Engine |             | Wire |
//!  write() --plain--> +--------+ ---output-> +------+ ---> socket
//!                    one lock: DuplexEngine          no lock here
//! ```
//!
//! Reading order: `wire` (ciphertext in memory), `timeout` (how long a call may wait), `engine` (what
//! the lock guards), `duplex` (the lock, whose turn it is at the socket, and reading), `sending`
//! (writing), `stream` (the public handle), `handshake`, and then what a user configures: `identity`,
//! `acceptor`, `connector`. Only the last four know `native-tls`; a different TLS library has to offer
//! a `Session`. Beside these, `host` has the name of a server, and `pair` finds out whether key and
//! certificate belong together: one file for OpenSSL, one for other systems.

mod acceptor;
mod connector;
mod engine;
mod handshake;
mod host;
mod identity;
mod stream;

pub use acceptor::TlsAcceptor;
pub use connector::TlsConnector;
pub use identity::Identity;
pub use stream::TlsStream;

#[cfg(test)]
#[cfg(unix)]
mod tests;
