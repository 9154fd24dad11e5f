//! Who is connected to a server, how many may be, and how the clients end.

mod connections;
pub(crate) use connections::{Connections, Permit};

mod shutdown_report;
pub use shutdown_report::ShutdownReport;

mod system_limits;
pub(crate) use system_limits::{STACK, most_connections};
