//! The opening handshake of a server, as a client without a library sees it.

mod opening;
mod plain_http;
mod routes;
mod server;
