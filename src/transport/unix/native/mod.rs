//! Unix sockets where the system has them.
//!
//! `path` is what names a socket, `connect` is a client's side, `listener` a server's with its
//! file, and `bind_lock` keeps servers that begin at one moment out of each other's way. `waker`
//! ends the wait of a thread that accepts.
//!
//! Connecting waits by the timeout of a write, for that is how Linux waits for a full queue. A file
//! is known as the server's own by device and inode, which stay taken as long as the socket is
//! open, so the file goes first. To find that a file is stale and to replace it are two steps. So
//! are finding that a file is the server's own and removing it. So servers take turns, by a lock
//! that ends with the program. The thread that accepts waits for a `Waker` as well, so it is woken
//! wherever the file is.

mod bind_lock;

mod connect;
pub(crate) use connect::connect;

mod listener;
pub(crate) use listener::{SocketFile, listen};

mod path;
pub(crate) use path::path_of;

mod waker;
pub(crate) use waker::Waker;
