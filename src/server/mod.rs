//! server

mod accept_loop;
mod address;
mod capacity;
mod connections;
mod lifecycle;
mod listener;
mod server;
mod server_handle;
mod thread_pool;
mod worker;

pub use connections::ShutdownReport;
pub use server::Server;
pub use server_handle::ServerHandle;
