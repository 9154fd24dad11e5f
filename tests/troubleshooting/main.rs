//! The pages of `guide::reference::troubleshooting` list every message of the library. Here each message is
//! produced, so that no page can lag behind.
//!
//! - `scenarios` has what goes wrong, by the public API: real servers and clients, peers of the kit, bad files.
//! - `produced` is what a scenario yields: a text, the table it belongs to, and the variant of the error.
//! - `pages` reads the tables of the pages, `source` the enums and texts of the library.
//! - `unseen` lists what is not produced, with the reason.
//! - `complete` compares them: each text has one row, each row a text, each variant and each text of the
//!   source was produced.
//!
//! Only on Linux: other systems have other words for their part of a message, and some messages come from
//! limits that a test can set there only.

#![cfg(target_os = "linux")]
#![cfg(not(loom))]

mod complete;
mod pages;
mod produced;
mod scenarios;
mod source;
mod unseen;
