//! The opening handshake as text (RFC 6455 §4): what each side writes, and how it judges the other.
//!
//! `client` writes the request and judges the response, `server` judges the request and writes the
//! response; `accept_key` has the key and what answers it. How these texts go over a stream is in
//! the crate's own `handshake`.

mod accept_key;
pub(crate) use accept_key::new_key;

mod client;
pub(crate) use client::{Chosen, check_response, parse_response, set_address, write_request};

mod server;
pub(crate) use server::{
    OWN_HEADERS, check_host, check_origin, check_request, explain, is_plain, parse_request,
    write_page, write_refusal, write_switching,
};
