//! Cases about the opening handshake, which need no bench.
//!
//! `asking` sends requests to servers, and `answering` answers those of clients. `looking` judges a
//! request, `filling` completes what is sent, and `fault` is the verdict of all of them.

mod answering;
pub(crate) use answering::respond;

mod asking;
pub(crate) use asking::ask;

mod fault;

mod filling;

mod looking;
pub(crate) use looking::Known;
