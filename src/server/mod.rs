//! server

mod accept_loop;
mod address;
mod capacity;
mod connections;
mod lifecycle;
mod listener;
mod server;
mod server_handle;
mod shutdown_report;
mod thread_pool;
mod worker;

pub use server::Server;
pub use server_handle::ServerHandle;
pub use shutdown_report::ShutdownReport;
