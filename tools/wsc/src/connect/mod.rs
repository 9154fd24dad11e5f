//! From options to an open connection.
//!
//! `client` applies the options. `observed` are those who see the bytes: the file of `--record`, the
//! explanations of `--trace`, the clock of `--time`, which `times` is, and `heads`, which shows the opening
//! handshake with `--verbose`. They write by `notes`. `dial` connects so that DNS and TCP can be timed.

mod client;
pub(crate) use client::{client, deflate};

mod dial;

mod heads;
pub(crate) use heads::show_agreed;

mod notes;
pub(crate) use notes::Notes;

mod observed;
pub(crate) use observed::Observed;

mod shown;
pub(crate) use shown::shown;

mod times;
pub(crate) use times::Times;
