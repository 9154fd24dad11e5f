//! Unix sockets where the system has them.
//!
//! `path` is what names a socket, `socket` a connection.

mod path;
mod socket;

pub(crate) use socket::UnixSocket;
