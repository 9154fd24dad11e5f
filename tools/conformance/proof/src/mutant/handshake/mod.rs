//! The opening handshake (RFC 6455 §4), as a server and as a client.

mod accept_key;

mod client;
pub(super) use client::connect;

mod fields;

mod head;

mod request;

mod server;
pub(super) use server::accept;
