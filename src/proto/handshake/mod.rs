//! proto/handshake

mod client;
mod server;

pub(crate) use client::{
    Chosen, check_response, new_key, parse_response, set_address, write_request,
};
pub(crate) use server::{
    OWN_HEADERS, check_host, check_origin, check_request, explain, is_plain, parse_request,
    write_page, write_refusal, write_switching,
};
