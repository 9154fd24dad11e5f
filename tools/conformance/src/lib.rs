//! Tests any WebSocket server or client against RFC 6455 and RFC 7692.

pub mod case;
pub mod cases;
pub mod compression;
pub mod data;
pub mod report;
