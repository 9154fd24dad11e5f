//! Unix sockets where the system has them.
//!
//! Reading order: `path` for what names a socket, `socket` for a connection, `listener` for a server
//! and its file.

mod listener;
mod path;
mod socket;

pub(crate) use listener::UnixListener;
pub(crate) use socket::UnixSocket;
