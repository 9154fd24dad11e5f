//! The opening handshake over a stream (RFC 6455 §4). The rules themselves are in
//! `proto::handshake`.
//!
//! `client` and `server` are the two sides, `http_io` reads heads and bodies, `prepared_request` is
//! a request that was checked, `upgraded` what a handshake brings. `answer` judges a request
//! without a stream: by `server_rules`, and by the program's hook, which gets an `opening`, may
//! read its `credentials`, and may return a `refusal`. `routes` says what a server has at its
//! paths. `http_hook` answers requests that do not ask for WebSocket, and `retry_after` reads how
//! long a refusal asks to wait.
//!
//! **Values of the hook** are in the extensions of the request. They may be guards, for instance of
//! a limit for each user. So a request that fails is dropped before its refusal is written, and
//! before the lingering that follows. `Opened` drops each value alone, because a drop may panic.
//!
//! **Plain HTTP.** The http hook is asked once a request is whole and does not list `websocket` in
//! Upgrade. What asks for WebSocket and breaks a rule gets the handshake's answers. The hook runs
//! before the limit of connections is checked, so a health check of a full server passes. One
//! answer, `Connection: close`, then the lingering that follows a refusal, which takes the body:
//! nothing behind such a request is ever parsed. To the worker it is a handshake that failed, and
//! the hook has a stack frame of its own, so an idle connection costs nothing more.
//!
//! **Last words.** A refusal's body may have no end, so `Timed::hurry` gives it a second, and none
//! to the body of a redirect that is followed. A peer that hangs up while it is written to has
//! often said why: `last_words` gives that a moment, and if it is a refusal, that is the error.

mod answer;
pub(crate) use answer::{Admits, Granted, Unlimited, answer};

mod client;
pub(crate) use client::{Reads, connect};

mod credentials;
pub use credentials::{Bearer, Credentials};

mod http_io;
pub(crate) use http_io::{BODY, CHUNK, HungUp, last_words, read_head, start_of_body, write_out};

mod http_hook;

mod opening;
pub use opening::Opening;

mod prepared_request;
pub(crate) use prepared_request::PreparedRequest;

mod refusal;
pub use refusal::Refusal;

mod retry_after;
pub(crate) use retry_after::retry_after;

mod routes;

mod server;
pub(crate) use server::{accept, late, peer};

mod server_rules;
pub(crate) use server_rules::ServerRules;

mod upgraded;
pub(crate) use upgraded::{Opened, OtherEnd, Unshared, Upgraded};
