//! The bench: on it a case meets a program, over one connection.
//!
//! `bench` has the states of a connection and its timers, and `closing` ends it. `acts` does what a
//! case says, and `rounds` sends messages back and forth. `matcher` compares what comes with what is
//! wanted, and `verdict` judges all of it; `summing` adds what other cases have shown. `asking` is about
//! opening handshakes, and needs no bench. `patience` is how long to wait.

mod acts;

mod asking;
pub(crate) use asking::ask;

mod bench;
pub(crate) use bench::{Bench, Opened, refused, unreachable};

mod closing;

mod matcher;

mod patience;
pub(crate) use patience::Patience;

mod rounds;

mod summing;
pub(crate) use summing::sum_up;

mod verdict;
