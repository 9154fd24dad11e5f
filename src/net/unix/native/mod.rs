//! Unix sockets where the system has them.
//!
//! Reading order: `path` for what names a socket, `socket` for a connection, `listener` for a server
//! and its file, `turn` for how servers keep out of each other's way.

mod listener;
mod path;
mod socket;
mod turn;

pub(crate) use listener::UnixListener;
pub(crate) use socket::UnixSocket;
