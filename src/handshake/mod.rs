//! handshake

mod client;
mod http_io;
mod plain_http;
mod prepared;
mod retry_after;
mod server;
mod upgraded;

pub(crate) use client::{Reads, check_deflate, connect};
pub(crate) use http_io::{BODY, CHUNK, last_words, read_head, start_of_body, write};
pub(crate) use prepared::Prepared;
pub(crate) use retry_after::retry_after;
pub use server::Refusal;
pub(crate) use server::{ServerRules, accept, accept_unless};
pub(crate) use upgraded::{Opened, Upgraded};
