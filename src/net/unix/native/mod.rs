//! Unix sockets where the system has them.
//!
//! Reading order: `path` for what names a socket, `connect` for a client, `listener` for a server
//! and its file, `turn` for how servers keep out of each other's way.

mod connect;
mod listener;
mod path;
mod turn;

pub(crate) use connect::connect;
pub(crate) use listener::UnixListener;
