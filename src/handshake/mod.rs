//! The opening handshake over a stream (RFC 6455 §4). The rules themselves are in
//! `proto::handshake`.
//!
//! `client` and `server` are the two sides, `http_io` reads heads and bodies, `prepared_request` is
//! a request that was checked, `upgraded` what a handshake brings. `http_hook` answers requests
//! that do not ask for WebSocket, and `retry_after` reads how long a refusal asks to wait.
//!
//! **Plain HTTP.** The hook is asked once a request is whole and does not list `websocket` in
//! Upgrade. What asks for WebSocket and breaks a rule gets the handshake's answers. The hook runs
//! before the limit of connections is checked, so a health check of a full server passes. One
//! answer, `Connection: close`, then the lingering that follows a refusal, which takes the body:
//! nothing behind such a request is ever parsed. To the worker it is a handshake that failed, and
//! the hook has a stack frame of its own, so an idle connection costs nothing more.
//!
//! **Last words.** A refusal's body may have no end, so `Timed::hurry` gives it a second, and none
//! to the body of a redirect that is followed. A peer that hangs up while it is written to has
//! often said why: `last_words` gives that a moment, and if it is a refusal, that is the error.

mod client;
pub(crate) use client::{Reads, check_deflate, connect};

mod http_io;
pub(crate) use http_io::{BODY, CHUNK, last_words, read_head, start_of_body, write_out};

mod http_hook;

mod prepared_request;
pub(crate) use prepared_request::PreparedRequest;

mod retry_after;
pub(crate) use retry_after::retry_after;

mod server;
pub use server::Refusal;
pub(crate) use server::{ServerRules, accept, accept_if};

mod upgraded;
pub(crate) use upgraded::{Opened, Upgraded};
