//! [`Server`]: a thread for each client.
//!
//! ```text
//! Listener --socket--> AcceptLoop --permit--> ThreadPool --> Worker: TLS, handshake, handler
//!                                    |
//!                               Connections: who is here, for limits, programs and shutdown
//! ```
//!
//! `server` has the type, `setters` changes its `settings`. `listener` and `address` say where it
//! listens, `system_limits` how much the system can carry. `accept_loop` gives each client a permit
//! (`clients`, which knows who is there) and then a thread (`thread_pool`), where `worker` serves it.
//! `lifecycle` ends all of that, for `server_handle`.
//!
//! **Threads.** A thread serves one client after another. A job gives back its permit last: what a
//! handler owns, perhaps the last handle of its server, is dropped while the thread still counts as
//! this client's. Only a join tells that a thread's locals are dropped, and a join has no deadline.
//! So one thread at a time joins those that left, and a shutdown waits for that one as long as it
//! waits for handlers. A page of a stack that was used once stays, so `worker` has each phase in a
//! stack frame of its own.
//!
//! **Shutdown** goes by moments that all calls share: goodbye, cut at the earliest deadline, a
//! second of grace. What happened is counted where permits are given back, each client once.
//! Reading is shut for clients whose request has not been granted (`Permit::admit`), before the 101
//! is written and not after: a client that has its 101 is owed a closing handshake.
//!
//! **Listening.** A listening socket that cannot be shut down is polled as well.

mod accept_loop;
mod address;
mod clients;
pub use clients::{Connection, ShutdownReport, Totals};

mod lifecycle;
mod listener;
mod system_limits;

mod server;
pub use server::Server;

mod server_handle;
pub use server_handle::ServerHandle;

mod setters;
mod settings;

mod thread_pool;
mod worker;
