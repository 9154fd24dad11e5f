//! The server.
//!
//! `listen` is the whole: it opens the `server` of the options, gives each client to its mode, and ends it.
//! The modes are `echo`, `exec`, and `room`, in which the clients hear this side, and with
//! `--broadcast` each other. `visit` is what all modes do with a client. `processes` are those of `exec`.

mod echo;
mod exec;

mod listen;
pub(crate) use listen::listen;

#[cfg(unix)]
#[path = "processes_unix.rs"]
mod processes;
#[cfg(not(unix))]
#[path = "processes_other.rs"]
mod processes;

mod room;
mod server;
mod visit;
