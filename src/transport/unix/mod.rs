//! Unix sockets: streams between programs on one machine, by way of a file.
//!
//! The system picks one of two files that define the same names: `native/mod.rs`, or `off.rs`,
//! whose functions say that the system has no such sockets. Both have a `Waker` for `poll`. Nothing
//! else asks which system it is.

#[cfg_attr(not(unix), path = "off.rs")]
mod native;
pub(crate) use native::{SocketFile, Waker, connect, listen, path_of};
