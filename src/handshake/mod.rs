//! handshake

mod client;
mod http_io;
mod plain_http;
mod retry_after;
mod server;

pub(crate) use client::{
    BODY, Opened, Reads, Upgraded, check_deflate, check_headers, connect, start_of_body,
};
pub(crate) use http_io::{CHUNK, last_words, read_head, write};
pub(crate) use retry_after::retry_after;
pub use server::Refusal;
pub(crate) use server::{ServerRules, accept, accept_unless};
