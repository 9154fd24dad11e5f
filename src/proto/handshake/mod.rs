//! proto/handshake

mod accept_key;
mod client;
mod server;

pub(crate) use accept_key::new_key;
pub(crate) use client::{Chosen, check_response, parse_response, set_address, write_request};
pub(crate) use server::{
    OWN_HEADERS, check_host, check_origin, check_request, explain, is_plain, parse_request,
    write_page, write_refusal, write_switching,
};
