//! The command `ws-conformance`: exit statuses, files, both roles, and what it prints.

mod clients;
mod files;
mod memory;
mod printed;
mod servers;
mod specs;
mod statuses;
mod support;
