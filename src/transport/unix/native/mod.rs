//! Unix sockets where the system has them.
//!
//! Reading order: `path` for what names a socket, `connect` for a client, `listener` for a server
//! and its file, `bind_lock` for how servers keep out of each other's way.

mod bind_lock;
mod connect;
mod listener;
mod path;

pub(crate) use connect::connect;
pub(crate) use listener::UnixListener;
