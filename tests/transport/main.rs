//! What carries a connection: TLS, Unix sockets, and what a system does with a peer that has left.

mod counts;
mod sigpipe;
mod tls;
mod tls_ending;
mod tls_stall;
mod try_read;
mod unix;
