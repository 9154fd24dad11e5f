//! What the tests of TLS have in common.
//!
//! `authority` has the table of libraries, certificates, connected pairs and a watchdog. `hooks` is a
//! socket that does what a test wants, and `program` runs `openssl`.

mod authority;
pub(crate) use authority::{
    Authority, By, each_library, each_pair, hooked, pattern, tcp, tls, unix,
};

mod hooks;
pub(crate) use hooks::{Drip, Hooked, Hooks};

mod program;
pub(crate) use program::{Program, Scratch, read_line};
