//! The bench: on it a case meets a program, over one connection.
//!
//! `bench` has what happens on a connection; `sending` and `ending` are how it sends, and how it ends.
//! `acts` does what a case says, and `rounds` sends messages back and forth. `matcher` compares what
//! comes with what is wanted, and `verdict` judges all of it; `summing` adds what other cases have shown.
//! `handshake` is about opening handshakes, and needs no bench; `unmet` is for cases that came to no
//! connection. `patience` is how long to wait, as the `pace` of the program asks for.

mod acts;

mod bench;
pub(crate) use bench::{Bench, How, Opened};

mod ending;

mod handshake;
pub(crate) use handshake::{Known, ask, respond};

mod matcher;

mod pace;
pub(crate) use pace::Pace;

mod patience;
pub(crate) use patience::Patience;

mod rounds;

mod sending;

mod summing;
pub(crate) use summing::sum_up;

mod verdict;

mod unmet;
pub(crate) use unmet::{refused, unreachable};
