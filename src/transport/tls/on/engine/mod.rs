//! A TLS session in memory, and its way to the socket.
//!
//! A TLS session is one state machine for both directions and cannot be split. So it never meets
//! the socket: it runs over memory, under a lock that is held only while it computes. A thread that
//! waits for the socket holds no lock, and a reader and a writer can wait side by side.
//!
//! ```text
//!   read() <--plain-- +--------+ <--input--- +------+ <--- socket
//!                     | Engine |             | Wire |
//!  write() --plain--> +--------+ ---output-> +------+ ---> socket
//!              one lock: DuplexEngine          no lock here
//! ```
//!
//! Reading order: `session` (what a TLS library offers), `wire` (ciphertext in memory), `timeout`
//! (how long a call may wait), `engine` (what the lock guards), `try_send` (sending without
//! waiting), `duplex_engine` (the lock, whose turn it is at the socket, and reading), `try_read`
//! (reading without waiting), `sending` (writing).
//!
//! Turns at the socket end by guards, for streams of programs may panic. A call has one deadline,
//! and the socket is told what is left of it only where its own timeout would be wrong. A reader
//! tries to send what TLS has it answer, and comes back for the rest while it waits. When a write
//! fails, what lies there is decrypted before the error is told: an alert often says why.

mod duplex_engine;
pub(crate) use duplex_engine::{DuplexEngine, reads, writes};

mod engine;
pub(crate) use engine::Engine;

mod sending;

mod session;
pub(crate) use session::{Accepts, Client, Connects, Handshake, PROTOCOL, Server, Session, Step};

mod timeout;
mod try_read;
mod try_send;

mod wire;
pub(crate) use wire::Wire;
