//! Cases about the opening handshake, which need no bench.
//!
//! `asking` sends requests to servers, `filling` completes what is sent, and `fault` is the verdict.

mod asking;
pub(crate) use asking::ask;

mod fault;

mod filling;
