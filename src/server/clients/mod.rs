//! Who is connected to a server, and how the clients end.

mod connections;
pub(crate) use connections::{Connections, Permit};

mod shutdown_report;
pub use shutdown_report::ShutdownReport;
