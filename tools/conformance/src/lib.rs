//! Tests any WebSocket server or client against RFC 6455 and RFC 7692.

mod bench;
pub mod case;
pub mod cases;
pub mod compression;
mod connection;
pub mod data;
mod listen;
mod random;
pub mod report;
mod suite;

pub use listen::Listening;
pub use report::{Lenient, Report};
pub use suite::{Suite, SuiteError};
