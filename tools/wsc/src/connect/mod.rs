//! From options to an open connection.
//!
//! `client` applies the options. `observed` are those who see the bytes: the file of `--record` and the
//! clock of `--time`, which `times` is. `dial` connects so that DNS and TCP can be timed. `heads` prints
//! what `--verbose` shows of the opening handshake.

mod client;
pub(crate) use client::{client, deflate};

mod dial;

mod heads;
pub(crate) use heads::show_agreed;

mod observed;
pub(crate) use observed::Observed;

mod shown;
pub(crate) use shown::shown;

mod times;
pub(crate) use times::Times;
