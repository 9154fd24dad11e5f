//! Where a server listens: on one or more sockets, for one thread that accepts.
//!
//! ```text
//! address --resolve, bind--> Door --+
//! path    --unix::listen---> Door --+--> Doors: waits for a client at any of them
//! Listener of the program--> Door --+
//! ```
//!
//! `bind` opens all addresses of a name and decides which failures matter; `bind_error` has their
//! texts. `door` is one listening socket, `doors` all of a server, and `listener` what a program
//! can hand in. `address` names a door or a client.
//!
//! **Waiting.** A server with one TCP socket of its own waits in `accept`, on systems where
//! `shutdown` of the socket wakes that: a client costs one call. All other servers wait by `poll`
//! for all their sockets and a `Waker`. A socket that the program handed in is never shut down,
//! because another handle of it may live on: the program's, or that of the process that started
//! this one.

mod address;
pub(crate) use address::Address;

mod bind;
mod bind_error;
mod door;

mod doors;
pub(crate) use doors::Doors;

mod listener;
pub use listener::Listener;
