//! [`Server`]: a thread for each client.
//!
//! ```text
//! Doors --socket--> AcceptLoop -------+
//! ServerHandle::adopt, Admission -----+--> Service --permit--> ThreadPool --> Worker: TLS,
//!                                             |                               handshake, handler
//!                                        Connections: who is here, for limits, programs, shutdown
//! ```
//!
//! `server` has the type, and `setup` its methods that say where it listens, what it has at its
//! paths, and what its `settings` are. `listening` has the sockets. `accept_loop` and `admission`
//! bring clients. `service` gives each a permit (`clients`, which knows who is there) and then a
//! thread (`thread_pool`), where `worker` serves it; handles know it as a `serves`. `lifecycle`
//! ends all of that, for `server_handle`.
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

mod accept_loop;

mod admission;
pub use admission::Admission;

mod clients;
pub use clients::{ShutdownReport, Totals};

mod lifecycle;
mod listening;
pub use listening::Listener;

mod server;
pub use server::Server;

mod server_handle;
pub use server_handle::ServerHandle;

mod serves;
mod service;
mod settings;

mod setup;
pub use setup::{BoxedHandler, any_error};

mod thread_pool;
mod worker;
