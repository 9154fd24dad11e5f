//! A conversation in a pipe: lines are messages, and nothing else is printed.
//!
//! `input` cuts the standard input into messages, and `sending` sends them. `output` prints what comes.

mod client;
pub(crate) use client::client;

mod input;
pub(crate) use input::{Input, Separator};

mod output;
pub(crate) use output::Output;

mod sending;
pub(crate) use sending::{Sink, send_all};
