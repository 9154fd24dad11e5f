//! The opening handshake as text (RFC 6455 §4): what each side writes, and how it judges the other.
//!
//! `client` writes the request and judges the response, `server` judges the request and writes the
//! response; `accept_key` has the key and what answers it. `origin` judges from which page a
//! request comes, `forwarded` from which client, and `authorization` reads its credentials. How
//! these texts go over a stream is in the crate's own `handshake`.

mod accept_key;
pub(crate) use accept_key::new_key;

mod authorization;
pub(crate) use authorization::{basic, bearer};

mod client;
pub(crate) use client::{Chosen, check_response, parse_response, set_address, write_request};

mod forwarded;
pub(crate) use forwarded::{Peer, TrustedProxies};

mod origin;
pub(crate) use origin::Origins;

mod server;
pub(crate) use server::{
    OWN_HEADERS, check_host, check_request, explain, is_plain, parse_request, refusing, switching,
    write_page, write_refusal, write_switching,
};
