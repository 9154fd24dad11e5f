//! The bench: on it a case meets a program, over one connection.
//!
//! `bench` has the states of a connection and its timers. `acts` does what a case says, and `rounds`
//! sends messages back and forth. `asking` is about opening handshakes, and needs no bench. `matcher`
//! compares what comes with what is wanted, and `verdict` judges all of it; `summing` adds what other
//! cases have shown. `patience` is how long to wait, as the `pace` of the program asks for.

mod acts;

mod asking;
pub(crate) use asking::ask;

mod bench;
pub(crate) use bench::{Bench, How, Opened, refused, unreachable};

mod matcher;

mod pace;
pub(crate) use pace::Pace;

mod patience;
pub(crate) use patience::Patience;

mod rounds;

mod summing;
pub(crate) use summing::sum_up;

mod verdict;
